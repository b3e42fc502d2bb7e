// Groups out and in. What is no group is refused by data/group_checks, as in every file of groups.
#include "checkpoint/step_dump_groups.h"

#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "data/group_checks.h"

namespace laurel {

namespace {

constexpr const char* kRealNumber = "a number, \"nan\", \"inf\" or \"-inf\"";
constexpr float kMost = std::numeric_limits<float>::max();
constexpr int64_t kEveryId = int64_t{INT32_MAX} + 1;  // the model's vocabulary is not known here

std::optional<double> number_of(const Json& value) {
  if (value.is_number()) return value.get<double>();
  if (value == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (value == "inf") return std::numeric_limits<double>::infinity();
  if (value == "-inf") return -std::numeric_limits<double>::infinity();
  return std::nullopt;
}

Json list_of(const std::vector<float>& values) {
  Json list = Json::array();
  for (const float value : values) list.push_back(exact_number(value));
  return list;
}

float float32(StrictObject& object, const std::string& key) {
  const double value = exact_number(object, key);
  if (std::isfinite(value) && std::abs(value) > kMost) {
    object.refuse(str("\"", key, "\": found ", value, ", expected a number of 32 bits"));
  }
  return static_cast<float>(value);
}

std::vector<float> float32_list(StrictObject& object, const std::string& key) {
  std::vector<float> values;
  for (const Json& json : object.list(key)) {
    const std::optional<double> value = number_of(json);
    if (!value || (std::isfinite(*value) && std::abs(*value) > kMost)) {
      object.refuse(str("\"", key, "\": found ", describe_json(json), ", expected ", kRealNumber,
                        " of 32 bits"));
    }
    values.push_back(static_cast<float>(*value));
  }
  return values;
}

int32_t integer(const Json& value, const StrictObject& object, const std::string& key) {
  const bool whole = value.is_number_integer() &&
                     !(value.is_number_unsigned() && value.get<uint64_t>() > INT32_MAX);
  if (!whole || value.get<int64_t>() < INT32_MIN || value.get<int64_t>() > INT32_MAX) {
    object.refuse(
        str("\"", key, "\": found ", describe_json(value), ", expected a whole number of 32 bits"));
  }
  return value.get<int32_t>();
}

std::vector<int32_t> int32_list(StrictObject& object, const std::string& key) {
  std::vector<int32_t> values;
  for (const Json& value : object.list(key)) values.push_back(integer(value, object, key));
  return values;
}

uint64_t uint64(StrictObject& object, const std::string& key) {
  return object.get(key, "a whole number that is not negative", &Json::is_number_unsigned);
}

Json response_json(const Response& response) {
  Json positions = Json::array();
  for (const PoolRange& range : response.positions) positions.push_back({range.begin, range.end});
  return {{"ids", response.ids}, {"positions", positions}};
}

Response response_of(const Json& json, const std::string& where) {
  StrictObject object(json, where, ErrorKind::checkpoint);
  Response response{.ids = int32_list(object, "ids"), .positions = {}};
  for (const Json& read : object.list("positions")) {
    if (!read.is_array() || read.size() != 2) {
      object.refuse(
          str("\"positions\": found ", describe_json(read), ", expected pairs [from, to]"));
    }
    response.positions.push_back(
        {integer(read[0], object, "positions"), integer(read[1], object, "positions")});
  }
  object.finish();
  return response;
}

Json label_json(const Ratings& scores) {
  return {{"type", "ratings"},
          {"score", list_of(scores.score)},
          {"weight", list_of(scores.weight)},
          {"deviation", list_of(scores.deviation)},
          {"positions", scores.positions}};
}

Json label_json(const Preferences& preferences) {
  Json pairs = Json::array();
  for (const Preference& pair : preferences) {
    pairs.push_back({{"better", pair.better},
                     {"worse", pair.worse},
                     {"margin", exact_number(pair.margin)},
                     {"strength", exact_number(pair.strength)},
                     {"target", exact_number(pair.target)},
                     {"tie", exact_number(pair.tie)},
                     {"weight", exact_number(pair.weight)}});
  }
  return {{"type", "preferences"}, {"preferences", pairs}};
}

Json label_json(const Ranking& ranking) {
  return {{"type", "ranking"},
          {"rank", ranking.rank},
          {"score", list_of(ranking.score)},
          {"weight", exact_number(ranking.weight)}};
}

Ratings ratings_of(StrictObject& object) {
  return {.score = float32_list(object, "score"),
          .weight = float32_list(object, "weight"),
          .deviation = float32_list(object, "deviation"),
          .positions = int32_list(object, "positions")};
}

Preferences preferences_of(StrictObject& object, const std::string& where) {
  Preferences preferences;
  for (const Json& json : object.list("preferences")) {
    StrictObject pair(json, str(where, ": preferences[", preferences.size(), "]"),
                      ErrorKind::checkpoint);
    const auto response = [&](const char* key) {
      const Json& value = pair.get(key, "the number of a response", &Json::is_number_integer);
      return integer(value, pair, key);
    };
    preferences.push_back({.better = response("better"),
                           .worse = response("worse"),
                           .margin = float32(pair, "margin"),
                           .strength = float32(pair, "strength"),
                           .target = float32(pair, "target"),
                           .tie = float32(pair, "tie"),
                           .weight = float32(pair, "weight")});
    pair.finish();
  }
  return preferences;
}

Ranking ranking_of(StrictObject& object) {
  return {.rank = int32_list(object, "rank"),
          .score = float32_list(object, "score"),
          .weight = float32(object, "weight")};
}

Label label_of(const Json& json, const std::string& where) {
  StrictObject object(json, where, ErrorKind::checkpoint);
  Label label;
  switch (object.one_of("type", std::array{"ratings", "preferences", "ranking"})) {
    case 0: label = ratings_of(object); break;
    case 1: label = preferences_of(object, where); break;
    default: label = ranking_of(object);
  }
  object.finish();
  return label;
}

}  // namespace

Json exact_number(double value) {
  if (std::isfinite(value)) return value;
  return str(value);
}

double exact_number(StrictObject& object, const std::string& key) {
  const Json* found = object.find(key);
  const std::optional<double> value = found ? number_of(*found) : std::nullopt;
  if (!value) {
    object.refuse(str("\"", key, "\": found ", found ? describe_json(*found) : "nothing",
                      ", expected ", kRealNumber));
  }
  return *value;
}

Json group_json(const DumpedGroup& group, const std::string& source) {
  Json responses = Json::array();
  for (const Response& response : group.group.responses) {
    responses.push_back(response_json(response));
  }
  const Json label =
      std::visit([](const auto& kind) { return label_json(kind); }, group.group.label);
  return {{"source", source},     {"location", group.location},
          {"id", group.group.id}, {"prompt_hash", group.group.prompt_hash},
          {"label", label},       {"responses", responses}};
}

DumpedGroup dumped_group(const Json& json, const SourceIds& sources, const std::string& where) {
  StrictObject object(json, where, ErrorKind::checkpoint);
  DumpedGroup dumped{.location = object.text("location"), .group = {}};
  Group& group = dumped.group;
  const std::string name = object.text("source");
  const auto source = sources.find(name);
  if (source == sources.end()) {
    object.refuse(str("\"source\": found \"", name, "\", expected one of the dump's sources"));
  }
  group.source = source->second;
  group.id = uint64(object, "id");
  group.prompt_hash = uint64(object, "prompt_hash");
  for (const Json& response : object.list("responses")) {
    const std::string at = str(where, ": responses[", group.responses.size(), "]");
    group.responses.push_back(response_of(response, at));
  }
  group.label = label_of(object.get("label", "an object", &Json::is_object), str(where, ": label"));
  object.finish();
  if (const auto problem = problem_of(group, kEveryId)) object.refuse(*problem);
  return dumped;
}

}  // namespace laurel
