// What train and check take from the command line: the config with --set, and what it reads from
// disk.
#pragma once

#include <filesystem>
#include <vector>

#include "commands/arguments.h"
#include "config/config.h"

namespace laurel {

void add_set_option(cxxopts::OptionAdder& add);
std::vector<Override> overrides_of(const cxxopts::ParseResult& arguments);

// Files and folders that the run reads.
std::vector<std::filesystem::path> input_paths(const Config& config);

}  // namespace laurel
