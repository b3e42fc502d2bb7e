// laurel check: what a run would do, without doing it; or a failed step once more.
#include <iostream>
#include <string_view>

#include "application/check_run.h"
#include "application/load_config.h"
#include "application/replay.h"
#include "commands/arguments.h"
#include "commands/commands.h"
#include "core/str.h"
#include "curation/audit_output.h"
#include "data/sources/guards.h"

namespace laurel {

// The options that were checked, as `train` takes them.
static std::string given_options(const cxxopts::ParseResult& arguments) {
  std::string options;
  for (const auto& argument : arguments.arguments()) {
    if (argument.key() == "set") options += " --set " + shell_word(argument.value());
    if (argument.key() == "overwrite") options += " --overwrite";
  }
  return options;
}

static int check_config(const std::string& file, const cxxopts::ParseResult& arguments) {
  Log log(standard_error_sink());
  Config config = load_config(file, overrides_of(arguments), log);
  const Compute compute = set_up_process(config, log);
  const CheckedRun checked =
      check_run(config, compute, arguments.count("overwrite") > 0, log, std::cout);
  const AuditReport audit = short_audit(config, static_cast<int>(compute.threads));
  std::cout << audit_summary(audit);
  const std::string command = str("laurel train ", shell_word(file), given_options(arguments));
  const int64_t errors = count_of(audit, Grade::error);
  std::string in_order = checked.warnings.empty() && checked.starts && errors == 0
                             ? "everything is in order"
                             : "everything else is in order";
  if (errors > 0)
    in_order = str("see to the audit's ", count_text(errors, "error"), "; ", in_order);
  for (const std::string& warning : checked.warnings) {
    std::cout << "warning: " << short_warning(warning) << "\n";
  }
  std::cout << in_order << "; train with: " << command
            << (checked.starts ? "" : " --set run.resume=auto, or --overwrite") << "\n";
  return 0;
}

// The precision is the run's where it is not given.
static int check_step(const std::string& file, ComputeOptions options) {
  const StepDump dump = read_step_dump(file);
  if (!options.precision) {
    options.precision = dump.precision == "bf16" ? Precision::bf16 : Precision::fp32;
  }
  Log log(standard_error_sink());
  const Replay replay = replay_step(dump, file, set_up_process(options, log));
  std::cout << replay_text(replay);
  return is_finite(replay) ? 0 : static_cast<int>(ErrorKind::non_finite);
}

// Either a config with its options, or a dump with what it is computed with.
static void check_either(const cxxopts::ParseResult& arguments) {
  const bool replay = arguments.count("replay") > 0;
  const auto refuse = [&](const char* option, const std::string& why) {
    if (arguments.count(option) == 0) return;
    throw Error{ErrorKind::usage, str("--", option, ": ", why)};
  };
  if (replay) {
    for (const char* option : {"set", "overwrite"}) {
      refuse(option, "found together with --replay, expected only with a CONFIG");
    }
  } else {
    const auto set_instead = [&](const char* option, const char* path) {
      refuse(option, str("found with a CONFIG, expected only with --replay; set it with --set ",
                         path, "=..."));
    };
    set_instead("device", "run.device");
    set_instead("precision", "train.precision");
    set_instead("threads", "run.threads");
  }
  const size_t configs = positionals(arguments).size();
  if (configs == (replay ? 0 : 1)) return;
  throw Error{ErrorKind::usage,
              str("found ", configs, " arguments, expected: laurel check ",
                  replay ? "--replay FILE" : "CONFIG", "; see laurel check --help")};
}

int check_command(int argc, char** argv) {
  const CommandLine line{
      "check", "[CONFIG]",
      "Reads the config, the model folder without its weights, the tokenizer and all data, reports "
      "every problem, and says what `laurel train` would do. With --replay in place of a config: "
      "computes a step again whose loss or gradient norm was not finite, and names the rows.\n"};
  const auto arguments = parse_arguments(line, argc, argv, [](cxxopts::OptionAdder& add) {
    add_set_option(add);
    add("overwrite", "Train will replace the run folder if it holds a run.");
    add("replay", "A run's nonfinite-step-NUMBER.json. The precision is the run's by default.",
        cxxopts::value<std::string>(), "FILE");
    add_compute_options(add);
  });
  if (!arguments) return 0;
  check_either(*arguments);
  if (arguments->count("replay") > 0) {
    return check_step((*arguments)["replay"].as<std::string>(), compute_options(*arguments));
  }
  return check_config(positionals(*arguments)[0], *arguments);
}

}  // namespace laurel
