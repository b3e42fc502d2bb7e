// Validation of groups. Every id of a cache file passes here, so messages are made only for errors.
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

// Positions may overlap, but neither their begins nor their ends decrease.
Problem problem_of(const Response& response, int64_t vocabulary) {
  const auto unknown = [&](int32_t id) { return id < 0 || id >= vocabulary; };
  const auto id = std::ranges::find_if(response.ids, unknown);
  if (id != response.ids.end()) return outside("ids", *id, 0, vocabulary - 1);
  if (response.positions.empty()) return none_of("positions");
  const int64_t length = std::ssize(response.ids);
  PoolRange last{0, 0};
  for (const PoolRange& range : response.positions) {
    if (auto problem = outside("positions", range.begin, last.begin, length - 1)) return problem;
    const int32_t least = std::max(range.begin + 1, last.end);
    if (auto problem = outside("positions", range.end, least, length)) return problem;
    last = range;
  }
  if (auto problem = outside("second_text", response.second_text, -1, length)) return problem;
  return outside("answer", response.answer, -1, length);
}

Problem problem_of(const Ratings& scores, std::span<const Response> responses) {
  size_t positions = 0;
  for (const Response& response : responses) positions += response.positions.size();
  for (const int32_t position : scores.positions) {
    const auto last = static_cast<int64_t>(positions) - 1;
    if (auto problem = outside("positions", position, 0, last)) return problem;
  }
  const size_t terms = scores.positions.empty() ? positions : scores.positions.size(),
               cells = scores.score.size();
  if (cells == 0 || cells % terms != 0) {
    return str("\"score\": found ", cells, " entries, expected a multiple of ", terms,
               " (one per position and attribute)");
  }
  if (auto problem = other_size("weight", scores.weight.size(), cells)) return problem;
  if (scores.deviation.empty()) return std::nullopt;
  return other_size("deviation", scores.deviation.size(), cells);
}

Problem problem_of(const Preferences& preferences, std::span<const Response> responses) {
  if (preferences.empty()) return none_of("preferences");
  const int64_t last = std::ssize(responses) - 1;
  for (size_t i = 0; i < preferences.size(); ++i) {
    Problem problem;
    const auto check = [&]<class T>(const char* name, const T& field) {
      if constexpr (std::is_same_v<T, int32_t>) {  // the number of a response
        if (!problem) problem = outside(name, field, 0, last);
      }
    };
    Preference::walk(check, preferences[i]);
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
  const Problem problem =
      std::visit([&](const auto& kind) { return problem_of(kind, group.responses); }, group.label);
  if (problem) return str("label: ", *problem);
  return std::nullopt;
}

}  // namespace laurel
