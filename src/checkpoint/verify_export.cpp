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

// Rewards are linear in the head, so that outputs of rewards are rewards of outputs.
void compare_rewards(const std::filesystem::path& folder, RewardModel& original,
                     RewardModel& reloaded, const Outputs& outputs,
                     std::span<const TokenBatch> batches) {
  const bool merges = original.parameters().adapters.weights.defined();
  const double tolerance = merges ? kMergedTolerance : kTolerance;
  double largest = 0, scale = 1;
  for (const TokenBatch& batch : batches) {
    const at::Tensor expected =
        combine_rows(original.score(batch).to(at::kDouble).t(), outputs).t();
    const at::Tensor found = reloaded.score(batch).to(at::kDouble);
    scale = std::max(scale, expected.abs().max().item<double>());
    // NaN must not hide behind std::max, which would drop it.
    const double difference = (found - expected).abs().max().item<double>();
    largest = std::isnan(difference) ? difference : std::max(largest, difference);
    if (std::isnan(largest)) break;
  }
  if (largest <= tolerance * scale) return;
  refuse_export(folder, str("its rewards differ by up to ", largest,
                            " from the model's, expected at most ", tolerance * scale));
}

}  // namespace

RewardModel verify_export(const std::filesystem::path& folder, RewardModel& original,
                          const Outputs& outputs, const WeightRounding& rounding,
                          std::span<const TokenBatch> batches) {
  LoadedModel loaded =
      load_model(open_model({.path = {folder.string()}, .head = Head::keep}), false);
  RewardModel reloaded(loaded.folder.backbone, std::move(loaded.parameters));
  round_weights(original.parameters().backbone, rounding);
  ParameterBuffer& buffer = reloaded.parameters().head;
  const at::Tensor narrow_head = buffer.weights.clone();
  for (const TensorSpec& spec : head_tensors(reloaded)) {
    const ParameterBuffer& head = original.parameters().head;
    const at::Tensor exact = combine_rows(values(head, head.layout.at(spec.name)), outputs);
    if (!at::equal(values(buffer, spec), rounded(exact, spec.name, rounding).to(at::kFloat))) {
      refuse_export(folder, "its head is not the model's");
    }
    set_values(buffer, spec, exact);
  }
  compare_rewards(folder, original, reloaded, outputs, batches);
  buffer.weights.copy_(narrow_head);
  return reloaded;
}

}  // namespace laurel
