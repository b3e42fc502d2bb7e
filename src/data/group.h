// One group, tokenised: a prompt's K responses, their scored positions, and their label.
//
// Each struct names its fields once: files of groups, checks and collation walk them.
#pragma once

#include <cstdint>
#include <type_traits>
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
  int32_t second_text = -1;          // tokens from here on are of type 1, others of 0; -1: all of 0
  int32_t answer = -1;  // for reports: the answer begins here; -1: unknown, but in a pair of texts

  void fields(auto& visit) {
    visit("ids", ids);
    visit("positions", positions);
    visit("second_text", second_text);
  }
};

// Scores of positions: terms x attributes, row-major; weight 0 = not labelled.
struct Ratings {
  std::vector<float> score, weight;
  std::vector<float> deviation = {};  // of the annotators of each cell, -1 of one; empty: one each
  std::vector<int32_t> positions = {};  // that each row labels; empty: row i labels position i

  void fields(auto& visit) {
    visit("score", score);
    visit("weight", weight);
    visit("deviation", deviation);
    visit("positions", positions);
  }
};

// `number` as a T, or an empty T where it is a list or a tensor.
template <class T>
constexpr T number_or_empty(float number) {
  if constexpr (std::is_arithmetic_v<T>) return number;
  return T();
}

// One comparison of two responses, as probabilities of its three outcomes: target = P(better wins),
// tie = P(neither does), and the rest = P(worse wins). With columns of numbers in place of numbers:
// as many comparisons.
template <class Index, class Number>
struct PreferenceOf {
  Index better, worse;
  Number margin = number_or_empty<Number>(0), strength = number_or_empty<Number>(1),
         target = number_or_empty<Number>(1), tie = number_or_empty<Number>(0),
         weight = number_or_empty<Number>(1);

  // visit(name, FIELD of each): walks one preference, or several side by side.
  static void walk(auto&& visit, auto&... of) {
    visit("better", of.better...);
    visit("worse", of.worse...);
    visit("margin", of.margin...);
    visit("strength", of.strength...);
    visit("target", of.target...);
    visit("tie", of.tie...);
    visit("weight", of.weight...);
  }
  void fields(auto& visit) { walk(visit, *this); }
};
using Preference = PreferenceOf<int32_t, float>;
using Preferences = std::vector<Preference>;

inline constexpr float kNoWinner = 1e-6f;  // votes as fp32: a third and a third are not quite equal

// No side of the pair is the likelier one: `better` is then the first.
inline bool is_tie(const Preference& pair) {
  return pair.tie > pair.target + kNoWinner ||
         pair.target <= 1 - pair.target - pair.tie + kNoWinner;
}

// One list. Per response: its rank, 1 = best, equal = tie, -1 = unranked; and its score, larger is
// better, which is as given, or the number of ranked responses with a worse rank.
struct Ranking {
  std::vector<int32_t> rank;
  std::vector<float> score;
  float weight = 1;

  void fields(auto& visit) {
    visit("rank", rank);
    visit("score", score);
    visit("weight", weight);
  }
};

using Label = std::variant<Ratings, Preferences, Ranking>;
enum class LabelKind { pointwise, pairwise, ranked };  // which of these

struct Group {
  std::vector<Response> responses;
  Label label;
  SourceId source = 0;
  uint64_t id = 0;           // Split::where() gives its file and line; groups of a row share it
  uint64_t prompt_hash = 0;  // equal prompts have equal hashes

  // All but the source, whose number belongs to one config.
  void fields(auto& visit) {
    visit("id", id);
    visit("prompt_hash", prompt_hash);
    visit("label", label);
    visit("responses", responses);
  }
};

// All tokens of the group's responses, each with its prompt.
int64_t input_tokens(const Group& group);

// Sum of the weights of the group's loss terms.
double weight_sum(const Label& label);
double weight_sum(const Group& group);

}  // namespace laurel
