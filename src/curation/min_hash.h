// MinHash (Broder 1997) with banding: which texts of many are alike, without comparing all pairs.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace laurel {

// The set that likeness is of: hashes of all three neighbouring words of a normalised text, or of
// the whole where it has fewer; sorted, each once.
std::vector<uint64_t> shingles_of(const std::string& normalised_text);

// |A and B| / |A or B| of two sorted sets; 1 of two empty ones.
double jaccard(std::span<const uint64_t> a, std::span<const uint64_t> b);

struct SimilarTexts {
  uint32_t first = 0, second = 0;  // positions in the list, first < second
  double jaccard = 1;              // of their shingles, not estimated
};

struct Similarity {
  std::vector<SimilarTexts> pairs;  // sorted by first, second
  int64_t not_compared = 0;         // candidates left out of buckets that hold too many texts
};

// The pairs of different texts with a Jaccard index of at least `threshold` (above 0, at most 1).
// Candidates share a band of a signature of 128 minima; a pair at the threshold is one with
// probability .999 or more. Texts without words are like no other.
Similarity similar_texts(std::span<const std::string> normalised_texts, double threshold,
                         int threads);

}  // namespace laurel
