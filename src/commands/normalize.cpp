// laurel normalize: how far the rewards of a policy's answers lie apart, stored with the model.
#include "application/normalize.h"

#include <iostream>

#include "commands/arguments.h"
#include "commands/commands.h"
#include "commands/row_arguments.h"

namespace laurel {

static void normalize_and_print(const cxxopts::ParseResult& arguments, Log& log) {
  refuse_step(arguments, "normalized");
  refuse_grouping_shape(arguments);
  const std::vector<std::string> paths = positionals(arguments);
  const NormalizeRequest request{.model = paths[0],
                                 .files = {paths.begin() + 1, paths.end()},
                                 .split = split_argument(arguments),
                                 .rows = row_options(arguments),
                                 .segment_options = segment_options(arguments),
                                 .bad_rows = bad_rows_argument(arguments).value_or(0),
                                 .precision = compute_options(arguments).precision};
  const Compute compute = set_up_process(compute_options(arguments), log);
  std::cout << normalize_files(request, compute, log);
}

int normalize_command(int argc, char** argv) {
  const CommandLine line{
      "normalize", "MODEL ANSWERS...",
      "Measures how far the rewards of a run or of an export lie apart on answers of the policy that "
      "training by RL begins with: mean, deviation over all and within a prompt, quantiles. Rows "
      "have prompts with answers (responses, or one response a row) and need no labels. Stores the "
      "numbers in the model's reward_config.json and README.md. Nothing is scaled but by laurel "
      "export --scale unit and laurel score --with.\n"};
  const auto arguments = parse_arguments(line, argc, argv, [](cxxopts::OptionAdder& add) {
    add_row_options(add);
    add_step_option(add);
    add("bad-rows", "Rows that may lack a reward and are left out; they are counted. Default: 0.",
        cxxopts::value<int64_t>());
  });
  if (!arguments) return 0;
  Log log = command_log();
  in_words_of_command(*arguments, [&] { normalize_and_print(*arguments, log); });
  return 0;
}

}  // namespace laurel
