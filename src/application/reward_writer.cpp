// Rewards become members at the end of the row's own text.
#include "application/reward_writer.h"

#include <ATen/ops/tensor.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "application/recorded_source.h"
#include "core/str.h"
#include "data/records/format.h"
#include "eval/reduce_segments.h"

namespace laurel {

namespace {

constexpr std::string_view kReward = "reward";

std::string dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

template <class F>
bool is(const Format& format) {
  return std::holds_alternative<F>(format);
}

// JSON text of the row's value for our name, the element of a list.
std::string response_text(const Record& record, std::string_view text, const RowRewards& of,
                          size_t number) {
  const std::string& name = of.responses[number].name;
  const bool list = is<RankedFormat>(*of.format);
  const std::optional<std::string> key = of.fields.key_of(name);
  if (!key) {
    const FieldValues values = of.fields.evaluate(record.row, record.text, record.where);
    const Json& value = values.values.at(name);
    return dump(list ? value.at(number) : value);
  }
  for (const JsonMember& member : json_members(text)) {
    if (member.key != *key) continue;
    const std::string_view value = text.substr(member.begin, member.end - member.begin);
    return std::string(list ? json_elements(value)[number] : value);
  }
  return "null";
}

// Of the response with the largest reward, the first of equal ones; none: no response has one.
std::optional<size_t> best_response(const RowRewards& of, const std::vector<double>& weights) {
  std::optional<size_t> best;
  double most = 0;
  for (size_t i = 0; i < of.responses.size(); ++i) {
    const std::vector<double>& rewards = of.responses[i].rewards;
    if (rewards.empty()) continue;
    double reward = 0;
    for (size_t c = 0; c < weights.size(); ++c) reward += weights[c] * rewards[c];
    if (best && reward <= most) continue;
    best = i;
    most = reward;
  }
  return best;
}

// What `fields_of` gives of the row or, where there are several models, of each of them, together.
void add_fields(std::vector<JsonChange>& changes, const RowRewards& of,
                std::span<const RowRewards> models,
                const std::function<std::vector<RewardField>(const RowRewards&)>& fields_of) {
  std::vector<std::vector<RewardField>> each;
  for (const RowRewards& model : models) each.push_back(fields_of(model));
  for (const RewardField& field : each.empty() ? fields_of(of) : combined(each)) {
    changes.push_back({field.key, dump(field.value)});
  }
}

// Of rewards that are replaced by those of one model, what several models have said beside them.
void remove_beside(std::vector<JsonChange>& changes, const Json& row) {
  const std::vector<JsonChange> written = changes;
  for (const JsonChange& change : written) {
    if (change.value.empty() || !row.contains(change.key)) continue;
    for (const char* suffix : kBesideSuffixes) changes.push_back({change.key + suffix, ""});
  }
}

[[noreturn]] void refuse_calibrated(const std::string& what) {
  throw Error{ErrorKind::usage, "--calibrated: " + what};
}

// The calibration that is asked for; nullopt: none is.
std::optional<Calibration> calibration_for(const RewardConfig& config,
                                           const ScoreOptions& options) {
  if (!options.calibrated) return std::nullopt;
  if (!config.calibration) {
    refuse_calibrated(
        "found no calibration in the model's reward_config.json; laurel calibrate MODEL DATA... "
        "fits one on labelled rows");
  }
  if (options.source) refuse_calibrated("found it with --source, expected one of them");
  if (options.as == ScoreAs::score) {
    refuse_calibrated("found it with --as score, expected --as reward, whose values are log-odds");
  }
  if (options.as == ScoreAs::probability &&
      config.calibration->labels != CalibrationLabels::labels) {
    refuse_calibrated(
        "found a calibration of pairs, which says how probably one answer is better than another, "
        "with --as probability; expected --as reward, or a calibration of labels of 0 and 1");
  }
  return config.calibration;
}

RewardMeaning calibrated_meaning(const RewardConfig& config, const Calibration& calibration) {
  const bool pairs = calibration.labels == CalibrationLabels::pairs;
  return {.model = source_model(config),
          .note = str("rewards are calibrated: divided by ", calibration.temperature,
                      pairs ? "" : str(", plus ", calibration.shift), ", fitted on ",
                      count_text(calibration.n, pairs ? "pair" : "label"))};
}

}  // namespace

RewardWriter::RewardWriter(const Scorer& scorer, const ScoreOptions& options)
    : scorer_(scorer),
      options_(options),
      calibration_(calibration_for(scorer.reward_config(), options)),
      meaning_(calibration_ ? calibrated_meaning(scorer.reward_config(), *calibration_)
                            : meaning_of(scorer.reward_config(), options.source, options.as)) {
  if (!options.best) return;
  weights_ = source_model(scorer.reward_config()).columns.reward_weights;
  if (!weights_.empty()) return;
  throw Error{ErrorKind::usage,
              str("--best: found a head of ", scorer.reward_config().attributes.size(),
                  " attributes (", join(scorer.reward_config().attributes, ", "),
                  "), expected one reward; laurel export --reward NAME or --combine SOURCE makes "
                  "such a model")};
}

std::string RewardWriter::field(const std::string& name) const {
  if (!name.ends_with(kReward)) return name;
  return name.substr(0, name.size() - kReward.size()) + options_.field;
}

std::vector<double> RewardWriter::values_of(const std::vector<double>& rewards) const {
  if (calibration_) {
    std::vector<double> calibrated;
    for (const double reward : rewards) {
      const double log_odds = calibration_->log_odds(reward);
      calibrated.push_back(options_.as == ScoreAs::reward ? log_odds : sigmoid(log_odds));
    }
    return calibrated;
  }
  if (options_.as == ScoreAs::reward) return rewards;
  const at::Tensor columns =
      at::tensor(rewards, at::kDouble).view({-1, scorer_.reward_config().columns()});
  const at::Tensor scores = predicted_scores(meaning_.model, columns).contiguous();
  return {scores.const_data_ptr<double>(), scores.const_data_ptr<double>() + scores.numel()};
}

size_t RewardWriter::values_per_position() const {
  if (calibration_ || options_.as == ScoreAs::reward) {
    return static_cast<size_t>(scorer_.reward_config().columns());
  }
  return meaning_.model.columns.attributes.size();
}

Json RewardWriter::reward_json(std::span<const double> values) const {
  const std::vector<std::string>& attributes = meaning_.model.attributes;
  if (attributes.empty()) return values[0];
  Json named = Json::object();
  for (size_t i = 0; i < attributes.size(); ++i) named[attributes[i]] = values[i];
  return named;
}

Json RewardWriter::response_json(const ScoredResponse& response) const {
  return response.rewards.empty() ? Json(nullptr) : reward_json(values_of(response.rewards));
}

// Of the values of a response's segments, column by column.
std::vector<double> RewardWriter::reduced(std::span<const double> rewards) const {
  const size_t columns = values_per_position();
  std::vector<double> all;
  for (size_t column = 0; column < columns; ++column) {
    std::vector<double> values;
    for (size_t i = column; i < rewards.size(); i += columns) values.push_back(rewards[i]);
    all.push_back(reduce(values, *scorer_.options().reduction));
  }
  return all;
}

std::vector<RewardField> RewardWriter::rewards_of(const Record& record, const RowRewards& of,
                                                  const Format& format) const {
  const std::string list = options_.field + "s";
  if (is<RankedFormat>(format)) {
    Json rewards = of.responses.empty() ? Json(nullptr) : Json::array();
    for (const ScoredResponse& response : of.responses) rewards.push_back(response_json(response));
    return {{list, rewards}};
  }
  if (is<SegmentsFormat>(format)) {
    const bool scored = !of.responses.empty() && !of.responses[0].rewards.empty();
    if (!scored) return {{list, nullptr}, {options_.field, nullptr}};
    const size_t columns = values_per_position();
    const std::vector<double> values = values_of(of.responses[0].rewards);
    const std::span<const double> all = values;
    Json rewards = Json::array();
    for (size_t i = 0; i < all.size(); i += columns) {
      rewards.push_back(reward_json(all.subspan(i, columns)));
    }
    return {{list, rewards}, {options_.field, reward_json(reduced(all))}};
  }
  const std::vector<std::string> fields =
      reward_fields(format, record.row, of.format ? of.fields : scorer_.options().fields);
  std::vector<RewardField> rewards;
  for (size_t i = 0; i < fields.size(); ++i) {
    const Json reward = i < of.responses.size() ? response_json(of.responses[i]) : Json(nullptr);
    rewards.push_back({field(fields[i]), reward});
  }
  return rewards;
}

std::vector<RewardField> RewardWriter::reward_of(const RowRewards& of,
                                                 std::optional<size_t> response) const {
  return {{options_.field, response ? response_json(of.responses[*response]) : Json(nullptr)}};
}

// The best response in place of all of them; their ranks and scores no longer fit and go with them.
std::vector<JsonChange> RewardWriter::best_of(const Record& record, std::string_view text,
                                              const RowRewards& of,
                                              std::span<const RowRewards> models) const {
  std::vector<JsonChange> changes;
  const auto remove = [&](const std::string& name) {
    const std::optional<std::string> key = of.fields.key_of(name);
    if (key && record.row.contains(*key)) changes.push_back({*key, ""});
  };
  if (of.format) {
    for (const std::string& name : field_names(*of.format)) {
      if (name != "prompt" && name != "weight" && name != "id") remove(name);
    }
  }
  const std::optional<size_t> best = best_response(of, weights_);
  changes.push_back({"response", best ? response_text(record, text, of, *best) : "null"});
  add_fields(changes, of, models, [&](const RowRewards& row) { return reward_of(row, best); });
  changes.push_back({options_.field + "_index", best ? str(*best) : "null"});
  return changes;
}

void RewardWriter::refuse_own_fields(const Record& record,
                                     const std::vector<JsonChange>& changes) const {
  if (options_.replace) return;
  for (const JsonChange& change : changes) {
    if (change.value.empty() || !record.row.contains(change.key)) continue;
    const bool removed = std::ranges::any_of(changes, [&](const JsonChange& other) {
      return other.key == change.key && other.value.empty();
    });
    if (removed) continue;
    const bool named = change.key.find(options_.field) != std::string::npos;
    throw Error{ErrorKind::data,
                str(record.where, ": found a field \"", change.key,
                    "\", which would be overwritten; --replace overwrites it",
                    named ? ", --reward-field NAME gives the new rewards another name" : "")};
  }
}

std::string RewardWriter::line(const Record& record, const RowRewards& of,
                               std::span<const RowRewards> models,
                               const std::optional<Format>& fallback) const {
  const bool readable = record.error.empty();
  const std::string row = readable ? compact_json(record.text) : "{}";
  const Format format = of.format ? *of.format : fallback.value_or(PointwiseFormat{});
  std::vector<JsonChange> changes;
  if (options_.best) {
    changes = best_of(record, row, of, models);
  } else {
    add_fields(changes, of, models,
               [&](const RowRewards& each) { return rewards_of(record, each, format); });
  }
  if (options_.replace && models.empty()) remove_beside(changes, record.row);
  if (of.id && of.fields.fields().at("id") != "id") changes.push_back({"id", dump(*of.id)});
  refuse_own_fields(record, changes);
  const std::string error = options_.field + "_error";  // one of an earlier scoring goes
  changes.push_back({error, of.scored() ? "" : dump(Json(with_command_options(of.why())))});
  return change_members(row, changes);
}

}  // namespace laurel
