// laurel curate: new training files, made by the rules of the config's section `curation`.
#include "curation/curate.h"

#include <iostream>

#include "application/load_config.h"
#include "commands/arguments.h"
#include "commands/commands.h"
#include "core/str.h"

namespace laurel {

int curate_command(int argc, char** argv) {
  const CommandLine line{
      "curate", "CONFIG OUT",
      "Writes the training rows of the config, without those that its rules (section `curation`) "
      "drop and with labels that they turn round, into the new folder OUT, with a table of what "
      "became of every row and why, and a config that trains on them. Nothing else is changed.\n"};
  const auto arguments = parse_arguments(line, argc, argv, [](cxxopts::OptionAdder& add) {
    add_set_option(add);
    add("judge", "A trusted reward model: as --set curation.judge=MODEL.",
        cxxopts::value<std::string>(), "MODEL");
    add("folds", "Judge by so many cross-fitted folds: as --set curation.folds=N.",
        cxxopts::value<std::string>(), "N");
  });
  if (!arguments) return 0;
  std::vector<Override> overrides = overrides_of(*arguments);
  for (const char* const option : {"judge", "folds"}) {
    if (arguments->count(option) == 0) continue;
    overrides.push_back({str("curation.", option), (*arguments)[option].as<std::string>()});
  }
  Log log(standard_error_sink());
  Config config = load_config(positionals(*arguments)[0], overrides, log);
  const Compute compute = set_up_process(config, log);
  std::cout << curate(config, compute, positionals(*arguments)[1], log);
  return 0;
}

}  // namespace laurel
