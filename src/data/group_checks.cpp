// Every id of a cache file passes here, so messages are made only where something is wrong.
#include "data/group_checks.h"

#include <algorithm>
#include <limits>
#include <span>

#include "core/str.h"

namespace laurel {

namespace {

using Problem = std::optional<std::string>;

Problem outside(const char* key, int64_t found, int64_t least, int64_t most) {
  if (least <= found && found <= most) return std::nullopt;
  return str("\"", key, "\": found the number ", found, ", expected a whole number from ", least,
             " to ", most);
}

Problem other_size(const char* key, size_t found, size_t expected) {
  if (found == expected) return std::nullopt;
  return str("\"", key, "\": found ", found, " entries, expected ", expected);
}

Problem none_of(const char* key) { return str("\"", key, "\": found none, expected at least one"); }

// Reads may overlap, but neither end goes back.
Problem problem_of(const Response& response, int64_t vocabulary) {
  const auto unknown = [&](int32_t id) { return id < 0 || id >= vocabulary; };
  const auto id = std::ranges::find_if(response.ids, unknown);
  if (id != response.ids.end()) return outside("ids", *id, 0, vocabulary - 1);
  if (response.reads.empty()) return none_of("reads");
  const int64_t length = std::ssize(response.ids);
  Read last{0, 0};
  for (const Read& read : response.reads) {
    if (auto problem = outside("reads", read.begin, last.begin, length - 1)) return problem;
    const int32_t least = std::max(read.begin + 1, last.end);
    if (auto problem = outside("reads", read.end, least, length)) return problem;
    last = read;
  }
  return std::nullopt;
}

Problem problem_of(const Scores& scores, std::span<const Response> responses) {
  size_t rows = 0;
  for (const Response& response : responses) rows += response.reads.size();
  for (const int32_t read : scores.reads) {
    const auto last = static_cast<int64_t>(rows) - 1;
    if (auto problem = outside("reads", read, 0, last)) return problem;
  }
  const size_t units = scores.reads.empty() ? rows : scores.reads.size(),
               cells = scores.score.size();
  if (cells == 0 || cells % units != 0) {
    return str("\"score\": found ", cells, " entries, expected some for each of ", units, " units");
  }
  if (auto problem = other_size("weight", scores.weight.size(), cells)) return problem;
  if (scores.deviation.empty()) return std::nullopt;
  return other_size("deviation", scores.deviation.size(), cells);
}

Problem problem_of(const Preferences& preferences, std::span<const Response> responses) {
  if (preferences.empty()) return none_of("preferences");
  const int64_t last = std::ssize(responses) - 1;
  for (size_t i = 0; i < preferences.size(); ++i) {
    Problem problem = outside("better", preferences[i].better, 0, last);
    if (!problem) problem = outside("worse", preferences[i].worse, 0, last);
    if (problem) return str("preferences[", i, "]: ", *problem);
  }
  return std::nullopt;
}

Problem problem_of(const Ranking& ranking, std::span<const Response> responses) {
  for (const int32_t rank : ranking.rank) {
    const int64_t worst = std::numeric_limits<int32_t>::max();
    if (auto problem = outside("rank", rank, -1, worst)) return problem;
  }
  if (auto problem = other_size("rank", ranking.rank.size(), responses.size())) return problem;
  return other_size("score", ranking.score.size(), responses.size());
}

}  // namespace

std::optional<std::string> problem_of(const Group& group, int64_t vocabulary) {
  if (group.responses.empty()) return none_of("responses");
  for (size_t i = 0; i < group.responses.size(); ++i) {
    const Problem problem = problem_of(group.responses[i], vocabulary);
    if (problem) return str("responses[", i, "]: ", *problem);
  }
  const Problem problem = std::visit(
      [&](const auto& kind) { return problem_of(kind, group.responses); }, group.judgement);
  if (problem) return str("judgement: ", *problem);
  return std::nullopt;
}

}  // namespace laurel
