// laurel export: a reward model as a Hugging Face folder.
#include "application/export_model.h"
#include "application/output_files.h"
#include "application/select_checkpoint.h"
#include "checkpoint/hub_cache.h"
#include "commands/arguments.h"
#include "commands/commands.h"
#include "core/log.h"

namespace laurel {

static ExportRequest request_of(const cxxopts::ParseResult& arguments) {
  ExportRequest request{
      .dtype = word_to_enum<ExportDtype>("dtype", arguments["dtype"].as<std::string>()),
      .rounding_seed = arguments["rounding-seed"].as<uint64_t>(),
      .force = arguments.count("force") > 0,
      .drop_bias = arguments.count("drop-bias") > 0,
      .outputs = {.all = arguments.count("all-outputs") > 0},
      .scale = word_to_enum<OutputScale>("scale", arguments["scale"].as<std::string>())};
  if (arguments.count("rounding")) {
    request.rounding = word_to_enum<Rounding>("rounding", arguments["rounding"].as<std::string>());
  }
  if (arguments.count("reward")) request.outputs.reward = arguments["reward"].as<std::string>();
  if (arguments.count("combine")) request.outputs.combine = arguments["combine"].as<std::string>();
  if (arguments.count("tokenizer")) {
    request.tokenizer =
        word_to_enum<TokenizerRule>("tokenizer", arguments["tokenizer"].as<std::string>());
  }
  return request;
}

int export_command(int argc, char** argv) {
  const CommandLine line{
      "export", "MODEL OUTPUT",
      "Writes a reward model (a run folder, or any Hugging Face reward model of a supported "
      "family) as a Hugging Face sequence-classification folder for transformers, TRL, OpenRLHF "
      "and vLLM, loads it again and compares its rewards before it is done.\n"};
  const auto arguments = parse_arguments(line, argc, argv, [](cxxopts::OptionAdder& add) {
    add("dtype", "Type of the tensors: fp32, bf16 or fp16.",
        cxxopts::value<std::string>()->default_value("fp32"));
    add("rounding",
        "nearest or stochastic. Default: nearest where nearly all of the training's update survives "
        "it, else stochastic.",
        cxxopts::value<std::string>());
    add("rounding-seed", "Seed of stochastic rounding.",
        cxxopts::value<uint64_t>()->default_value("0"));
    add("force", "Export also where the type loses what was trained.");
    add("drop-bias",
        "Leave out a bias of the head that transformers' class of the model has not: rewards move by "
        "it, all alike.");
    add("step", "Of a run, a checkpoint in place of its end: last, best, or its step.",
        cxxopts::value<std::string>());
    add("reward", "Of a head with several attributes, this one as the reward.",
        cxxopts::value<std::string>());
    add("combine", "The weighted sum of attributes that this source of the training run compares.",
        cxxopts::value<std::string>());
    add("scale",
        "unit: the head divided by the deviation within prompts that laurel normalize has stored "
        "(of all answers where no prompt has two), so that rewards have the deviation 1; trained: as "
        "it is.",
        cxxopts::value<std::string>()->default_value("trained"));
    add("tokenizer", "transformers or file: as model.tokenizer.", cxxopts::value<std::string>());
    add("all-outputs", "The whole head, with a column for each of its rows.");
  });
  if (!arguments) return 0;
  const std::vector<std::string> paths = positionals(*arguments);
  ExportRequest request = request_of(*arguments);
  request.model = arguments->count("step")
                      ? choose_checkpoint(paths[0], (*arguments)["step"].as<std::string>())
                      : resolve_model(paths[0]);
  request.output = paths[1];
  check_output(
      {.option = "OUTPUT", .output = paths[1], .models = {request.model}, .is_model = true});
  Log log(standard_error_sink());
  const Exported exported = export_verified(request);
  for (const std::string& note : exported.notes) log.info(note);
  for (const std::string& warning : exported.warnings) log.warn(warning);
  log.info("exported to " + paths[1]);
  return 0;
}

}  // namespace laurel
