// laurel calibrate: by what rewards are divided to be log-odds, stored with the model.
#include "application/calibrate.h"

#include <iostream>

#include "commands/arguments.h"
#include "commands/commands.h"
#include "commands/row_arguments.h"

namespace laurel {

static void calibrate_and_print(const cxxopts::ParseResult& arguments, Log& log) {
  refuse_step(arguments, "calibrated");
  EvaluationRequest request = evaluation_request(arguments);
  request.meaning.raw = true;
  if (arguments.count("force") == 0) request.training_rows = TrainingRows::refuse;
  const Compute compute = set_up_process(compute_options(arguments), log);
  std::cout << calibrate_files(request, compute, log);
}

int calibrate_command(int argc, char** argv) {
  const CommandLine line{
      "calibrate", "MODEL DATA...",
      "Fits the temperature by which the rewards of a run or of an export are to be divided, so "
      "that differences are log-odds of one answer being preferred (pairs), or the temperature and "
      "the shift for log-odds of a 1 (ratings of 0 and 1), on labelled rows that the model was not "
      "trained on. Stores it in the model's reward_config.json and prints the log loss before and "
      "after. Nothing applies it but laurel score --calibrated; laurel eval shows both.\n"};
  const auto arguments = parse_arguments(line, argc, argv, [](cxxopts::OptionAdder& add) {
    add_row_options(add);
    add_step_option(add);
    add_labelled_row_options(add);
    add("force",
        "Take also files that the model was trained on, which are refused by their hashes.");
  });
  if (!arguments) return 0;
  Log log = command_log();
  in_words_of_command(*arguments, [&] { calibrate_and_print(*arguments, log); });
  return 0;
}

}  // namespace laurel
