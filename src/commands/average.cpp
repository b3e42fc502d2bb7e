// laurel average: one model whose weights are the means of several.
#include "application/average.h"

#include "application/output_files.h"
#include "checkpoint/hub_cache.h"
#include "commands/arguments.h"
#include "commands/commands.h"
#include "core/log.h"

namespace laurel {

int average_command(int argc, char** argv) {
  const CommandLine line{
      "average", "MODEL MODEL... OUTPUT",
      "Writes a model whose weights are the means of those of runs (or of checkpoints) that began "
      "with the same backbone and head and learned the same, as a Hugging Face folder that laurel "
      "eval, score and export take. What differs is refused by name.\n"};
  const auto arguments = parse_arguments(line, argc, argv);
  if (!arguments) return 0;
  std::vector<std::string> models = positionals(*arguments);
  const std::string output = models.back();
  models.pop_back();
  check_output(
      {.option = "OUTPUT", .output = output, .models = resolve_models(models), .is_model = true});
  Log log(standard_error_sink());
  for (const std::string& note : average_models(models, output)) log.info(note);
  log.info("written to " + output);
  return 0;
}

}  // namespace laurel
