// laurel describe: the option reference.
#include <iostream>

#include "commands/arguments.h"
#include "commands/commands.h"
#include "config/config.h"

namespace laurel {

int describe_command(int argc, char** argv) {
  const CommandLine line{"describe", "",
                         "Prints the reference of all config options, in Markdown."};
  if (!parse_arguments(line, argc, argv)) return 0;
  std::cout << describe_options();
  return 0;
}

}  // namespace laurel
