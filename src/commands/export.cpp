// laurel export: a reward model as a Hugging Face folder.
#include <iostream>

#include "application/export_model.h"
#include "application/select_checkpoint.h"
#include "checkpoint/hub_cache.h"
#include "commands/arguments.h"
#include "commands/commands.h"

namespace laurel {

int export_command(int argc, char** argv) {
  const CommandLine line{
      "export", "MODEL OUTPUT",
      "Writes a reward model (a run folder, or any Hugging Face reward model of a supported "
      "family) as a Hugging Face sequence-classification folder for transformers, TRL, OpenRLHF "
      "and vLLM, loads it again and compares its rewards before it is done.\n"};
  const auto arguments = parse_arguments(line, argc, argv, [](cxxopts::OptionAdder& add) {
    add("dtype", "Type of the tensors: fp32, bf16 or fp16.",
        cxxopts::value<std::string>()->default_value("fp32"));
    add("step", "Of a run, a checkpoint in place of its end: last, best, or its step.",
        cxxopts::value<std::string>());
    add("reward", "Of a head with several attributes, this one as the reward.",
        cxxopts::value<std::string>());
    add("combine", "The weighted sum of attributes that this source of the training run compares.",
        cxxopts::value<std::string>());
    add("all-outputs", "The whole head, with a column for each of its rows.");
  });
  if (!arguments) return 0;
  const std::vector<std::string> paths = positionals(*arguments);
  const ExportDtype dtype =
      word_to_enum<ExportDtype>("dtype", (*arguments)["dtype"].as<std::string>());
  OutputChoice choice{.all = arguments->count("all-outputs") > 0};
  if (arguments->count("reward")) choice.reward = (*arguments)["reward"].as<std::string>();
  if (arguments->count("combine")) choice.combine = (*arguments)["combine"].as<std::string>();
  const std::filesystem::path model =
      arguments->count("step") ? choose_checkpoint(paths[0], (*arguments)["step"].as<std::string>())
                               : resolve_model(paths[0]);
  const std::string note = export_verified(model, paths[1], dtype, choice);
  std::cerr << "exported to " << paths[1] << (note.empty() ? "" : ": ") << note << "\n";
  return 0;
}

}  // namespace laurel
