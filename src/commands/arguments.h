// The command line of one command: positional arguments, options, --help.
#pragma once

#include <cxxopts.hpp>
#include <functional>
#include <string>
#include <vector>

namespace laurel {

struct CommandLine {
  std::string name;         // "train"
  std::string positionals;  // "CONFIG", "MODEL DATA..."
  std::string help;         // one paragraph
};

// The parsed arguments; positionals are result["arguments"]. Prints the help and returns nullopt
// for --help. Throws Error (usage) for unknown options and for too few positionals (a name ending
// in "..." takes one or more) or too many.
std::optional<cxxopts::ParseResult> parse_arguments(
    const CommandLine& line, int argc, char** argv,
    const std::function<void(cxxopts::OptionAdder&)>& add_options = {});

std::vector<std::string> positionals(const cxxopts::ParseResult& arguments);

}  // namespace laurel
