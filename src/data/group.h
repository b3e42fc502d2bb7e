// One group, tokenised: a prompt's K responses, their scored positions, and their label.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

namespace laurel {

using SourceId = int32_t;  // position in the config's list of sources

// Token range of a response's ids that one position pools: length 1 = that token, longer = mean.
struct PoolRange {
  int32_t begin, end;
};

struct Response {
  std::vector<int32_t> ids;          // prompt and answer, tokenised together
  std::vector<PoolRange> positions;  // one scored position each, in order
};

// Scores of positions: terms x attributes, row-major; weight 0 = not labelled.
struct Ratings {
  std::vector<float> score, weight;
  std::vector<float> deviation = {};    // of the annotators of each cell; empty: one each
  std::vector<int32_t> positions = {};  // that each row labels; empty: row i labels position i
};

// One comparison of two responses, as probabilities of its three outcomes: target = P(better wins),
// tie = P(neither does), and the rest = P(worse wins).
struct Preference {
  int32_t better, worse;
  float margin = 0, strength = 1, target = 1, tie = 0, weight = 1;
};
using Preferences = std::vector<Preference>;

// One list. Per response: its rank, 1 = best, equal = tie, -1 = unranked; and its score, larger is
// better, which is as given, or the number of ranked responses with a worse rank.
struct Ranking {
  std::vector<int32_t> rank;
  std::vector<float> score;
  float weight = 1;
};

using Label = std::variant<Ratings, Preferences, Ranking>;

struct Group {
  std::vector<Response> responses;
  Label label;
  SourceId source = 0;
  uint64_t id = 0;           // unique in its source; Split::where() gives its file and line
  uint64_t prompt_hash = 0;  // equal prompts have equal hashes
};

}  // namespace laurel
