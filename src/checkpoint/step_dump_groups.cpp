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

float single(Members& members, const std::string& key) {
  const double value = exact_number(members, key);
  if (std::isfinite(value) && std::abs(value) > kMost) {
    members.refuse(str("\"", key, "\": found ", value, ", expected a number of 32 bits"));
  }
  return static_cast<float>(value);
}

std::vector<float> singles(Members& members, const std::string& key) {
  std::vector<float> values;
  for (const Json& json : members.list(key)) {
    const std::optional<double> value = number_of(json);
    if (!value || (std::isfinite(*value) && std::abs(*value) > kMost)) {
      members.refuse(
          str("\"", key, "\": found ", kind_of(json), ", expected ", kRealNumber, " of 32 bits"));
    }
    values.push_back(static_cast<float>(*value));
  }
  return values;
}

int32_t integer(const Json& value, const Members& members, const std::string& key) {
  const bool whole = value.is_number_integer() &&
                     !(value.is_number_unsigned() && value.get<uint64_t>() > INT32_MAX);
  if (!whole || value.get<int64_t>() < INT32_MIN || value.get<int64_t>() > INT32_MAX) {
    members.refuse(
        str("\"", key, "\": found ", kind_of(value), ", expected a whole number of 32 bits"));
  }
  return value.get<int32_t>();
}

std::vector<int32_t> integers(Members& members, const std::string& key) {
  std::vector<int32_t> values;
  for (const Json& value : members.list(key)) values.push_back(integer(value, members, key));
  return values;
}

uint64_t number_of_64_bits(Members& members, const std::string& key) {
  return members.get(key, "a whole number that is not negative", &Json::is_number_unsigned);
}

Json response_json(const Response& response) {
  Json reads = Json::array();
  for (const Read& read : response.reads) reads.push_back({read.begin, read.end});
  return {{"ids", response.ids}, {"reads", reads}};
}

Response response_of(const Json& json, const std::string& where) {
  Members members(json, where, ErrorKind::checkpoint);
  Response response{.ids = integers(members, "ids"), .reads = {}};
  for (const Json& read : members.list("reads")) {
    if (!read.is_array() || read.size() != 2) {
      members.refuse(str("\"reads\": found ", kind_of(read), ", expected pairs [from, to]"));
    }
    response.reads.push_back(
        {integer(read[0], members, "reads"), integer(read[1], members, "reads")});
  }
  members.finish();
  return response;
}

Json judgement_json(const Scores& scores) {
  return {{"type", "scores"},
          {"score", list_of(scores.score)},
          {"weight", list_of(scores.weight)},
          {"deviation", list_of(scores.deviation)},
          {"reads", scores.reads}};
}

Json judgement_json(const Preferences& preferences) {
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

Json judgement_json(const Ranking& ranking) {
  return {{"type", "ranking"},
          {"rank", ranking.rank},
          {"score", list_of(ranking.score)},
          {"weight", exact_number(ranking.weight)}};
}

Scores scores_of(Members& members) {
  return {.score = singles(members, "score"),
          .weight = singles(members, "weight"),
          .deviation = singles(members, "deviation"),
          .reads = integers(members, "reads")};
}

Preferences preferences_of(Members& members, const std::string& where) {
  Preferences preferences;
  for (const Json& json : members.list("preferences")) {
    Members pair(json, str(where, ": preferences[", preferences.size(), "]"),
                 ErrorKind::checkpoint);
    const auto response = [&](const char* key) {
      const Json& value = pair.get(key, "the number of a response", &Json::is_number_integer);
      return integer(value, pair, key);
    };
    preferences.push_back({.better = response("better"),
                           .worse = response("worse"),
                           .margin = single(pair, "margin"),
                           .strength = single(pair, "strength"),
                           .target = single(pair, "target"),
                           .tie = single(pair, "tie"),
                           .weight = single(pair, "weight")});
    pair.finish();
  }
  return preferences;
}

Ranking ranking_of(Members& members) {
  return {.rank = integers(members, "rank"),
          .score = singles(members, "score"),
          .weight = single(members, "weight")};
}

Judgement judgement_of(const Json& json, const std::string& where) {
  Members members(json, where, ErrorKind::checkpoint);
  Judgement judgement;
  switch (members.one_of("type", std::array{"scores", "preferences", "ranking"})) {
    case 0: judgement = scores_of(members); break;
    case 1: judgement = preferences_of(members, where); break;
    default: judgement = ranking_of(members);
  }
  members.finish();
  return judgement;
}

}  // namespace

Json exact_number(double value) {
  if (std::isfinite(value)) return value;
  return str(value);
}

double exact_number(Members& members, const std::string& key) {
  const Json* found = members.find(key);
  const std::optional<double> value = found ? number_of(*found) : std::nullopt;
  if (!value) {
    members.refuse(str("\"", key, "\": found ", found ? kind_of(*found) : "nothing", ", expected ",
                       kRealNumber));
  }
  return *value;
}

Json group_json(const DumpedGroup& group, const std::string& source) {
  Json responses = Json::array();
  for (const Response& response : group.group.responses) {
    responses.push_back(response_json(response));
  }
  const Json judgement =
      std::visit([](const auto& kind) { return judgement_json(kind); }, group.group.judgement);
  return {{"source", source},       {"place", group.place},
          {"id", group.group.id},   {"prompt_hash", group.group.prompt_hash},
          {"judgement", judgement}, {"responses", responses}};
}

DumpedGroup dumped_group(const Json& json, const SourceNumbers& sources, const std::string& where) {
  Members members(json, where, ErrorKind::checkpoint);
  DumpedGroup dumped{.place = members.text("place"), .group = {}};
  Group& group = dumped.group;
  const std::string name = members.text("source");
  const auto source = sources.find(name);
  if (source == sources.end()) {
    members.refuse(str("\"source\": found \"", name, "\", expected one of the dump's sources"));
  }
  group.source = source->second;
  group.id = number_of_64_bits(members, "id");
  group.prompt_hash = number_of_64_bits(members, "prompt_hash");
  for (const Json& response : members.list("responses")) {
    const std::string at = str(where, ": responses[", group.responses.size(), "]");
    group.responses.push_back(response_of(response, at));
  }
  group.judgement = judgement_of(members.get("judgement", "an object", &Json::is_object),
                                 str(where, ": judgement"));
  members.finish();
  if (const auto problem = problem_of(group, kEveryId)) members.refuse(*problem);
  return dumped;
}

}  // namespace laurel
