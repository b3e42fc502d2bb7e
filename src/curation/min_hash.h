// MinHash (Broder 1997) with banding: which texts of many are alike, without comparing all pairs.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace laurel {

// The set that likeness is of: hashes of all three neighbouring words of a normalised text, or of
// the whole where it has fewer; sorted, each once.
std::vector<uint64_t> shingles_of(const std::string& normalised_text);

// |A and B| / |A or B| of two sorted sets; 1 of two empty ones.
double jaccard(std::span<const uint64_t> a, std::span<const uint64_t> b);

// A sorted set of hashes for each number from 0 on; called by several threads.
using SetOf = std::function<std::vector<uint64_t>(uint32_t)>;

struct Candidates {
  std::vector<std::pair<uint32_t, uint32_t>> pairs;  // sorted, first < second
  int64_t not_compared = 0;  // most that were left out of buckets that hold too many
};

// Pairs of the sets [0, count) that share a band of a signature of 128 minima: a pair with a Jaccard
// index of `threshold` (above 0, at most 1) is among them with probability .999 or more. Empty sets
// are in no pair.
Candidates candidate_pairs(uint32_t count, const SetOf& set_of, double threshold, int threads);

struct SimilarTexts {
  uint32_t first = 0, second = 0;  // positions in the list, first < second
  double jaccard = 1;              // of their shingles, not estimated
};

struct Similarity {
  std::vector<SimilarTexts> pairs;  // sorted by first, second
  int64_t not_compared = 0;         // Candidates::not_compared
};

// The pairs of texts with a Jaccard index of at least `threshold`: candidates, verified.
Similarity similar_texts(std::span<const std::string> normalised_texts, double threshold,
                         int threads);

}  // namespace laurel
