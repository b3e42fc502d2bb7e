// laurel describe: the option reference, or one option of it.
#include <iostream>

#include "commands/arguments.h"
#include "commands/commands.h"
#include "config/config.h"
#include "data/sources/shapes.h"

namespace laurel {

int describe_command(int argc, char** argv) {
  const CommandLine line{"describe", "[OPTION]",
                         "Prints the reference of all config options, in Markdown; with OPTION, "
                         "what one option, section or type means; with `shapes`, the layouts of "
                         "published data sets and the options that read them."};
  const auto arguments = parse_arguments(line, argc, argv);
  if (!arguments) return 0;
  const std::vector<std::string> names = positionals(*arguments);
  if (names.empty()) {
    std::cout << describe_options();
  } else {
    std::cout << (names[0] == "shapes" ? describe_shapes() : describe_option(names[0]));
  }
  return 0;
}

}  // namespace laurel
