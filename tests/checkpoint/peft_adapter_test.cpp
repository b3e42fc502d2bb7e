// Adapters on a tiny base: merged by hand-worked numbers, found with their base, refused by name.
#include "checkpoint/peft_adapter.h"

#include "adapters.h"

namespace laurel::test::peft_adapter_test {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

static const std::string kQ = "model.layers.0.self_attn.q_proj.weight";

static std::string opening(const fs::path& folder, std::optional<Head> head = std::nullopt) {
  return error_of(ErrorKind::model, [&] { open_model(from(folder, head)); });
}

static at::Tensor weight(const LoadedModel& model, const std::string& name) {
  const ParameterBuffer& buffer =
      name == kHeadName ? model.parameters.head : model.parameters.backbone;
  return view(buffer.weights, buffer.layout.at(name));
}

TEST(PeftAdapter, ItsProductIsAddedToItsBaseAndItsHeadIsTaken) {
  const Scratch scratch;
  const LoadedModel model = load_model(open_model(from(write_tiny_adapter(scratch.path))), false);
  const at::Tensor change = weight(model, kQ) - tiny_tensors()[kQ];
  // alpha / r = 2. Row 0 of B is (-2, -7/4), column 0 of A is (-1, 0): 2 * 2. Row 7 of B is
  // (3/2, 7/4), column 7 of A is (-1/8, 7/8): 2 * (-3/16 + 49/32).
  EXPECT_NEAR(change[0][0].item<double>(), 4, 1e-6);
  EXPECT_NEAR(change[7][7].item<double>(), 2 * (-3.0 / 16 + 49.0 / 32), 1e-6);
  EXPECT_TRUE(at::equal(weight(model, kHeadName), at::arange(8, at::kFloat).reshape({1, 8})));
  for (const char* same : {"model.layers.0.self_attn.k_proj.weight", "model.norm.weight"})
    EXPECT_TRUE(at::equal(weight(model, same), tiny_tensors()[same])) << same;
  EXPECT_EQ(model.folder.notes[0],
            "adapter: LoRA of rank 2 on 1 linear map, and score.weight whole, merged into " +
                (scratch.path / "base").string());
  EXPECT_THAT(model.folder.notes[1], HasSubstr("reward head: kept, score.weight of "));
  EXPECT_EQ(model.folder.pooling.rule, PoolingRule::last_not_pad);  // the base's pad_token_id
  EXPECT_EQ(model.folder.files.at("tokenizer.json"),
            read_file(scratch.path / "base" / "tokenizer.json"));
}

TEST(PeftAdapter, ABareBackboneAndItsAdapterNeedNoPrefix) {
  const Scratch scratch;
  const fs::path adapter = write_tiny_adapter(scratch.path);
  Tensors base, bare;
  for (const auto& [name, tensor] : tiny_tensors())
    if (name != kHeadName) base[name.substr(6)] = tensor;
  write_tensors(scratch.path / "base", base);
  for (const auto& [name, tensor] : tiny_adapter_tensors()) {
    const size_t at = name.find("model.layers");
    bare[at == std::string::npos ? name : name.substr(0, at) + name.substr(at + 6)] = tensor;
  }
  for (const Tensors& tensors : {tiny_adapter_tensors(), bare}) {
    write_adapter(adapter, tiny_adapter_config(), tensors);
    const LoadedModel model = load_model(open_model(from(adapter)), false);
    EXPECT_NEAR((weight(model, kQ) - tiny_tensors()[kQ])[0][0].item<double>(), 4, 1e-6);
  }
}

TEST(PeftAdapter, ItsOwnTokenizerReplacesThatOfItsBase) {
  const Scratch scratch;
  const fs::path adapter = write_tiny_adapter(scratch.path);
  write_file(adapter / "chat_template.jinja", "{{ messages }}");
  EXPECT_THAT(opening(adapter), HasSubstr("found chat_template.jinja without a tokenizer"));
  Json tokenizer = tiny_tokenizer();
  tokenizer["model"]["vocab"]["mine"] = 15;
  write_json(adapter / "tokenizer.json", tokenizer);
  write_json(adapter / "tokenizer_config.json", tiny_tokenizer_config());
  const ModelFolder model = open_model(from(adapter));
  EXPECT_EQ(open_text(model).tokenizer.encode("mine", false), std::vector<int32_t>{15});
  EXPECT_EQ(model.files.at("chat_template.jinja"), "{{ messages }}");
}

TEST(PeftAdapter, ItsBaseIsFoundFromItsFolderAndByAbsolutePath) {
  const Scratch scratch;
  const fs::path adapter = write_tiny_adapter(scratch.path);
  Json config = tiny_adapter_config();
  config["base_model_name_or_path"] = (scratch.path / "base").string();
  write_json(adapter / "adapter_config.json", config);
  EXPECT_EQ(open_model(from(adapter)).base_folder, scratch.path / "base");
  const auto with_base = [&](const Json& base) {
    config["base_model_name_or_path"] = base;
    write_json(adapter / "adapter_config.json", config);
    return opening(adapter);
  };
  const std::string where =
      (adapter / "adapter_config.json").string() + ": base_model_name_or_path: ";
  EXPECT_THAT(with_base(nullptr), HasSubstr(where + "found none, expected the folder or the Hub"));
  EXPECT_THAT(with_base("nobody/nothing-here"),
              HasSubstr(where + "found \"nobody/nothing-here\", which is neither the folder " +
                        (adapter / "nobody/nothing-here").string() +
                        " (a relative path starts at the adapter's folder) nor one of the current "
                        "directory, nor a model in the Hub cache; download it with: hf download "
                        "nobody/nothing-here; or give the base's folder in full"));
  EXPECT_THAT(with_base("../gone/base"),
              HasSubstr(where + "found \"../gone/base\", which is neither the folder " +
                        (scratch.path / "gone/base").string() +
                        " (a relative path starts at the adapter's folder) nor one of the current "
                        "directory, nor a Hub name; or give"));
  EXPECT_THAT(with_base("."), HasSubstr("an adapter itself, expected a whole model"));
}

TEST(PeftAdapter, WhatItsConfigDoesNotSayOfItsTensorsIsRefused) {
  const Scratch scratch;
  const fs::path adapter = write_tiny_adapter(scratch.path);
  const auto with = [&](const Json& members, const Tensors& tensors = tiny_adapter_tensors()) {
    Json config = tiny_adapter_config();
    config.update(members);
    write_adapter(adapter, config, tensors);
    return opening(adapter);
  };
  EXPECT_THAT(with({{"target_modules", {"q_proj", "query"}}}),
              HasSubstr("target_modules: found query, which matches no linear map of " +
                        (scratch.path / "base").string() +
                        "; it has down_proj, gate_proj, k_proj, o_proj, q_proj, up_proj, v_proj"));
  EXPECT_THAT(with({{"target_modules", {"q_proj", "k_proj"}}}),
              HasSubstr("asks for (1): model.layers.0.self_attn.k_proj"));
  EXPECT_THAT(with({{"target_modules", {"k_proj"}}}),
              HasSubstr("does not ask for, so that PEFT would leave them out (1): "
                        "model.layers.0.self_attn.q_proj"));
  EXPECT_THAT(
      with({{"r", 4}}),
      HasSubstr("q_proj.lora_A.weight [2, 8], expected [4, 8] for rank 4 on the [8, 8] of"));
  EXPECT_THAT(with({{"modules_to_save", {"score", "norm"}}}),
              HasSubstr("found no tensor of norm, which modules_to_save of "));
  Tensors heads = tiny_adapter_tensors();
  heads.erase(adapter_key("score.weight"));
  EXPECT_THAT(with(Json::object(), heads),
              AllOf(HasSubstr("found no score.weight in adapter_model.safetensors, "
                              "though modules_to_save name it"),
                    HasSubstr("model.head \"new\" draws a new one")));
  EXPECT_NO_THROW(open_model(from(adapter, Head::fresh)));
}

TEST(PeftAdapter, TensorsThatNobodyUsesAndThoseOfOtherMethodsAreRefusedByName) {
  const Scratch scratch;
  const fs::path adapter = write_tiny_adapter(scratch.path);
  const auto with = [&](const std::string& name, const at::Tensor& tensor) {
    Tensors tensors = tiny_adapter_tensors();
    tensors[name] = tensor;
    write_adapter(adapter, tiny_adapter_config(), tensors);
    return opening(adapter);
  };
  const at::Tensor row = at::ones({2, 8});
  const std::string q = adapter_key("model.layers.0.self_attn.q_proj.");
  EXPECT_THAT(with("model.layers.0.x", row),
              HasSubstr("expected names that begin with base_model."));
  EXPECT_THAT(with(adapter_key("score.modules_to_save.default.weight"), row),
              HasSubstr("a name that PEFT uses in memory"));
  EXPECT_THAT(with(q + "lora_A.default.weight", row), HasSubstr("a name that PEFT uses in memory"));
  EXPECT_THAT(with(adapter_key("model.embed_tokens.lora_embedding_A"), row),
              HasSubstr("LoRA on an embedding, which is not read; merge it into its base"));
  EXPECT_THAT(with(q + "lora_magnitude_vector", row), HasSubstr("expected LoRA's A and B"));
  EXPECT_THAT(with(q + "lora_B.bias", row), HasSubstr("expected LoRA's A and B"));
  EXPECT_THAT(with(adapter_key("model.layers.7.mlp.up_proj.lora_A.weight"), row),
              HasSubstr("an adapter of model.layers.7.mlp.up_proj, which is no linear map of the "
                        "backbone in "));
  EXPECT_THAT(with(adapter_key("score.lora_A.weight"), row),
              HasSubstr("an adapter of score, which is no linear map"));
  EXPECT_THAT(with(adapter_key("model.layers.0.mlp.up_proj.lora_A.weight"), row),
              HasSubstr("found one of A and B of model.layers.0.mlp.up_proj, expected both"));
  EXPECT_THAT(with(adapter_key("v_head.weight"), row), HasSubstr("unexpected (1): v_head.weight"));
  EXPECT_THAT(with(adapter_key("model.embed_tokens.weight"), at::ones({17, 8})),
              HasSubstr("model.embed_tokens.weight (found [17, 8], expected [16, 8])"));
  Tensors half = tiny_adapter_tensors();
  half.erase(q + "lora_B.weight");
  write_adapter(adapter, tiny_adapter_config(), half);
  EXPECT_THAT(opening(adapter), HasSubstr("found one of A and B of"));
}

TEST(PeftAdapter, AnAdapterOfTheLanguageModelsHeadIsLeftOutWithALine) {
  const Scratch scratch;
  const fs::path adapter = write_tiny_adapter(scratch.path);
  Json config = tiny_adapter_config();
  config["task_type"] = "CAUSAL_LM";
  config["target_modules"] = {"q_proj", "lm_head"};
  config["modules_to_save"] = nullptr;
  Tensors tensors = tiny_adapter_tensors();
  tensors.erase(adapter_key("score.weight"));
  tensors[adapter_key("lm_head.lora_A.weight")] = at::ones({2, 8});
  tensors[adapter_key("lm_head.lora_B.weight")] = at::ones({16, 2});
  write_adapter(adapter, config, tensors);
  const ModelFolder model = open_model(from(adapter));
  EXPECT_EQ(model.notes[1], "adapter: that of lm_head is left out: rewards do not depend on it");
  EXPECT_FALSE(model.keep_head);
}

TEST(PeftAdapter, FoldersWithoutOneOfItsFilesOrWithAWholeModelAreRefused) {
  const Scratch scratch;
  const fs::path adapter = write_tiny_adapter(scratch.path);
  write_tensors(adapter, tiny_tensors());
  EXPECT_THAT(opening(adapter), HasSubstr("found a whole model and an adapter"));
  fs::remove(adapter / "model.safetensors");
  fs::remove(adapter / "adapter_model.safetensors");
  EXPECT_THAT(opening(adapter), HasSubstr("found adapter_config.json without "));
  write_file(adapter / "adapter_model.bin", "pickle");
  EXPECT_THAT(opening(adapter),
              AllOf(HasSubstr("found adapter_model.bin, expected adapter_model.safetensors"),
                    HasSubstr("AutoPeftModelForSequenceClassification.from_pretrained(FOLDER)"
                              ".save_pretrained(NEW_FOLDER)")));
}

TEST(PeftAdapter, AQuantisedBaseIsRefusedByItsMethod) {
  const Scratch scratch;
  const fs::path adapter = write_tiny_adapter(scratch.path);
  Json config = laurel::test::tiny_config();
  config["quantization_config"] = {{"quant_method", "bitsandbytes"}, {"load_in_4bit", true}};
  write_json(scratch.path / "base" / "config.json", config);
  EXPECT_THAT(opening(adapter), HasSubstr("config.json: found weights quantised by bitsandbytes"));
}

TEST(PeftAdapter, TheFilesOfBothDecideWhetherTheModelIsTheSame) {
  const Scratch scratch;
  const ModelFolder model = open_model(from(write_tiny_adapter(scratch.path)));
  std::vector<std::string> names;
  for (const fs::path& file : model.tensors.files()) names.push_back(file.filename());
  EXPECT_THAT(names, ::testing::ElementsAre("model.safetensors", "adapter_config.json",
                                            "adapter_model.safetensors"));
}

}  // namespace laurel::test::peft_adapter_test
