// A Hugging Face sequence-classification folder, as transformers, TRL, OpenRLHF, verl and vLLM load
// it.
#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <span>

#include "checkpoint/load.h"
#include "data/batch.h"
#include "model/reward_model.h"

namespace laurel {

enum class ExportDtype { fp32, bf16, fp16 };
constexpr auto enum_names(ExportDtype) { return std::array{"fp32", "bf16", "fp16"}; }

struct ExportOptions {
  ExportDtype dtype = ExportDtype::fp32;
  // Called with the finished folder before it gets its name; what it throws undoes the export.
  std::function<void(const std::filesystem::path&)> verify;
};

// `model` is a reward model with its head, a run's final/ or any folder of a supported family. The
// bytes are a function of the folder and the dtype alone. Throws Error (checkpoint) if `output`
// exists and is not empty.
void export_model(const ModelFolder& model, const std::filesystem::path& output,
                  const ExportOptions& options);

// Loads `folder` and compares its rewards with those of `original`, within what the dtype's
// rounding explains. Throws Error (checkpoint) with the largest difference.
void verify_export(const std::filesystem::path& folder, ExportDtype dtype, RewardModel& original,
                   std::span<const TokenBatch> batches);

}  // namespace laurel
