// laurel train: from a config to a run folder with the trained model and its export.
#include "application/load_config.h"
#include "application/start_run.h"
#include "commands/arguments.h"
#include "commands/commands.h"

namespace laurel {

int train_command(int argc, char** argv) {
  const CommandLine line{
      "train", "CONFIG",
      "Trains the reward model that CONFIG describes and writes the run folder: laurel.json, "
      "metrics.jsonl, log.txt, checkpoints/, final/ and export/. "
      "`laurel describe` explains the options.\n"};
  const auto arguments = parse_arguments(line, argc, argv, [](cxxopts::OptionAdder& add) {
    add_set_option(add);
    add("overwrite", "Replace the run folder if it holds a run.");
  });
  if (!arguments) return 0;
  install_signal_handlers();
  Log log(standard_error_sink());
  Config config = load_config(positionals(*arguments)[0], overrides_of(*arguments), log);
  TimeLimit limit(config.run.max_hours);
  const Compute compute = set_up_process(config, log);
  return start_run(config, compute, arguments->count("overwrite") > 0, limit, log);
}

}  // namespace laurel
