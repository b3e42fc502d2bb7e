// What train and check take from the command line: the config with --set, and its inputs.
#pragma once

#include <filesystem>
#include <vector>

#include "commands/arguments.h"
#include "config/config.h"
#include "core/log.h"

namespace laurel {

void add_set_option(cxxopts::OptionAdder& add);
std::vector<Override> overrides_of(const cxxopts::ParseResult& arguments);

// What the paths stand for, folders and patterns said in the log.
std::vector<Path> data_files(const std::vector<std::string>& paths, Log& log);

// The config with --set, its sources' folders and patterns replaced by their files.
Config load_config(const std::string& path, const std::vector<Override>& overrides, Log& log);

// Files and folders that the run reads.
std::vector<std::filesystem::path> input_paths(const Config& config);

}  // namespace laurel
