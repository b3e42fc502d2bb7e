// Adapters of a tiny model against PEFT: rewards and the gradients of A, B and head, and what merging
// and bf16 change.
#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "checkpoint/load.h"
#include "core/files.h"
#include "core/json.h"
#include "golden/golden_model.h"
#include "model/adapter.h"
#include "support/batches.h"
#include "support/near.h"

namespace laurel::lora_test {
namespace {

std::filesystem::path folder_of(const std::string& name) {
  return std::filesystem::path(LAUREL_SOURCE_DIR) / "tests/golden/lora" / name;
}

Json json_of(const std::string& name, const char* file) {
  return parse_json(read_file(folder_of(name) / file), file, ErrorKind::model);
}

LoraOptions options_of(const std::string& name) {
  const Json config = json_of(name, "adapter_config.json");
  const bool root = config.at("use_rslora");
  return {.rank = config.at("r"),
          .alpha = config.at("lora_alpha"),
          .targets = config.at("target_modules").get<std::vector<std::string>>(),
          .scaling = root ? AdapterScaling::by_root_of_rank : AdapterScaling::by_rank};
}

// The base with the folder's adapters and head, trainable.
LoadedModel load_with_adapters(const std::string& name, at::ScalarType type = at::kFloat) {
  ModelFolder base = open_model({.path = {golden_folder("llama").string()}});
  base.trained = TrainedAdapters{options_of(name)};
  LoadedModel loaded = load_model(std::move(base), true, type);
  const SafetensorsFile file(folder_of(name) / "adapter_model.safetensors");
  for (ParameterBuffer* buffer : {&loaded.parameters.adapters, &loaded.parameters.head}) {
    for (const TensorSpec& spec : buffer->layout.tensors) {
      const TensorInfo* const tensor = file.find("base_model.model." + spec.name);
      TORCH_CHECK(tensor, spec.name);
      file.read(*tensor, view(buffer->weights, spec));
    }
  }
  return loaded;
}

RewardModel model_of(LoadedModel loaded) {
  return {loaded.folder.backbone, std::move(loaded.parameters)};
}

at::Tensor column(const Json& json, const char* key) {
  return at::tensor(json.at(key).get<std::vector<double>>(), at::kDouble).unsqueeze(1);
}

TokenBatch batch_of(const Json& golden) {
  return make_batch(golden.at("rows").get<std::vector<std::vector<int32_t>>>());
}

class GoldenLora : public testing::TestWithParam<std::string> {};

TEST_P(GoldenLora, RewardsAndTheGradientsOfAAndBAndHeadAreThoseOfPeft) {
  RewardModel model = model_of(load_with_adapters(GetParam()));
  const Json golden = json_of(GetParam(), "golden.json");
  const TokenBatch batch = batch_of(golden);
  const at::Tensor rewards = model.forward(batch);
  EXPECT_LE((rewards - column(golden, "rewards")).abs().max().item<double>(), 1e-5);
  model.backward(batch, column(golden, "c").to(at::kFloat));
  const SafetensorsFile file(folder_of(GetParam()) / "golden.safetensors");
  size_t compared = 0;
  const Parameters& parameters = model.parameters();
  EXPECT_FALSE(parameters.backbone.gradient.defined());
  for (const ParameterBuffer* buffer : {&parameters.adapters, &parameters.head}) {
    for (const TensorSpec& spec : buffer->layout.tensors) {
      const TensorInfo* const tensor = file.find(spec.name);
      ASSERT_NE(tensor, nullptr) << spec.name;
      const at::Tensor expected = at::empty(tensor->shape);
      file.read(*tensor, expected);
      EXPECT_LE(relative_error(view(buffer->gradient, spec), expected), 1e-5) << spec.name;
      ++compared;
    }
  }
  EXPECT_EQ(compared, file.tensors().size());
}

TEST_P(GoldenLora, MergedRewardsAreTheUnmergedOnes) {
  LoadedModel loaded = load_with_adapters(GetParam());
  const AdapterSet set = adapter_set(loaded.parameters, options_of(GetParam()));
  Parameters merged{.backbone = loaded.parameters.backbone, .head = loaded.parameters.head};
  for (const Adapter& adapter : set.adapters) {
    merge_adapter(adapter,
                  view(merged.backbone.weights, merged.backbone.layout.at(adapter.weight)));
  }
  RewardModel model(loaded.folder.backbone, std::move(merged));
  const Json golden = json_of(GetParam(), "golden.json");
  EXPECT_LE((model.score(batch_of(golden)) - column(golden, "rewards")).abs().max().item<double>(),
            1e-5);
}

// PEFT rounds the head's input and weight to bf16 as well, so that it is not the nearer one.
TEST_P(GoldenLora, InBf16RewardsAreAsNearAsPefts) {
  RewardModel model = model_of(load_with_adapters(GetParam(), at::kBFloat16));
  const Json golden = json_of(GetParam(), "golden.json");
  const at::Tensor exact = column(golden, "rewards");
  const at::Tensor peft = (column(golden, "rewards_bf16") - exact).abs();
  const at::Tensor found = (model.forward(batch_of(golden)) - exact).abs();
  EXPECT_GT(found.max().item<double>(), 1e-5);  // bf16 it is
  EXPECT_LE(found.max().item<double>(), 1.5 * peft.max().item<double>());
  EXPECT_EQ(model.parameters().adapters.weights.scalar_type(), at::kFloat);
}

INSTANTIATE_TEST_SUITE_P(Folders, GoldenLora, testing::Values("all", "some"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace laurel::lora_test
