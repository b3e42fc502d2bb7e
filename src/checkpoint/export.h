// Export: a Hugging Face sequence-classification folder that transformers, TRL and vLLM load.
#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "checkpoint/load.h"
#include "checkpoint/outputs.h"
#include "data/batch.h"
#include "model/reward_model.h"

namespace laurel {

enum class ExportDtype { fp32, bf16, fp16 };
constexpr auto enum_names(ExportDtype) { return std::array{"fp32", "bf16", "fp16"}; }
at::ScalarType scalar_type(ExportDtype dtype);

struct ExportOptions {
  ExportDtype dtype = ExportDtype::fp32;
  // Called with the finished folder before it gets its name; what it throws undoes the export.
  std::function<void(const std::filesystem::path&)> verify;
};

// `model` is a reward model with its head: a run's final/, or any folder of a supported family. The
// bytes are a function of that folder, its outputs and the dtype alone. Throws Error (checkpoint)
// if `output` exists and is not empty, Error (model) if there is no head.
void export_model(const ModelFolder& model, const Outputs& outputs,
                  const std::filesystem::path& output, const ExportOptions& options);

// Loads `folder` and compares its rewards of `batches` with those that `original` gives for these
// outputs, within what the dtype's rounding explains. Returns the largest difference; throws Error
// (checkpoint) with it if it is too large.
double verify_export(const std::filesystem::path& folder, ExportDtype dtype, RewardModel& original,
                     const Outputs& outputs, std::span<const TokenBatch> batches);

// What both an export and a run's final/ hold.
struct ModelContents {
  const ModelFolder& source;  // where config.json and the tokenizer come from
  const PadToken& pad;
  std::optional<RewardConfig> reward_config;
  std::vector<std::string> labels;  // of the outputs, where they have names
  at::ScalarType dtype;
  std::vector<TensorToWrite> tensors;  // under the classifier's names
};
void write_model(const std::filesystem::path& folder, ModelContents contents);

}  // namespace laurel
