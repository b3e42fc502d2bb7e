// Sorts ratings by prompt and score, where the partners of a rating are two ranges.
#include "eval/rating_pairs.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <tuple>

#include "core/random.h"

namespace laurel {

namespace {

// Positions of the sorted list: a rating's prompt is [first, last), the ratings of its prompt with
// its score are [begin, end).
struct Block {
  int32_t first, last, begin, end;

  int64_t partners() const { return (last - first) - (end - begin); }
};

class SortedRatings {
 public:
  SortedRatings(std::span<const double> score, std::span<const uint64_t> prompt)
      : order_(score.size()), block_(score.size()) {
    std::iota(order_.begin(), order_.end(), 0);
    const auto key = [&](int32_t i) { return std::tuple(prompt[i], score[i], i); };
    std::sort(order_.begin(), order_.end(), [&](int32_t a, int32_t b) { return key(a) < key(b); });
    mark([&](int32_t a, int32_t b) { return prompt[a] == prompt[b]; }, &Block::first, &Block::last);
    mark([&](int32_t a, int32_t b) { return prompt[a] == prompt[b] && score[a] == score[b]; },
         &Block::begin, &Block::end);
  }

  int32_t size() const { return static_cast<int32_t>(order_.size()); }
  const Block& block(int32_t at) const { return block_[at]; }

  // Positions with the lower score first. Returns (better, worse) of the lists given.
  std::array<int32_t, 2> pair(int32_t a, int32_t b) const {
    return {order_[std::max(a, b)], order_[std::min(a, b)]};
  }

 private:
  void mark(const auto& same, int32_t Block::*begin, int32_t Block::*end) {
    for (int32_t from = 0, to = 0; from < size(); from = to) {
      while (to < size() && same(order_[from], order_[to])) ++to;
      for (int32_t i = from; i < to; ++i) {
        block_[i].*begin = from;
        block_[i].*end = to;
      }
    }
  }

  std::vector<int32_t> order_;
  std::vector<Block> block_;
};

std::vector<std::array<int32_t, 2>> all_pairs(const SortedRatings& sorted) {
  std::vector<std::array<int32_t, 2>> pairs;
  for (int32_t i = 0; i < sorted.size(); ++i) {
    for (int32_t j = sorted.block(i).end; j < sorted.block(i).last; ++j) {
      pairs.push_back(sorted.pair(i, j));
    }
  }
  return pairs;
}

// `partners` is the running sum over positions. A first rating drawn by its number of partners and
// then one of them give every pair the same chance.
std::vector<std::array<int32_t, 2>> some_pairs(const SortedRatings& sorted,
                                               const std::vector<int64_t>& partners,
                                               int64_t limit) {
  Random random(1);
  std::set<std::array<int32_t, 2>> pairs;
  while (static_cast<int64_t>(pairs.size()) < limit) {
    const int64_t drawn = static_cast<int64_t>(random.below(partners.back()));
    const auto at = std::upper_bound(partners.begin(), partners.end(), drawn) - partners.begin();
    const int32_t i = static_cast<int32_t>(at);
    const Block& block = sorted.block(i);
    int32_t j = block.first + static_cast<int32_t>(random.below(block.partners()));
    if (j >= block.begin) j += block.end - block.begin;
    pairs.insert(sorted.pair(i, j));
  }
  return {pairs.begin(), pairs.end()};
}

}  // namespace

RatingPairs pairs_of_ratings(std::span<const double> score, std::span<const uint64_t> prompt,
                             int64_t limit) {
  const SortedRatings sorted(score, prompt);
  std::vector<int64_t> partners;
  int64_t sum = 0;
  for (int32_t i = 0; i < sorted.size(); ++i) {
    partners.push_back(sum += sorted.block(i).partners());
  }
  RatingPairs result{.pairs = {}, .possible = sum / 2};
  result.pairs = result.possible <= limit ? all_pairs(sorted) : some_pairs(sorted, partners, limit);
  return result;
}

}  // namespace laurel
