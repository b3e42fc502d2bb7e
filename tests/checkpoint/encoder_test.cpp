// Folders of encoders: what a backbone alone lacks is drawn, old names are read, an export is loaded
// again with the same rewards.
#include <ATen/ATen.h>

#include "checkpoint/export.h"
#include "checkpoint/outputs.h"
#include "core/files.h"
#include "core/str.h"
#include "data/batches/pack.h"
#include "data/sources/encode_example.h"
#include "tiny.h"

namespace laurel::test::encoder_test {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

static fs::path golden(const std::string& name) {
  return fs::path(LAUREL_SOURCE_DIR) / "tests/golden/models" / name;
}

// A copy of a golden model with a tokenizer; its tokens are fewer than the embedding's rows.
static void write_encoder(const fs::path& folder, const std::string& name) {
  fs::create_directories(folder);
  for (const char* file : {"config.json", "model.safetensors"}) {
    fs::copy_file(golden(name) / file, folder / file);
  }
  Json tokenizer_config = tiny_tokenizer_config();
  const int pad = Json::parse(read_file(folder / "config.json"))["pad_token_id"];
  tokenizer_config["pad_token"] = pad == 0 ? "<unk>" : "<s>";
  write_json(folder / "tokenizer.json", tiny_tokenizer());
  write_json(folder / "tokenizer_config.json", tokenizer_config);
}

static Tensors tensors_of(const fs::path& folder) {
  Tensors out;
  const ShardedSafetensors file(folder);
  for (const std::string& name : file.names()) {
    out[name] = at::zeros(file.find(name)->shape);
    if (file.find(name)->dtype != "I64") file.read(name, out[name]);
  }
  return out;
}

static std::vector<TokenBatch> batches_of(const Pooling& pooling) {
  std::vector<Group> groups(4);
  for (size_t i = 0; i < groups.size(); ++i) {
    Response response{.ids = {}, .positions = {}};
    for (size_t t = 0; t < 2 + 4 * i; ++t) {
      response.ids.push_back(static_cast<int32_t>(3 + (7 * t + i) % 9));
    }
    response.positions = {pool_range_of(response.ids, pooling)};
    response.second_text = 1;
    groups[i].responses = {response};
    groups[i].label = Ratings{{0}, {0}};
  }
  std::vector<const Group*> all;
  for (const Group& group : groups) all.push_back(&group);
  std::vector<TokenBatch> out;
  for (const Batch& batch : pack(all, pooling, {})) out.push_back(batch.tokens);
  return out;
}

static at::Tensor rewards_of(const LoadedModel& loaded) {
  RewardModel model(loaded.folder.backbone, loaded.parameters);
  return model.score(batches_of(loaded.folder.pooling).at(0));
}

static LoadedModel load(const fs::path& folder, std::optional<Head> head = std::nullopt) {
  return load_model(open_model(from(folder, head)), false);
}

class Encoder : public ::testing::TestWithParam<std::string> {
 protected:
  Encoder() { write_encoder(model_, GetParam()); }
  const Scratch scratch_;
  const fs::path model_ = scratch_.path / "model";
};

TEST_P(Encoder, IsExportedAsAClassifierWithTheSameRewards) {
  const LoadedModel loaded = load(model_);
  EXPECT_TRUE(loaded.folder.keep_head && loaded.folder.keep_pooled_layers);
  const fs::path out = scratch_.path / "out";
  const Outputs outputs = choose_outputs(loaded.folder, {});
  export_model(loaded.folder, outputs, out, {.rounding = {}, .verify = {}});
  const LoadedModel again = load(out);
  EXPECT_TRUE(at::equal(rewards_of(again), rewards_of(loaded)));
  const Json config = Json::parse(read_file(out / "config.json"));
  EXPECT_THAT(config["architectures"][0].get<std::string>(),
              ::testing::EndsWith("ForSequenceClassification"));
  EXPECT_EQ(config["id2label"].size(), 1u);
  EXPECT_EQ(config["pad_token_id"], Json::parse(read_file(model_ / "config.json"))["pad_token_id"]);
  const BackboneInfo info = backbone_info(loaded.folder.backbone);
  const Tensors tensors = tensors_of(out);
  EXPECT_TRUE(tensors.contains(info.head.weight) && tensors.contains(info.head.bias));
  for (const auto& [name, tensor] : tensors) {
    EXPECT_THAT(name, Not(HasSubstr("gamma")));
    EXPECT_THAT(name, Not(HasSubstr("position_ids")));
  }
  RewardModel original(loaded.folder.backbone, loaded.parameters);
  const auto batches = batches_of(loaded.folder.pooling);
  EXPECT_NO_THROW(verify_export(out, expected_export(original, outputs, {}, batches), {}, batches));
}

TEST_P(Encoder, ABackboneAloneGetsANewHeadAndNewLayersBehindThePooling) {
  const LoadedModel whole = load(model_);
  const BackboneInfo info = backbone_info(whole.folder.backbone);
  Tensors bare;
  for (const auto& [name, tensor] : tensors_of(model_)) {
    if (name.starts_with(info.tensor_prefix) && !name.starts_with("bert.pooler")) {
      bare[name.substr(info.tensor_prefix.size())] = tensor;
    }
  }
  write_tensors(model_, bare);
  const LoadedModel loaded = load(model_), same = load(model_);
  EXPECT_FALSE(loaded.folder.keep_head || loaded.folder.keep_pooled_layers);
  EXPECT_THAT(loaded.folder.notes, Contains("reward head: new, initialised from seed 1"));
  EXPECT_THAT(loaded.folder.notes, Contains(StartsWith("layers behind the pooling (")));
  EXPECT_TRUE(at::equal(rewards_of(loaded), rewards_of(same)));
  EXPECT_GT(rewards_of(loaded).std().item<float>(), 0);
  const ParameterBuffer& buffer = loaded.parameters.backbone;
  for (const std::string& name : info.pooled_layers) {
    const at::Tensor drawn = view(buffer.weights, buffer.layout.at(name));
    if (drawn.dim() == 2) {
      EXPECT_NEAR(drawn.std().item<float>() / info.initializer_range, 1, 0.1) << name;
    } else {
      const bool norm = name.ends_with("norm.weight");
      EXPECT_TRUE(at::equal(drawn, at::full_like(drawn, norm ? 1 : 0))) << name;
    }
  }
  LoadOptions other = from(model_);
  other.head_seed = 2;
  EXPECT_FALSE(at::equal(rewards_of(load_model(open_model(other), false)), rewards_of(loaded)));
}

TEST_P(Encoder, LayersBehindThePoolingAreKeptBelowANewHead) {
  const LoadedModel whole = load(model_), fresh = load(model_, Head::fresh);
  EXPECT_TRUE(fresh.folder.keep_pooled_layers);
  EXPECT_FALSE(at::equal(rewards_of(fresh), rewards_of(whole)));
  EXPECT_TRUE(at::equal(fresh.parameters.backbone.weights, whole.parameters.backbone.weights));
}

TEST_P(Encoder, TensorsOfOtherHeadsAreLeftOutAndUnknownOnesAreNot) {
  Tensors tensors = tensors_of(model_);
  tensors.erase("bert.embeddings.position_ids");
  const bool modern = GetParam().starts_with("modernbert"), bert = GetParam() == "bert";
  tensors[modern ? "decoder.bias"
          : bert ? "cls.predictions.bias"
                 : "lm_head.bias"] = at::ones({48});
  if (!modern && !bert) tensors["roberta.pooler.dense.weight"] = at::ones({32, 32});
  write_tensors(model_, tensors);
  EXPECT_NO_THROW(load(model_));
  EXPECT_NO_THROW(load(model_, Head::fresh));
  tensors["qa_outputs.weight"] = at::ones({2, 32});
  write_tensors(model_, tensors);
  EXPECT_THAT(error_of(ErrorKind::model, [&] { load(model_); }),
              HasSubstr("unexpected (1): qa_outputs.weight"));
}

TEST_P(Encoder, AKeptHeadNeedsWhatIsBehindThePooling) {
  const std::string missing = backbone_info(load(model_).folder.backbone).pooled_layers[0];
  Tensors tensors = tensors_of(model_);
  tensors.erase(missing);
  tensors.erase("bert.embeddings.position_ids");
  write_tensors(model_, tensors);
  EXPECT_THAT(error_of(ErrorKind::model, [&] { load(model_); }),
              HasSubstr("missing (1): " + missing));
}

TEST_P(Encoder, ARewardConfigThatReadsElsewhereIsRefused) {
  RewardConfig config{.pooling = PoolingRule::last};
  write_json(model_ / "reward_config.json", json_of(config));
  const std::string rule = GetParam() == "modernbert_mean" ? "mean" : "first";
  EXPECT_THAT(error_of(ErrorKind::model, [&] { load(model_); }),
              HasSubstr("reward_config.json: pooling: found \"last\", expected \"" + rule +
                        "\", which is how the backbone of config.json reads a text"));
}

INSTANTIATE_TEST_SUITE_P(Folders, Encoder,
                         ::testing::Values("bert", "roberta", "xlm_roberta", "modernbert_cls",
                                           "modernbert_mean"));

TEST(EncoderFolder, ACausalModelIsNotReadAsAnEncoder) {
  const Scratch scratch;
  write_tiny_model(scratch.path);
  write_json(scratch.path / "reward_config.json",
             json_of(RewardConfig{.pooling = PoolingRule::first}));
  EXPECT_THAT(error_of(ErrorKind::model, [&] { load(scratch.path); }),
              HasSubstr("pooling: found \"first\", expected \"last\" or \"last_not_pad\""));
}

}  // namespace laurel::test::encoder_test
