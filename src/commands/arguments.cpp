// Command lines over cxxopts.
#include "commands/arguments.h"

#include <algorithm>
#include <iostream>
#include <sstream>

#include "commands/commands.h"
#include "core/error.h"
#include "core/str.h"

namespace laurel {

static const char* example_of(const std::string& name) {
  const auto* const command = std::ranges::find(kCommands, name, &Command::name);
  return command == kCommands.end() ? "" : command->example;
}

static std::string see_help(const CommandLine& line) {
  return str("; see laurel ", line.name, " --help");
}

static void check_count(const CommandLine& line, size_t given) {
  std::istringstream words(line.positionals);
  size_t least = 0, most = 0;
  bool more = false;
  for (std::string word; words >> word; ++most) {
    more = more || word.ends_with("...");
    if (!word.starts_with('[')) ++least;
  }
  if (given >= least && (given <= most || more)) return;
  throw Error{ErrorKind::usage,
              str("found ", count_text(static_cast<int64_t>(given), "argument"),
                  ", expected: laurel ", line.name, " ", line.positionals, see_help(line))};
}

// An option of the command, as the help lists it.
struct KnownOption {
  std::string name;
  bool takes_value;
};

static std::vector<KnownOption> known_options(const cxxopts::Options& options) {
  std::vector<KnownOption> known;
  for (const cxxopts::HelpOptionDetails& option : options.group_help("").options) {
    for (const std::string& name : option.l) known.push_back({name, !option.is_boolean});
  }
  return known;
}

[[noreturn]] static void refuse_unknown(const CommandLine& line, const std::string& name,
                                        const std::vector<KnownOption>& known) {
  std::vector<std::string> names;
  for (const KnownOption& option : known) names.push_back("--" + option.name);
  const std::string nearest = nearest_name("--" + name, names);
  const bool of_config = line.name == "train" || line.name == "check";
  throw Error{
      ErrorKind::usage,
      str("unknown option --", name, nearest.empty() ? "" : str("; did you mean ", nearest, "?"),
          of_config ? str("; options of the config are set with --set PATH=VALUE") : "",
          see_help(line))};
}

// What cxxopts would say of these names no remedy. `--set a=1`, `--set=a=1`; after "--" nothing is
// an option.
static void check_options(const CommandLine& line, const cxxopts::Options& options, int argc,
                          char** argv) {
  const std::vector<KnownOption> known = known_options(options);
  const auto find = [&](const std::string& name) {
    return std::ranges::find(known, name, &KnownOption::name);
  };
  const auto refuse = [&](const std::string& name, const std::string& found) {
    throw Error{ErrorKind::usage, str("--", name, ": ", found, see_help(line))};
  };
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--") return;
    if (!argument.starts_with("--")) continue;
    const size_t equals = argument.find('=');
    const std::string name = argument.substr(2, equals == argument.npos ? equals : equals - 2);
    const auto option = find(name);
    if (option == known.end()) refuse_unknown(line, name, known);
    if (equals != argument.npos) {
      if (!option->takes_value) {
        refuse(name, str("found the value \"", argument.substr(equals + 1), "\", expected none"));
      }
    } else if (option->takes_value) {
      const std::string next = i + 1 < argc ? argv[i + 1] : "";
      const bool is_option = next.starts_with("--") && find(next.substr(2)) != known.end();
      if (i + 1 == argc || is_option) refuse(name, "found no value, expected one");
      ++i;
    }
  }
}

// Of an exception about a value that is not of the option's type.
static std::string value_problem(const std::string& what, int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const size_t equals = argument.find('=');
    const bool next = equals == argument.npos && i + 1 < argc;
    const std::string value =
        next ? argv[i + 1] : argument.substr(std::min(equals, argument.size() - 1) + 1);
    if (!argument.starts_with("--") || what.find(value) == what.npos || value.empty()) continue;
    return str(argument.substr(0, equals), ": found \"", value, "\", expected a whole number");
  }
  return what;
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
  check_options(line, options, argc, argv);
  try {
    auto result = options.parse(argc, argv);
    if (result.count("help")) {
      std::cout << options.help({""}) << "\nExample:\n  " << example_of(line.name) << "\n";
      return std::nullopt;
    }
    check_count(line, positionals(result).size());
    return result;
  } catch (const cxxopts::exceptions::exception& e) {
    throw Error{ErrorKind::usage, str(value_problem(e.what(), argc, argv), see_help(line))};
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
