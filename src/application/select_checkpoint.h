// Finds the checkpoint that --step names.
#pragma once

#include <filesystem>
#include <string>

namespace laurel {

// "last", "best", or a step. Throws Error (usage) for another word, (checkpoint) where `run` has no
// such checkpoint, with the steps that it has.
std::filesystem::path choose_checkpoint(const std::filesystem::path& run, const std::string& step);

}  // namespace laurel
