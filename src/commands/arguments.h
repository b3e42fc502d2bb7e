// The command line of one command: positional arguments, options, --help; and the options that
// several commands have.
#pragma once

#include <cxxopts.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "application/compute.h"
#include "config/config.h"
#include "core/error.h"
#include "core/str.h"

namespace laurel {

struct CommandLine {
  std::string name;         // "train"
  std::string positionals;  // "CONFIG", "MODEL DATA...", "[CONFIG]"
  std::string help;         // one paragraph
};

// The parsed arguments; positionals are result["arguments"]. Prints the help and returns nullopt
// for --help. Throws Error (usage) for unknown options, with the nearest names, for a missing or
// superfluous value, and for too few positionals (a name ending in "..." takes one or more, one in
// brackets may be missing) or too many.
std::optional<cxxopts::ParseResult> parse_arguments(
    const CommandLine& line, int argc, char** argv,
    const std::function<void(cxxopts::OptionAdder&)>& add_options = {});

std::vector<std::string> positionals(const cxxopts::ParseResult& arguments);

// --set PATH=VALUE, as often as one likes.
void add_set_option(cxxopts::OptionAdder& add);
std::vector<Override> overrides_of(const cxxopts::ParseResult& arguments);

// --device, --threads, --precision.
void add_compute_options(cxxopts::OptionAdder& add);
ComputeOptions compute_options(const cxxopts::ParseResult& arguments);

// The enum value whose word was given to --option. Throws Error (usage) that lists the words.
template <class Enum>
Enum word_to_enum(const std::string& option, const std::string& word) {
  const auto names = enum_names(Enum{});
  for (size_t i = 0; i < names.size(); ++i) {
    if (word == names[i]) return static_cast<Enum>(i);
  }
  throw Error{ErrorKind::usage, str("--", option, ": found \"", word, "\", expected one of: ",
                                    join({names.begin(), names.end()}, ", "))};
}

}  // namespace laurel
