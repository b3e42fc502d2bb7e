// What a folder is instead of a model's.
#pragma once

#include <filesystem>

namespace laurel {

// Throws Error (model) with what to do where the folder has no config.json: one of a run's or
// trainer's checkpoints, of GGUF or ONNX files, or of none of these.
void check_is_model_folder(const std::filesystem::path& folder);

}  // namespace laurel
