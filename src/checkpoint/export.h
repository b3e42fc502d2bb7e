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
#include "checkpoint/rounding.h"
#include "data/batch.h"
#include "model/reward_model.h"

namespace laurel {

enum class ExportDtype { fp32, bf16, fp16 };
constexpr auto enum_names(ExportDtype) { return std::array{"fp32", "bf16", "fp16"}; }
at::ScalarType scalar_type(ExportDtype dtype);

struct ExportOptions {
  WeightRounding rounding = {};
  // Fills the tensors that are written, fp32; {}: those of the model, by read_tensor().
  std::function<void(const ExpectedTensor&, const at::Tensor& destination)> read = {};
  // Called with the folder before it gets its model card and its name; what it throws undoes the
  // export. Returns what the card says of precision, or nothing.
  std::function<std::string(const std::filesystem::path&)> verify = {};
};

// `model` is a reward model with its head: a run's final/, or any folder of a supported family. The
// bytes are a function of that folder, its outputs, what is read and the rounding alone. Throws Error
// (checkpoint) if `output` exists and is not empty, Error (model) if there is no head.
void export_model(const ModelFolder& model, const Outputs& outputs,
                  const std::filesystem::path& output, const ExportOptions& options);

// What an export must give again, taken from its model, so that the two need not be in memory together.
struct ExpectedExport {
  std::vector<at::Tensor> head;     // each tensor of the head in its order, exact; rows: outputs
  std::vector<at::Tensor> rewards;  // [positions, outputs] of each batch, fp64, with the exact head
  double tolerance = 0;             // of the largest reward
};

// `original` gets the rounding of the export.
ExpectedExport expected_export(RewardModel& original, const Outputs& outputs,
                               const WeightRounding& rounding, std::span<const TokenBatch> batches);

// Loads `folder` (fp32) and returns that model. Its head must be the rounded one, and with the exact
// head its rewards of the same batches must be the expected ones. Throws Error (checkpoint) that says
// how they differ.
RewardModel verify_export(const std::filesystem::path& folder, const ExpectedExport& expected,
                          const WeightRounding& rounding, std::span<const TokenBatch> batches);

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
