// Loads reward models, and completes the options of rows by what they say.
#include "application/loaded_reward_model.h"

#include "core/json.h"
#include "core/str.h"

namespace laurel {

LoadedRewardModel load_reward_model(const std::string& name, const Compute& compute, Log& log) {
  ModelFolder folder = open_model({.path = {name}, .head = Head::keep});
  const bool ours = folder.reward_config.has_value();
  RewardConfig reward = folder.reward_config.value_or(RewardConfig{.pooling = folder.pooling.rule});
  if (!reward.max_length) reward.max_length = folder.llama.max_positions;
  TextProcessor text = open_text(folder, reward.template_options);
  for (const std::string& note : folder.notes) log.info(note);
  for (const std::string& warning : text.warnings) log.warn(warning);
  log.info(str(folder.folder, ": strings are ",
               enum_names(TextRule{})[static_cast<size_t>(reward.text.rule)],
               ours ? ", as in training"
                    : "; the folder has no reward_config.json that would say how it was trained",
               ", rows of up to ", *reward.max_length, " tokens"));
  LoadedModel loaded =
      load_model(std::move(folder), false, storage_type(compute.precision), {}, compute.device);
  RewardModel model(loaded.folder.llama, std::move(loaded.parameters));
  return {std::move(loaded.folder), std::move(text), std::move(reward), std::move(model)};
}

// What all sources that have it agree on.
template <class T>
static std::optional<T> common_value(const RewardConfig& model,
                                     std::optional<T> SourceRecord::*member) {
  std::optional<T> found;
  for (const SourceRecord& source : model.sources) {
    const std::optional<T>& own = source.*member;
    if (own && found && *own != *found) return std::nullopt;
    if (own) found = own;
  }
  return found;
}

void fill_defaults(RowOptions& options, const RewardConfig& model) {
  if (!options.separator) {
    options.separator = common_value(model, &SourceRecord::separator).value_or("\n");
  }
  if (!options.reduction) {
    options.reduction = common_value(model, &SourceRecord::reduction).value_or(Reduction::mean);
  }
}

void check_columns(const RowOptions& options, Format format) {
  SourceOptions source;
  source.name = "eval";
  source.format = format;
  source.eval = {{"any.jsonl"}};
  source.columns = options.columns;
  const std::vector<std::string> problems = problems_in_source(source);
  if (!problems.empty()) throw Error{ErrorKind::usage, "--" + join(problems, "\n  --")};
}

}  // namespace laurel
