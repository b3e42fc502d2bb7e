// From records to groups on the caller's thread, from groups to rewards on the model's.
#include "application/scorer.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/option_types.h"
#include "core/str.h"
#include "data/records/format.h"
#include "data/sources/encode_example.h"

namespace laurel {

Scorer::Loaded Scorer::open(const std::string& model, Log& log) {
  ModelFolder folder = open_model({.path = {model}, .head = Head::keep});
  const bool ours = folder.reward_config.has_value();
  RewardConfig reward = folder.reward_config.value_or(RewardConfig{.pooling = folder.pooling.rule});
  if (!reward.max_length) reward.max_length = backbone_info(folder.backbone).max_positions;
  TextProcessor text = open_text(folder, reward.template_options);
  for (const std::string& note : folder.notes) log.info(note);
  for (const std::string& warning : text.warnings) log.warn(warning);
  log.info(str(folder.folder, ": strings are ", enum_name(reward.text.rule),
               ours ? ", as in training"
                    : "; the folder has no reward_config.json that would say how it was trained",
               ", rows of up to ", *reward.max_length, " tokens"));
  return {std::move(folder), std::move(text), std::move(reward)};
}

RewardModel Scorer::load(const Compute& compute) const {
  LoadedModel loaded =
      load_model(loaded_.folder, false, storage_type(compute.precision), {}, compute.device);
  return {loaded.folder.backbone, std::move(loaded.parameters)};
}

Scorer::Scorer(const std::string& model, const Compute& compute, RowOptions options, Log& log)
    : loaded_(open(model, log)),
      options_(std::move(options)),
      model_(load(compute), loaded_.folder.pooling, {.workers = compute.workers}) {
  fill_defaults(options_, loaded_.reward_config);
}

LoadContext Scorer::load_context(const DataOptions& data) const {
  return {.folder = loaded_.text,
          .pooling = loaded_.folder.pooling,
          .length = {.max_length = *loaded_.reward_config.max_length},
          .data = data,
          .strings = loaded_.reward_config.text.rule};
}

// Fills in all but the rewards. None: `row.error` says why.
std::optional<Group> Scorer::read(const Record& record, RowRewards& row) const {
  row.error = record.error;
  if (!row.error.empty()) return std::nullopt;
  try {
    const Format format = options_.format
                              ? *options_.format
                              : detect_format(record.row, options_.columns, record.where);
    check_columns(options_, format);
    row.format = format;
    const RowSchema schema{.format = format,
                           .columns = options_.columns,
                           .separator = *options_.separator,
                           .labelled = false};
    const Example example = parse_row(record.row, schema, record.where);
    row.responses = example.names;
    TextRules rules = loaded_.reward_config.text;
    if (options_.text != TextChoice::automatic) {
      rules.rule = options_.text == TextChoice::chat ? TextRule::chat : TextRule::plain;
    } else if (example.is_chat()) {
      rules.rule = TextRule::chat;
    }
    const EncodeContext context{loaded_.text,
                                rules,
                                loaded_.folder.pooling,
                                {.max_length = *loaded_.reward_config.max_length}};
    EncodedExample encoded = encode_example(example, context, record.where);
    row.error = encoded.over_length;
    return std::move(encoded.group);
  } catch (const Error& error) {
    if (error.kind != ErrorKind::data) throw;
    row.error = error.message;
    row.responses.clear();
    return std::nullopt;
  }
}

std::vector<RowRewards> Scorer::score(std::span<const Record> records) {
  std::vector<RowRewards> rows(records.size());
  std::vector<Group> groups;
  std::vector<size_t> row_of;  // of each group
  for (size_t i = 0; i < records.size(); ++i) {
    std::optional<Group> group = read(records[i], rows[i]);
    if (!group) continue;
    groups.push_back(std::move(*group));
    row_of.push_back(i);
  }
  if (groups.empty()) return rows;
  std::vector<std::vector<double>> rewards = model_.rewards_of(std::move(groups));
  for (size_t i = 0; i < row_of.size(); ++i) {
    RowRewards& row = rows[row_of[i]];
    row.rewards = std::move(rewards[i]);
    if (std::ranges::all_of(row.rewards, [](double value) { return std::isfinite(value); }))
      continue;
    row.error = "the model's reward is not a finite number";
    row.rewards.clear();
  }
  return rows;
}

}  // namespace laurel
