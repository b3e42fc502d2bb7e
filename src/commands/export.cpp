// laurel export: a reward model as a Hugging Face folder.
#include <iostream>

#include "checkpoint/hub_cache.h"
#include "commands/arguments.h"
#include "commands/checkpoint_choice.h"
#include "commands/commands.h"
#include "commands/export_model.h"
#include "core/random.h"
#include "data/pack.h"

namespace laurel {

// Rows of fixed pseudo-random tokens: an export can be checked where no data is at hand.
static std::vector<TokenBatch> random_batches(const ModelFolder& model) {
  Random random(1);
  std::vector<Group> groups(8);
  for (size_t i = 0; i < groups.size(); ++i) {
    Response response;
    for (size_t t = 0; t < 3 + 5 * i; ++t) {
      response.ids.push_back(
          static_cast<int32_t>(random.below(backbone_info(model.backbone).vocab_size)));
    }
    const int32_t length = static_cast<int32_t>(response.ids.size());
    response.positions = {{length - 1, length}};
    groups[i].responses = {response};
    groups[i].label = Ratings{{0}, {0}};
    groups[i].id = i;
  }
  std::vector<const Group*> all;
  for (const Group& group : groups) all.push_back(&group);
  std::vector<TokenBatch> batches;
  for (Batch& batch : pack(all, model.pooling, {.tokens_per_micro_batch = 64}))
    batches.push_back(std::move(batch.tokens));
  return batches;
}

std::string export_verified(const std::filesystem::path& model, const std::filesystem::path& output,
                            ExportDtype dtype, const OutputChoice& choice) {
  const ModelFolder folder = open_model({.path = {model.string()}, .head = Head::keep});
  const Outputs outputs = choose_outputs(folder, choice);
  const auto verify = [&](const std::filesystem::path& exported) {
    LoadedModel loaded = load_model(folder, false);
    RewardModel original(loaded.folder.backbone, std::move(loaded.parameters));
    verify_export(exported, dtype, original, outputs, random_batches(folder));
  };
  export_model(folder, outputs, output, {dtype, verify});
  return outputs.note;
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
