// The last step of an export: what was written is read again and must give the same rewards.
#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "checkpoint/export.h"
#include "core/str.h"

namespace laurel {

// Weights rounded to 8 or 11 bits move rewards by about that much of their size; fp32 not at all.
static double tolerance(ExportDtype dtype) {
  if (dtype == ExportDtype::bf16) return 5e-2;
  return dtype == ExportDtype::fp16 ? 1e-2 : 1e-5;
}

double verify_export(const std::filesystem::path& folder, ExportDtype dtype, RewardModel& original,
                     const Outputs& outputs, std::span<const TokenBatch> batches) {
  LoadOptions options;
  options.path.value = folder.string();
  options.head = Head::keep;
  LoadedModel loaded = load_model(open_model(options), false);
  RewardModel reloaded(loaded.folder.backbone, std::move(loaded.parameters));
  double largest = 0, scale = 1;
  for (const TokenBatch& batch : batches) {
    // Rewards are linear in the head, so that outputs of rewards are rewards of outputs.
    const at::Tensor expected =
        combine_rows(original.score(batch).to(at::kDouble).t(), outputs).t();
    const at::Tensor found = reloaded.score(batch).to(at::kDouble);
    scale = std::max(scale, expected.abs().max().item<double>());
    // NaN must not hide behind std::max, which would drop it.
    const double difference = (found - expected).abs().max().item<double>();
    largest = std::isnan(difference) ? difference : std::max(largest, difference);
    if (std::isnan(largest)) break;
  }
  if (!(largest <= tolerance(dtype) * scale)) {
    throw Error{ErrorKind::checkpoint, str(folder, ": read again, its rewards differ by up to ",
                                           largest, " from the model's, expected at most ",
                                           tolerance(dtype) * scale, "; nothing was exported")};
  }
  return largest;
}

}  // namespace laurel
