// laurel describe: the option reference, or one option of it.
#include <iostream>

#include "commands/arguments.h"
#include "commands/commands.h"
#include "config/config.h"

namespace laurel {

int describe_command(int argc, char** argv) {
  const CommandLine line{"describe", "[OPTION]",
                         "Prints the reference of all config options, in Markdown; with OPTION, "
                         "what one option, section or type means."};
  const auto arguments = parse_arguments(line, argc, argv);
  if (!arguments) return 0;
  const std::vector<std::string> names = positionals(*arguments);
  std::cout << (names.empty() ? describe_options() : describe_option(names[0]));
  return 0;
}

}  // namespace laurel
