// Command lines over cxxopts.
#include "commands/arguments.h"

#include <iostream>
#include <sstream>

#include "core/error.h"
#include "core/str.h"

namespace laurel {

static void check_count(const CommandLine& line, size_t given) {
  std::istringstream words(line.positionals);
  size_t least = 0, most = 0;
  bool more = false;
  for (std::string word; words >> word; ++most) {
    more = word.ends_with("...");
    if (!word.starts_with('[')) ++least;
  }
  if (given >= least && (given <= most || more)) return;
  throw Error{ErrorKind::usage, str("found ", given, " arguments, expected: laurel ", line.name,
                                    " ", line.positionals, "; see laurel ", line.name, " --help")};
}

std::optional<cxxopts::ParseResult> parse_arguments(
    const CommandLine& line, int argc, char** argv,
    const std::function<void(cxxopts::OptionAdder&)>& add_options) {
  cxxopts::Options options("laurel " + line.name, line.help);
  options.positional_help(line.positionals).custom_help("[options]");
  auto add = options.add_options();
  if (add_options) add_options(add);
  add("h,help", "Print this text.");
  options.add_options("positional")("arguments", "", cxxopts::value<std::vector<std::string>>());
  options.parse_positional("arguments");
  try {
    auto result = options.parse(argc, argv);
    if (result.count("help")) {
      std::cout << options.help({""}) << "\n";
      return std::nullopt;
    }
    check_count(line, positionals(result).size());
    return result;
  } catch (const cxxopts::exceptions::exception& e) {
    throw Error{ErrorKind::usage, str(e.what(), "; see laurel ", line.name, " --help")};
  }
}

std::vector<std::string> positionals(const cxxopts::ParseResult& arguments) {
  if (arguments.count("arguments") == 0) return {};
  return arguments["arguments"].as<std::vector<std::string>>();
}

}  // namespace laurel
