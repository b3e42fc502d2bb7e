// Reads golden folders with the program's own readers.
#include "golden/golden_model.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "checkpoint/load.h"
#include "core/files.h"
#include "core/json.h"
#include "data/sources/encode_example.h"
#include "support/near.h"

namespace laurel {

// Below it, a golden gradient is what rounding leaves of zero: that of the biases of keys without
// rope, which softmax does not see.
static constexpr double kZero = 1e-12;

std::filesystem::path golden_folder(const std::string& name) {
  return std::filesystem::path(LAUREL_SOURCE_DIR) / "tests/golden/models" / name;
}

std::vector<std::string> golden_names() {
  std::vector<std::string> names;
  for (const auto& folder : std::filesystem::directory_iterator(golden_folder(""))) {
    if (exists(folder.path() / "golden.json")) names.push_back(folder.path().filename());
  }
  std::ranges::sort(names);
  return names;
}

LoadedParts load_golden(const std::string& name, at::ScalarType type) {
  LoadOptions options;
  options.path.value = golden_folder(name).string();
  LoadedModel loaded = load_model(open_model(options), true, type);
  return {std::move(loaded.folder.backbone), std::move(loaded.parameters)};
}

Golden::Golden(const std::string& name) {
  const std::string path = (golden_folder(name) / "golden.json").string();
  const Json json = parse_json(read_file(path), path, ErrorKind::model);
  const auto rows = json.at("rows").get<std::vector<std::vector<int32_t>>>();
  const std::string config = (golden_folder(name) / "config.json").string();
  const Pooling pooling =
      backbone_info(read_backbone(parse_json(read_file(config), config, ErrorKind::model), config))
          .pooling;
  causal = pooling.causal;
  for (size_t i = 0; i < rows.size(); ++i) {
    TestResponse row{rows[i], pool_range_of(rows[i], pooling)};
    if (json.contains("second_text")) row.second_text = json["second_text"][i].get<int32_t>();
    if (i == 4)
      groups.back().push_back(row);
    else
      groups.push_back({row});
  }
  const auto column = [&](const char* key) {
    return at::tensor(json.at(key).get<std::vector<double>>(), at::kDouble).unsqueeze(1);
  };
  rewards = column("rewards");
  weights = column("c");
  if (json.contains("bf16_rewards")) bf16_rewards = column("bf16_rewards");
  const SafetensorsFile file(golden_folder(name) / "golden.safetensors");
  for (const TensorInfo& tensor : file.tensors()) {
    gradients[tensor.name] = at::empty(tensor.shape);
    file.read(tensor, gradients[tensor.name]);
  }
}

double golden_error(RewardModel& model, const TokenBatch& batch, const Golden& golden) {
  const at::Tensor rewards = model.forward(batch);
  double worst = (rewards - golden.rewards).abs().max().item<double>();
  for (ParameterBuffer& buffer : model.parameters().buffers()) buffer.gradient.zero_();
  model.backward(batch, golden.weights.to(rewards.scalar_type()));
  size_t compared = 0;
  for (const ParameterBuffer& buffer : model.parameters().buffers()) {
    for (const TensorSpec& spec : buffer.layout.tensors) {
      const auto gradient = golden.gradients.find(spec.name);
      if (gradient == golden.gradients.end()) continue;
      const at::Tensor found = view(buffer.gradient, spec), &expected = gradient->second;
      const bool rounding = expected.norm().item<double>() < kZero;
      worst =
          std::max(worst, relative_error(found, rounding ? at::zeros_like(expected) : expected));
      ++compared;
    }
  }
  TORCH_CHECK(compared == golden.gradients.size(), "a gradient has no counterpart");
  return std::isnan(worst) ? std::numeric_limits<double>::infinity() : worst;
}

}  // namespace laurel
