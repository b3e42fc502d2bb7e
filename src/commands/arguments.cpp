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
  throw Error{ErrorKind::usage, str("found ", count_text(static_cast<int64_t>(given), "argument"),
                                    ", expected: laurel ", line.name, " ", line.positionals,
                                    "; see laurel ", line.name, " --help")};
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

void add_set_option(cxxopts::OptionAdder& add) {
  // A string, not a list: cxxopts would split a list at commas, which stand in JSON values.
  add("set",
      "Override one option: --set train.lr=2e-5, --set sources.ukp.loss_weight=2. Repeatable.",
      cxxopts::value<std::string>(), "PATH=VALUE");
}

std::vector<Override> overrides_of(const cxxopts::ParseResult& arguments) {
  std::vector<Override> overrides;
  for (const auto& argument : arguments.arguments()) {
    if (argument.key() == "set") overrides.push_back(parse_override(argument.value()));
  }
  return overrides;
}

void add_compute_options(cxxopts::OptionAdder& add) {
  add("threads", "Threads that compute. Default: all cores.", cxxopts::value<int64_t>());
  add("device", "auto, cpu or cuda; auto: on CUDA where it can be used, else on the CPU.",
      cxxopts::value<std::string>()->default_value("auto"));
  add("precision",
      "fp32, bf16, or auto: bf16 where it is faster. Default for eval and score: as the run "
      "was evaluated; fp32 on CPU, the type of config.json on CUDA for a folder without a run.",
      cxxopts::value<std::string>());
}

ComputeOptions compute_options(const cxxopts::ParseResult& arguments) {
  ComputeOptions compute{.device_option = "--device", .precision_option = "--precision"};
  compute.device = word_to_enum<Device>("device", arguments["device"].as<std::string>());
  if (arguments.count("precision")) {
    compute.precision =
        word_to_enum<Precision>("precision", arguments["precision"].as<std::string>());
  }
  if (!arguments.count("threads")) return compute;
  const auto threads = arguments["threads"].as<int64_t>();
  if (threads < 1 || threads > 1024) {
    throw Error{ErrorKind::usage, str("--threads: found ", threads, ", expected 1 to 1024")};
  }
  compute.threads = threads;
  return compute;
}

}  // namespace laurel
