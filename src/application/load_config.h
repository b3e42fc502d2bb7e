// A config as a run uses it: read with its overrides, with files in the place of folders and
// patterns.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "config/config.h"
#include "core/log.h"

namespace laurel {

// What the paths stand for, folders and patterns said in the log.
std::vector<Path> data_files(const std::vector<std::string>& paths,
                             const std::optional<std::string>& split, Log& log);

std::vector<std::string> names_of(const std::vector<Path>& files);

// The config with its overrides, its sources' folders and patterns replaced by their files. Throws
// Error (usage).
Config load_config(const std::string& path, const std::vector<Override>& overrides, Log& log);

// Files and folders that the run reads.
std::vector<std::filesystem::path> input_paths(const Config& config);

}  // namespace laurel
