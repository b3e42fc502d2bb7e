// LoRA adapters that PEFT saved: merged weights and rewards against PEFT's.
#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "checkpoint/load.h"
#include "core/files.h"
#include "core/json.h"
#include "core/str.h"
#include "golden/golden_model.h"
#include "model/reward_model.h"
#include "support/near.h"

namespace laurel::adapter_test {
namespace {

namespace fs = std::filesystem;

fs::path adapter_folder(const std::string& name) {
  return fs::path(LAUREL_SOURCE_DIR) / "tests/golden/adapters" / name;
}

LoadedModel load(const std::string& name, at::ScalarType type = at::kFloat) {
  LoadOptions options;
  options.path.value = adapter_folder(name).string();
  return load_model(open_model(options), false, type);
}

at::Tensor weight(const LoadedModel& model, const std::string& name) {
  const Parameters& parameters = model.parameters;
  const ParameterBuffer& buffer = name == kHeadName ? parameters.head : parameters.backbone;
  return view(buffer.weights, buffer.layout.at(name));
}

class GoldenAdapter : public testing::TestWithParam<const char*> {};

// Of all tensors: those that merge_and_unload changes, and the base's.
TEST_P(GoldenAdapter, MergedWeightsAreThoseOfPeft) {
  const LoadedModel model = load(GetParam());
  LoadOptions options;
  options.path.value = model.folder.base_folder.string();
  options.head = Head::fresh;
  const LoadedModel base = load_model(open_model(options), false);
  const SafetensorsFile merged(adapter_folder(GetParam()) / "merged.safetensors");
  size_t changed = 0;
  for (const TensorSpec& spec : model.parameters.backbone.layout.tensors) {
    const TensorInfo* const tensor = merged.find(spec.name);
    if (!tensor) {
      EXPECT_TRUE(at::equal(weight(model, spec.name), weight(base, spec.name))) << spec.name;
      continue;
    }
    const at::Tensor expected = at::empty(tensor->shape);
    merged.read(*tensor, expected);
    EXPECT_LE(relative_error(weight(model, spec.name), expected), 1e-6) << spec.name;
    EXPECT_GT(relative_error(weight(base, spec.name), expected), 1e-3) << spec.name;
    ++changed;
  }
  if (const TensorInfo* const head = merged.find(kHeadName)) {
    const at::Tensor expected = at::empty(head->shape);
    merged.read(*head, expected);
    EXPECT_TRUE(at::equal(weight(model, kHeadName), expected));
    ++changed;
  }
  EXPECT_EQ(changed, merged.tensors().size());
}

INSTANTIATE_TEST_SUITE_P(Folders, GoldenAdapter,
                         testing::Values("all_linear", "layers", "lora", "rslora"));

// PEFT's are of the model with A and B beside its weights.
TEST(GoldenAdapterRewards, AreThoseOfTheUnmergedModel) {
  for (const char* const name : {"layers", "lora", "rslora"}) {
    const fs::path file = adapter_folder(name) / "golden.json";
    const Json golden = parse_json(read_file(file), file.string(), ErrorKind::model);
    const auto rows = golden.at("rows").get<std::vector<std::vector<int32_t>>>();
    const at::Tensor expected =
        at::tensor(golden.at("rewards").get<std::vector<double>>(), at::kDouble).unsqueeze(1);
    for (const at::ScalarType type : {at::kFloat, at::kDouble}) {
      LoadedModel loaded = load(name, type);
      EXPECT_TRUE(loaded.folder.keep_head);
      RewardModel model(loaded.folder.backbone, std::move(loaded.parameters));
      const at::Tensor rewards = model.score(make_batch(rows)).to(at::kDouble);
      EXPECT_LE((rewards - expected).abs().max().item<double>(), 1e-4) << name;
    }
  }
}

TEST(GoldenAdapterRewards, ABf16ModelHasTheMergedWeightsRoundedOnce) {
  const LoadedModel exact = load("lora"), narrow = load("lora", at::kBFloat16);
  const std::string name = "model.layers.0.mlp.down_proj.weight";
  EXPECT_TRUE(at::equal(weight(narrow, name), weight(exact, name).to(at::kBFloat16)));
}

TEST(GoldenAdapterRewards, AnAdapterOfALanguageModelIsABackboneWithANewHead) {
  const LoadedModel model = load("all_linear");
  EXPECT_FALSE(model.folder.keep_head);
  EXPECT_EQ(model.folder.notes[0],
            str("adapter: LoRA of rank 2 on 14 linear maps, and model.embed_tokens.weight whole, "
                "merged into ",
                model.folder.base_folder));
  EXPECT_EQ(model.folder.notes[1], "reward head: new, initialised from seed 1");
}

}  // namespace
}  // namespace laurel::adapter_test
