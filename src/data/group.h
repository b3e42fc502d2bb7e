// One group, tokenised: a prompt's K responses, what is read of them, and what people judged.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

namespace laurel {

using SourceId = int32_t;  // position in the config's list of sources

// Token range of a response's ids that one row reads: length 1 = that token, longer = mean.
struct Read {
  int32_t begin, end;
};

struct Response {
  std::vector<int32_t> ids;  // prompt and answer, tokenised together
  std::vector<Read> reads;   // one row each, in order
};

// Ratings. units x attributes, row-major; weight 0 = not judged.
struct Scores {
  std::vector<float> score, weight;
  std::vector<float> deviation = {};  // of the annotators of each cell; empty: one each
  std::vector<int32_t> reads = {};    // the read of each unit; empty: unit i judges read i
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

using Judgement = std::variant<Scores, Preferences, Ranking>;

struct Group {
  std::vector<Response> responses;
  Judgement judgement;
  SourceId source = 0;
  uint64_t id = 0;           // unique in its source; Split::where() names its line
  uint64_t prompt_hash = 0;  // equal prompts have equal hashes
};

}  // namespace laurel
