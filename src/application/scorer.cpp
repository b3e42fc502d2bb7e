// From records to groups on the caller's thread, from groups to rewards on the model's.
#include "application/scorer.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/option_types.h"
#include "core/str.h"
#include "data/records/format.h"
#include "data/sources/encode_example.h"
#include "data/sources/response_stats.h"

namespace laurel {

namespace {

constexpr int64_t kShownErrors = 3;  // of a row's responses

// With those responses alone that have no error.
Example with_responses(const Example& example, const std::vector<ScoredResponse>& responses) {
  Example out = example;
  out.responses.clear();
  out.names.clear();
  for (size_t i = 0; i < responses.size(); ++i) {
    if (!responses[i].error.empty()) continue;
    out.responses.push_back(example.responses[i]);
    out.names.push_back(example.names[i]);
  }
  return out;
}

Example with_response(const Example& example, size_t i) {
  Example out = example;
  out.responses = {example.responses[i]};
  out.names = {example.names[i]};
  return out;
}

// "rows.jsonl:7: responses[3]"; of the only response, its row.
std::string place_of(const RowRewards& row, size_t i, const std::string& where) {
  if (row.responses.size() == 1) return where;
  const std::string& name = row.responses[i].name;
  const bool list = std::holds_alternative<RankedFormat>(*row.format);
  return str(where, ": ", row.fields.source_of(name), list ? str("[", i, "]") : "");
}

void edit_answers(const AnswerEdit& edit, const std::string& where, Example& example,
                  std::vector<ScoredResponse>& responses) {
  for (size_t i = 0; i < responses.size(); ++i) {
    Text& text = example.responses[i];
    auto* const messages = std::get_if<Conversation>(&text);
    std::optional<std::string> after =
        edit(messages ? messages->back().content : std::get<std::string>(text));
    if (!after) {
      responses[i].error = str(where, ": the edit changes nothing");
      responses[i].unedited = true;
    } else if (messages) {
      set_content(messages->back(), std::move(*after));
    } else {
      text = std::move(*after);
    }
  }
}

// The longest row: what was asked for, else the model's own length, else all of its positions.
int64_t checked_length(const ModelFolder& folder, std::optional<int64_t> asked) {
  const int64_t positions = backbone_info(folder.backbone).max_positions;
  if (asked && (*asked < 1 || *asked > positions)) {
    throw Error{ErrorKind::usage, str("--max-length: found ", *asked, ", expected 1 to ", positions,
                                      ", the positions of the model")};
  }
  const auto own = folder.reward_config ? folder.reward_config->max_length : std::nullopt;
  return asked.value_or(own.value_or(positions));
}

// The rule in force, and who says so.
std::string rule_text(const ModelFolder& folder, const RowOptions& options,
                      const RewardConfig& reward) {
  if (options.text != TextChoice::automatic) {
    return str("texts are ", enum_name(options.text), ", as --text says");
  }
  const bool pair = reward.text.rule == TextRule::pair;
  return str(pair ? "texts are " : "strings are ", enum_name(reward.text.rule),
             pair ? " (prompt and answer as the tokenizer's pair)" : "",
             folder.reward_config
                 ? ", as in training"
                 : "; the folder has no reward_config.json that would say how it was trained");
}

}  // namespace

Scorer::Loaded Scorer::open(const std::string& model, const RowOptions& options, Log& log) {
  ModelFolder folder = open_model(
      {.path = {model}, .head = Head::keep, .tokenizer = options.tokenizer, .for_training = false});
  RewardConfig reward = folder.reward_config.value_or(RewardConfig{.pooling = folder.pooling.rule});
  const std::optional<int64_t> trained = reward.max_length;
  reward.max_length = checked_length(folder, options.max_length);
  if (options.special_text) reward.text.special_text = *options.special_text;
  if (options.template_kwargs) reward.template_options.template_kwargs = *options.template_kwargs;
  if (options.template_date) reward.template_options.template_date = options.template_date;
  TextProcessor text = open_text(folder, reward.template_options);
  check_text_choice(options.text, text, folder.pooling, "--text");
  if (!folder.reward_config) {
    reward.text.rule = encoder_rule(text, folder.pooling).value_or(reward.text.rule);
  }
  for (const std::string& note : folder.notes) log.info(note);
  for (const std::string& warning : text.warnings) log.warn(warning);
  log.info(str(folder.folder, ": ", rule_text(folder, options, reward), ", rows of up to ",
               *reward.max_length, " tokens",
               trained && *reward.max_length > *trained
                   ? str("; the model was trained on at most ", *trained)
                   : ""));
  return {std::move(folder), std::move(text), std::move(reward)};
}

RewardModel Scorer::load(const Compute& compute) const {
  LoadedModel loaded =
      load_model(loaded_.folder, false, storage_type(compute.precision), {}, compute.device);
  return {loaded.folder.backbone, std::move(loaded.parameters)};
}

Scorer::Scorer(const std::string& model, const Compute& compute, RowOptions options, Log& log)
    : loaded_(open(model, options, log)),
      options_(std::move(options)),
      model_(load(compute), loaded_.folder.pooling, {.workers = compute.workers}) {
  fill_defaults(options_, loaded_.reward_config);
  options_.fields = fields_to_score(options_.fields);
}

LoadContext Scorer::load_context(const DataOptions& data) const {
  return {.folder = loaded_.text,
          .pooling = loaded_.folder.pooling,
          .length = {.max_length = *loaded_.reward_config.max_length},
          .data = data,
          .strings = loaded_.reward_config.text.rule,
          .trained = trained_here()};
}

bool RowRewards::scored() const {
  const auto has_rewards = [](const ScoredResponse& of) { return of.error.empty(); };
  return error.empty() && std::ranges::all_of(responses, has_rewards);
}

std::string RowRewards::why() const {
  if (!error.empty()) return error;
  std::vector<std::string> shown;
  int64_t all = 0;
  for (const ScoredResponse& response : responses) {
    if (response.error.empty()) continue;
    if (++all <= kShownErrors) shown.push_back(response.error);
  }
  if (all > kShownErrors) shown.push_back(str("and ", all - kShownErrors, " more"));
  return join(shown, "; ");
}

TextRules Scorer::rules_of(const Example& example) const {
  TextRules rules = loaded_.reward_config.text;
  rules.rule = rule_of_row(options_.text, rules.rule, example.is_chat());
  return rules;
}

// The responses that can be scored, as one group; the others' errors go to the row.
std::optional<Group> Scorer::encode(const Example& example, const RowSigns& signs,
                                    const std::string& where, RowRewards& row) const {
  const EncodeContext context{loaded_.text,
                              rules_of(example),
                              loaded_.folder.pooling,
                              {.max_length = *loaded_.reward_config.max_length}};
  const auto encoded = [&](const Example& part, const std::string& place) {
    EncodedExample out = encode_example(part, context, place);
    row.remarks.special_text |= out.special_text;
    if (row.guards.rows == 0) {
      row.guards.add(signs, example, out, rules_of(example).rule, where);
    }
    return out;
  };
  if (const Example all = with_responses(example, row.responses); !all.responses.empty()) {
    try {
      EncodedExample out = encoded(all, where);
      if (out.group) return std::move(out.group);
    } catch (const Error& error) {
      if (error.kind != ErrorKind::data) throw;
    }
  }
  for (size_t i = 0; i < row.responses.size(); ++i) {  // which of them it was
    ScoredResponse& response = row.responses[i];
    if (!response.error.empty()) continue;
    const std::string place = place_of(row, i, where);
    try {
      const EncodedExample out = encoded(with_response(example, i), place);
      if (!out.group) response.error = str(place, ": ", out.over_length);
    } catch (const Error& error) {
      if (error.kind != ErrorKind::data) throw;
      response.error = error.message;
    }
  }
  const Example rest = with_responses(example, row.responses);
  if (rest.responses.empty()) return std::nullopt;
  return encoded(rest, where).group;
}

// Fills in all but the rewards. None: the row or all of its responses have an error.
std::optional<Group> Scorer::read(const Record& record, const AnswerEdit& edit,
                                  RowRewards& row) const {
  row.error = record.error;
  if (!row.error.empty()) return std::nullopt;
  try {
    const RowReading reading = reading_of(record.row, options_, record.where);
    row.format = reading.format;
    row.fields = reading.fields;
    const RowSchema schema{.format = reading.format,
                           .fields = reading.fields,
                           .separator = *options_.separator,
                           .labelled = false};
    const FieldValues values = row.fields.evaluate(record.row, record.text, record.where);
    const std::string where = values.named(record.where);
    row.id = values.id;
    Example example = parse_row(record.row, values, schema, where);
    row.remarks.other_role = ends_in_other_role(example);
    row.remarks.repeated_prompt = begins_with_prompt(example);
    const std::vector<ResponseStats> stats = response_stats(example, rules_of(example).rule);
    for (size_t i = 0; i < example.responses.size(); ++i) {
      row.responses.push_back({.name = example.names[i],
                               .error = example.errors.empty() ? "" : example.errors[i],
                               .hash = stats[i].hash});
    }
    if (edit) edit_answers(edit, where, example, row.responses);
    return encode(example, signs_of(record.row, example, schema), where, row);
  } catch (const Error& error) {
    if (error.kind != ErrorKind::data) throw;
    row.error = error.message;
    row.responses.clear();
    return std::nullopt;
  }
}

std::vector<RowRewards> Scorer::score(std::span<const Record> records, const AnswerEdit& edit) {
  std::vector<RowRewards> rows(records.size());
  std::vector<Group> groups;
  std::vector<size_t> row_of;              // of each group
  std::vector<std::vector<size_t>> sizes;  // of each group: numbers of its responses
  const auto columns = static_cast<size_t>(loaded_.reward_config.columns());
  for (size_t i = 0; i < records.size(); ++i) {
    std::optional<Group> group = read(records[i], edit, rows[i]);
    if (!group) continue;
    rows[i].prompt = group->prompt_hash;
    sizes.emplace_back();
    for (const Response& of : group->responses) sizes.back().push_back(of.positions.size());
    groups.push_back(std::move(*group));
    row_of.push_back(i);
  }
  if (groups.empty()) return rows;
  const std::vector<std::vector<double>> rewards = model_.rewards_of(std::move(groups));
  for (size_t i = 0; i < row_of.size(); ++i) {
    RowRewards& row = rows[row_of[i]];
    auto from = rewards[i].begin();
    size_t in_group = 0;
    for (size_t j = 0; j < row.responses.size(); ++j) {
      ScoredResponse& response = row.responses[j];
      if (!response.error.empty()) continue;
      const auto to = from + static_cast<std::ptrdiff_t>(sizes[i][in_group++] * columns);
      response.rewards.assign(from, to);
      from = to;
      if (std::ranges::all_of(response.rewards, [](double value) { return std::isfinite(value); }))
        continue;
      response.error = str(place_of(row, j, records[row_of[i]].where),
                           ": the model's reward is not a finite number");
      response.rewards.clear();
    }
  }
  return rows;
}

}  // namespace laurel
