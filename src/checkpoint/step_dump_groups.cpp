// Groups out and in; what comes in is checked as far as packing relies on it.
#include "checkpoint/step_dump_groups.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

namespace laurel {

namespace {

constexpr const char* kRealNumber = "a number, \"nan\", \"inf\" or \"-inf\"";
constexpr float kMost = std::numeric_limits<float>::max();

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

// Integers from `least` to `most`.
int32_t integer(const Json& value, int64_t least, int64_t most, const Members& members,
                const std::string& key) {
  const bool whole = value.is_number_integer() &&
                     !(value.is_number_unsigned() && value.get<uint64_t>() > INT32_MAX);
  if (!whole || value.get<int64_t>() < least || value.get<int64_t>() > most) {
    members.refuse(str("\"", key, "\": found ", kind_of(value), ", expected a whole number from ",
                       least, " to ", most));
  }
  return value.get<int32_t>();
}

std::vector<int32_t> integers(Members& members, const std::string& key, int64_t least,
                              int64_t most) {
  std::vector<int32_t> values;
  for (const Json& value : members.list(key)) {
    values.push_back(integer(value, least, most, members, key));
  }
  return values;
}

uint64_t number_of_64_bits(Members& members, const std::string& key) {
  return members.get(key, "a whole number that is not negative", &Json::is_number_unsigned);
}

void expect_size(const Members& members, const char* key, size_t found, size_t expected) {
  if (found == expected) return;
  members.refuse(str("\"", key, "\": found ", found, " entries, expected ", expected));
}

Json response_json(const Response& response) {
  Json reads = Json::array();
  for (const Read& read : response.reads) reads.push_back({read.begin, read.end});
  return {{"ids", response.ids}, {"reads", reads}};
}

Response response_of(const Json& json, const std::string& where) {
  Members members(json, where, ErrorKind::checkpoint);
  Response response{.ids = integers(members, "ids", 0, INT32_MAX), .reads = {}};
  const auto length = static_cast<int64_t>(response.ids.size());
  Read last{0, 0};  // of the reads so far
  for (const Json& read : members.list("reads")) {
    if (!read.is_array() || read.size() != 2)
      members.refuse("\"reads\": expected pairs [from, to]");
    const int32_t begin = integer(read[0], last.begin, length - 1, members, "reads");
    const int32_t end = integer(read[1], std::max(begin + 1, last.end), length, members, "reads");
    response.reads.push_back(last = {begin, end});
  }
  if (response.reads.empty()) members.refuse("\"reads\": found none, expected at least one");
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

Scores scores_of(Members& members, const std::vector<Response>& responses) {
  int64_t rows = 0;
  for (const Response& response : responses) rows += static_cast<int64_t>(response.reads.size());
  Scores scores{.score = singles(members, "score"),
                .weight = singles(members, "weight"),
                .deviation = singles(members, "deviation"),
                .reads = integers(members, "reads", 0, rows - 1)};
  const size_t units = scores.reads.empty() ? static_cast<size_t>(rows) : scores.reads.size();
  if (scores.score.empty() || scores.score.size() % units != 0) {
    members.refuse(str("\"score\": found ", scores.score.size(),
                       " entries, expected some for each "
                       "of ",
                       units, " units"));
  }
  expect_size(members, "weight", scores.weight.size(), scores.score.size());
  if (!scores.deviation.empty()) {
    expect_size(members, "deviation", scores.deviation.size(), scores.score.size());
  }
  return scores;
}

Preferences preferences_of(Members& members, size_t responses, const std::string& where) {
  Preferences preferences;
  for (const Json& json : members.list("preferences")) {
    Members pair(json, str(where, ": preferences[", preferences.size(), "]"),
                 ErrorKind::checkpoint);
    const auto response = [&](const char* key) {
      const Json& value = pair.get(key, "the number of a response", &Json::is_number_integer);
      return integer(value, 0, static_cast<int64_t>(responses) - 1, pair, key);
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
  if (preferences.empty()) members.refuse("\"preferences\": found none, expected at least one");
  return preferences;
}

Ranking ranking_of(Members& members, size_t responses) {
  Ranking ranking{.rank = integers(members, "rank", -1, INT32_MAX),
                  .score = singles(members, "score"),
                  .weight = single(members, "weight")};
  expect_size(members, "rank", ranking.rank.size(), responses);
  expect_size(members, "score", ranking.score.size(), responses);
  return ranking;
}

Judgement judgement_of(const Json& json, const std::vector<Response>& responses,
                       const std::string& where) {
  Members members(json, where, ErrorKind::checkpoint);
  Judgement judgement;
  switch (members.one_of("type", std::array{"scores", "preferences", "ranking"})) {
    case 0: judgement = scores_of(members, responses); break;
    case 1: judgement = preferences_of(members, responses.size(), where); break;
    default: judgement = ranking_of(members, responses.size());
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

DumpedGroup dumped_group(const Json& json, const std::vector<DumpedSource>& sources,
                         const std::string& where) {
  Members members(json, where, ErrorKind::checkpoint);
  std::vector<std::string> names;
  for (const DumpedSource& source : sources) names.push_back(source.name);
  DumpedGroup dumped{.place = members.text("place"), .group = {}};
  Group& group = dumped.group;
  group.source = static_cast<SourceId>(members.one_of("source", names));
  group.id = number_of_64_bits(members, "id");
  group.prompt_hash = number_of_64_bits(members, "prompt_hash");
  for (const Json& response : members.list("responses")) {
    const std::string at = str(where, ": responses[", group.responses.size(), "]");
    group.responses.push_back(response_of(response, at));
  }
  if (group.responses.empty()) members.refuse("\"responses\": found none, expected at least one");
  group.judgement = judgement_of(members.get("judgement", "an object", &Json::is_object),
                                 group.responses, str(where, ": judgement"));
  members.finish();
  return dumped;
}

}  // namespace laurel
