// Loading: accepted names, the head, the read rule, and tensors that do not fit.
#include "checkpoint/load.h"

#include "core/files.h"
#include "tiny.h"

namespace laurel::test::load_test {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

static std::string opening(const fs::path& folder, std::optional<Head> head = std::nullopt) {
  return error_of(ErrorKind::model, [&] { open_model(from(folder, head)); });
}

static at::Tensor weight(LoadedModel& model, const std::string& name) {
  ParameterBuffer& buffer =
      name.starts_with("score.") ? model.parameters.head : model.parameters.backbone;
  return view(buffer.weights, buffer.layout.at(name));
}

TEST(Load, EveryAcceptedPrefixGivesTheSameWeights) {
  const Tensors classifier = tiny_tensors();
  Tensors causal, base;
  for (const auto& [name, tensor] : classifier) {
    if (name == "score.weight") continue;
    causal[name] = tensor;
    base[name.substr(6)] = tensor;
  }
  causal["lm_head.weight"] = at::ones({16, 8});
  causal["model.layers.0.self_attn.rotary_emb.inv_freq"] = at::ones({2});
  for (const Tensors& tensors : {classifier, causal, base}) {
    const Scratch scratch;
    write_tiny_model(scratch.path);
    write_tensors(scratch.path, tensors);
    LoadedModel model = load_model(open_model(from(scratch.path)), false);
    EXPECT_EQ(model.folder.keep_head, tensors.contains("score.weight"));
    for (const auto& [name, tensor] : classifier) {
      if (name == "score.weight" && !model.folder.keep_head) continue;
      EXPECT_TRUE(at::equal(weight(model, name), tensor)) << name;
    }
  }
}

TEST(Load, MissingUnexpectedAndMisshapenTensorsAreAllNamed) {
  const Scratch scratch;
  write_tiny_model(scratch.path);
  Tensors tensors = tiny_tensors();
  tensors.erase("model.norm.weight");
  tensors.erase("model.layers.0.mlp.up_proj.weight");
  tensors["model.layers.1.mlp.up_proj.weight"] = at::ones({12, 8});
  tensors["v_head.summary.weight"] = at::ones({1, 8});
  tensors["model.layers.0.self_attn.k_proj.weight"] = at::ones({8, 8});
  write_tensors(scratch.path, tensors);
  EXPECT_THAT(
      opening(scratch.path),
      AllOf(HasSubstr(scratch.path.string() + ": its tensors do not fit its config.json"),
            HasSubstr("missing (2): model.layers.0.mlp.up_proj.weight, model.norm.weight"),
            HasSubstr("unexpected (2): model.layers.1.mlp.up_proj.weight, v_head.summary.weight"),
            HasSubstr("of another shape or type (1): model.layers.0.self_attn.k_proj.weight (found "
                      "[8, 8], expected [4, 8])")));
}

TEST(Load, LongListsOfTensorsAreCutAfterTen) {
  const Scratch scratch;
  write_tiny_model(scratch.path);
  Tensors tensors = tiny_tensors();
  for (int i = 0; i < 13; ++i) tensors["extra" + std::to_string(10 + i)] = at::ones({1});
  write_tensors(scratch.path, tensors);
  EXPECT_THAT(opening(scratch.path),
              AllOf(HasSubstr("unexpected (13): extra10,"), HasSubstr("extra19 and 3 more"),
                    Not(HasSubstr("extra20"))));
}

TEST(Load, TensorsOfOtherTypesAreNamedBeforeAnyIsRead) {
  const Scratch scratch;
  write_tiny_model(scratch.path);
  std::string bytes = read_file(scratch.path / "model.safetensors");
  const std::string from_text = R"("model.norm.weight":{"dtype":"F32")";
  bytes.replace(bytes.find(from_text), from_text.size(), R"("model.norm.weight":{"dtype":"I32")");
  write_file(scratch.path / "model.safetensors", bytes);
  EXPECT_THAT(opening(scratch.path),
              HasSubstr("model.norm.weight (found I32, expected F32, BF16, F16 or F64)"));
}

TEST(Load, FilesThatAreNoModelAreRefused) {
  const Scratch scratch;
  EXPECT_THAT(opening(scratch.path),
              HasSubstr("found no config.json, expected the folder of a model"));
  write_tiny_model(scratch.path);
  write_tensors(scratch.path, {{"bert.embeddings", at::ones({1})}});
  EXPECT_THAT(opening(scratch.path), HasSubstr("found neither the tensor model.embed_tokens.weight "
                                               "nor embed_tokens.weight"));
}

TEST(Load, AHeadWithOneRowIsKeptByDefault) {
  const Scratch scratch;
  write_tiny_model(scratch.path);
  const ModelFolder kept = open_model(from(scratch.path));
  EXPECT_TRUE(kept.keep_head);
  EXPECT_THAT(kept.notes[0], HasSubstr("reward head: kept, score.weight of "));
  EXPECT_EQ(kept.pooling.rule, PoolingRule::last_not_pad);
  EXPECT_EQ(kept.pooling.pad_id, 14);

  LoadedModel fresh = load_model(open_model(from(scratch.path, Head::fresh)), false);
  EXPECT_FALSE(fresh.folder.keep_head);
  EXPECT_EQ(fresh.folder.notes[0], "reward head: new, initialised from seed 1");
  EXPECT_EQ(fresh.folder.pooling.rule, PoolingRule::last);
  EXPECT_FALSE(at::equal(weight(fresh, "score.weight"), tiny_tensors()["score.weight"]));
  LoadedModel again = load_model(open_model(from(scratch.path, Head::fresh)), false);
  EXPECT_TRUE(at::equal(weight(fresh, "score.weight"), weight(again, "score.weight")));
  LoadOptions other = from(scratch.path, Head::fresh);
  other.head_seed = 2;
  LoadedModel second = load_model(open_model(other), false);
  EXPECT_FALSE(at::equal(weight(fresh, "score.weight"), weight(second, "score.weight")));
}

TEST(Load, ABiasOfTheHeadIsReadAndOneThatTransformersLacksIsSaid) {
  const Scratch scratch;
  write_tiny_model(scratch.path);
  Tensors tensors = tiny_tensors();
  tensors["score.bias"] = at::full({1}, -0.75);
  write_tensors(scratch.path, tensors);
  const ModelFolder folder = open_model(from(scratch.path));
  EXPECT_EQ(
      folder.notes[1],
      "reward head: with score.bias, which LlamaForSequenceClassification of transformers would "
      "leave out");
  EXPECT_TRUE(has_foreign_bias(folder));
  LoadedModel with = load_model(folder, false);
  EXPECT_EQ(weight(with, "score.bias").item<float>(), -0.75);
  const LoadedModel fresh = load_model(open_model(from(scratch.path, Head::fresh)), false);
  EXPECT_EQ(fresh.parameters.head.layout.find("score.bias"), nullptr);
  tensors["score.bias"] = at::zeros({2});
  write_tensors(scratch.path, tensors);
  EXPECT_THAT(opening(scratch.path), HasSubstr("score.bias (found [2], expected [1])"));
}

TEST(Load, HeadsThatCannotBeKeptAreErrors) {
  const Scratch scratch;
  write_tiny_model(scratch.path);
  Tensors tensors = tiny_tensors();
  tensors["score.weight"] = at::ones({2, 8});
  write_tensors(scratch.path, tensors);
  EXPECT_THAT(opening(scratch.path), HasSubstr("found score.weight with 2 rows, expected a reward "
                                               "head of one; model.head \"new\" replaces it"));
  EXPECT_NO_THROW(open_model(from(scratch.path, Head::fresh)));

  tensors["score.weight"] = at::ones({1, 9});
  write_tensors(scratch.path, tensors);
  EXPECT_THAT(opening(scratch.path), HasSubstr("score.weight (found [1, 9], expected [1, 8])"));

  tensors.erase("score.weight");
  write_tensors(scratch.path, tensors);
  EXPECT_THAT(opening(scratch.path, Head::keep), HasSubstr("found no score.weight, expected"));
}

TEST(Load, AKeptHeadWithoutPadTokenPoolsTheLastToken) {
  for (const Json& pad : {Json(), Json(-1), Json(16)}) {
    const Scratch scratch;
    write_tiny_model(scratch.path);
    Json config = tiny_config();
    config["pad_token_id"] = pad;
    write_json(scratch.path / "config.json", config);
    EXPECT_EQ(open_model(from(scratch.path)).pooling.rule, PoolingRule::last);
  }
}

TEST(Load, ARewardConfigDecidesThePoolingOfItsHead) {
  const Scratch scratch;
  write_tiny_model(scratch.path);
  RewardConfig reward;
  reward.pad_id = 14;
  write_json(scratch.path / "reward_config.json", json_of(reward));
  EXPECT_EQ(open_model(from(scratch.path)).pooling.rule, PoolingRule::last);
  EXPECT_TRUE(open_model(from(scratch.path)).reward_config.has_value());
  EXPECT_FALSE(open_model(from(scratch.path, Head::fresh)).reward_config.has_value());
}

TEST(Load, WrongTemplateOptionsOfARewardConfigAreModelErrors) {
  const Scratch scratch;
  write_tiny_model(scratch.path);
  RewardConfig reward;
  reward.template_options.template_date = "2026-13-01";
  write_json(scratch.path / "reward_config.json", json_of(reward));
  EXPECT_THAT(
      opening(scratch.path),
      HasSubstr("/reward_config.json: template_date: found \"2026-13-01\", expected a date"));
  EXPECT_NO_THROW(open_model(from(scratch.path, Head::fresh)));
  reward.template_options = TemplateOptions{.template_kwargs = {{"messages", 1}}};
  write_json(scratch.path / "reward_config.json", json_of(reward));
  EXPECT_THAT(opening(scratch.path),
              HasSubstr("/reward_config.json: template_kwargs: found \"messages\", which is set"));
  reward.template_options = TemplateOptions{.template_kwargs = {{"enable_thinking", false}},
                                            .template_date = "2026-12-01"};
  write_json(scratch.path / "reward_config.json", json_of(reward));
  EXPECT_NO_THROW(open_model(from(scratch.path)));
}

TEST(Load, WeightsHaveTheRequestedDtypeAndTrainingAddsBuffers) {
  const Scratch scratch;
  write_tiny_model(scratch.path);
  LoadedModel wide = load_model(open_model(from(scratch.path)), true, at::kDouble);
  EXPECT_EQ(wide.parameters.backbone.weights.scalar_type(), at::kDouble);
  EXPECT_EQ(wide.parameters.head.weights.scalar_type(), at::kDouble);
  EXPECT_TRUE(wide.parameters.head.gradient.defined());
  EXPECT_TRUE(wide.parameters.backbone.moment2.defined());
  EXPECT_TRUE(at::equal(weight(wide, "model.norm.weight"),
                        tiny_tensors()["model.norm.weight"].to(at::kDouble)));
  LoadedModel scored = load_model(open_model(from(scratch.path)), false);
  EXPECT_FALSE(scored.parameters.head.gradient.defined());
}

TEST(Load, TheGoldenFoldersOfTransformersLoad) {
  const fs::path golden = fs::path(LAUREL_SOURCE_DIR) / "tests" / "golden" / "models";
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(golden)) {
    if (!fs::exists(entry.path() / "config.json")) continue;
    names.push_back(entry.path().filename());
    const LoadedModel loaded = load_model(open_model(from(entry.path())), false);
    for (const ParameterBuffer& buffer : loaded.parameters.buffers()) {
      const at::Tensor squares = buffer.weights.to(at::kDouble).square().sum();
      EXPECT_GT(squares.item<double>(), 0) << entry.path();  // false for NaN
    }
  }
  EXPECT_THAT(names, UnorderedElementsAre(
                         "bert", "gemma", "gemma2", "gemma3", "gemma3_vision", "gemma3_vision_old",
                         "llama", "llama_bf16", "llama_causal", "llama_dynamic", "llama_linear",
                         "llama_llama3", "llama_longrope", "llama_sharded", "llama_yarn",
                         "mistral_window", "modernbert_cls", "modernbert_mean", "qwen2",
                         "qwen2_window", "qwen3", "roberta", "xlm_roberta"));
}

}  // namespace laurel::test::load_test
