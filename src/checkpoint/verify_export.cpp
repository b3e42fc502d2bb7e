// The last step of an export: what was written is read again and must give the same rewards.
#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "checkpoint/export.h"
#include "core/str.h"
#include "model/head.h"

namespace laurel {

namespace {

// Of the largest reward. The same weights, computed twice; or adapters beside their weights, which
// the export has in them, rounded once more.
constexpr double kTolerance = 1e-5, kMergedTolerance = 1e-4;

[[noreturn]] void refuse_export(const std::filesystem::path& folder, const std::string& what) {
  throw Error{ErrorKind::checkpoint, str(folder, ": read again, ", what, "; nothing was exported")};
}

// The head's weight and, where it has one, its bias.
std::vector<TensorSpec> head_tensors(RewardModel& model) {
  const Layout& layout = model.parameters().head.layout;
  std::vector<TensorSpec> tensors{head_weight(layout)};
  if (const TensorSpec* bias = head_bias(layout)) tensors.push_back(*bias);
  return tensors;
}

void compare_rewards(const std::filesystem::path& folder, RewardModel& reloaded,
                     const ExpectedExport& expected, std::span<const TokenBatch> batches) {
  double largest = 0, scale = 1;
  for (size_t i = 0; i < batches.size(); ++i) {
    const at::Tensor found = reloaded.score(batches[i]).to(at::kDouble);
    scale = std::max(scale, expected.rewards[i].abs().max().item<double>());
    // NaN must not hide behind std::max, which would drop it.
    const double difference = (found - expected.rewards[i]).abs().max().item<double>();
    largest = std::isnan(difference) ? difference : std::max(largest, difference);
    if (std::isnan(largest)) break;
  }
  if (largest <= expected.tolerance * scale) return;
  refuse_export(folder, str("its rewards differ by up to ", largest,
                            " from the model's, expected at most ", expected.tolerance * scale));
}

}  // namespace

ExpectedExport expected_export(RewardModel& original, const Outputs& outputs,
                               const WeightRounding& rounding,
                               std::span<const TokenBatch> batches) {
  const bool merges = original.parameters().adapters.weights.defined();
  ExpectedExport expected{.tolerance = merges ? kMergedTolerance : kTolerance};
  round_weights(original.parameters().backbone, rounding);
  const ParameterBuffer& head = original.parameters().head;
  for (const TensorSpec& spec : head_tensors(original)) {
    expected.head.push_back(combine_rows(values(head, spec), outputs).clone());
  }
  // Rewards are linear in the head, so that outputs of rewards are rewards of outputs.
  for (const TokenBatch& batch : batches) {
    const at::Tensor rewards = original.score(batch).to(at::kDouble);
    expected.rewards.push_back(combine_rows(rewards.t(), outputs).t().contiguous());
  }
  return expected;
}

RewardModel verify_export(const std::filesystem::path& folder, const ExpectedExport& expected,
                          const WeightRounding& rounding, std::span<const TokenBatch> batches) {
  LoadedModel loaded =
      load_model(open_model({.path = {folder.string()}, .head = Head::keep}), false);
  RewardModel reloaded(loaded.folder.backbone, std::move(loaded.parameters));
  ParameterBuffer& buffer = reloaded.parameters().head;
  const at::Tensor narrow_head = buffer.weights.clone();
  const std::vector<TensorSpec> tensors = head_tensors(reloaded);
  for (size_t i = 0; i < tensors.size(); ++i) {
    const at::Tensor& exact = expected.head.at(i);
    if (!at::equal(values(buffer, tensors[i]),
                   rounded(exact, tensors[i].name, rounding).to(at::kFloat))) {
      refuse_export(folder, "its head is not the model's");
    }
    set_values(buffer, tensors[i], exact);
  }
  compare_rewards(folder, reloaded, expected, batches);
  buffer.weights.copy_(narrow_head);
  return reloaded;
}

}  // namespace laurel
