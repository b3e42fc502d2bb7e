// MinHash: signatures by 128 multiply-and-add hashes, bands by the threshold, candidates verified.
#include "curation/min_hash.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/parallel.h"
#include "core/random.h"
#include "curation/words.h"

namespace laurel {

namespace {

constexpr size_t kShingleWords = 3;
constexpr size_t kMinima = 128;
constexpr double kRecall = 0.999;
// A bucket with more texts is compared with its first this many only: a bucket of n texts has n^2
// pairs, and texts that share a band by chance come in such crowds.
constexpr size_t kMostInBucket = 64;

using Signature = std::array<uint32_t, kMinima>;

// Odd multipliers and offsets; the upper half of the product is the hash.
struct MinimaHashes {
  std::array<uint64_t, kMinima> multiply, add;

  MinimaHashes() {
    Random random(1997);
    for (size_t i = 0; i < kMinima; ++i) {
      multiply[i] = random.bits() | 1;
      add[i] = random.bits();
    }
  }
};

Signature signature_of(std::span<const uint64_t> shingles, const MinimaHashes& hashes) {
  Signature minima;
  minima.fill(std::numeric_limits<uint32_t>::max());
  for (const uint64_t shingle : shingles) {
    for (size_t i = 0; i < kMinima; ++i) {
      const auto hash = static_cast<uint32_t>((shingle * hashes.multiply[i] + hashes.add[i]) >> 32);
      minima[i] = std::min(minima[i], hash);
    }
  }
  return minima;
}

// The most rows a band can have so that a pair at the threshold shares a band with kRecall.
size_t rows_of_band(double threshold) {
  for (size_t rows = 32; rows > 1; --rows) {
    const double missed = 1 - std::pow(threshold, static_cast<double>(rows));
    if (1 - std::pow(missed, static_cast<double>(kMinima / rows)) >= kRecall) return rows;
  }
  return 1;
}

uint64_t band_of(const Signature& signature, size_t band, size_t rows) {
  uint64_t hash = band;
  for (size_t i = band * rows; i < (band + 1) * rows; ++i) hash = mix64(hash ^ signature[i]);
  return hash;
}

// Pairs of what is in one bucket of a band.
void add_pairs_of_buckets(std::vector<std::pair<uint64_t, uint32_t>>& buckets,
                          Candidates& candidates) {
  std::ranges::sort(buckets);
  for (size_t begin = 0; begin < buckets.size();) {
    size_t end = begin + 1;
    while (end < buckets.size() && buckets[end].first == buckets[begin].first) ++end;
    for (size_t j = begin + 1; j < end; ++j) {
      const size_t compared = std::min(j, begin + kMostInBucket);
      for (size_t i = begin; i < compared; ++i) {
        candidates.pairs.emplace_back(buckets[i].second, buckets[j].second);
      }
      candidates.not_compared += static_cast<int64_t>(j - compared);
    }
    begin = end;
  }
}

}  // namespace

std::vector<uint64_t> shingles_of(const std::string& normalised_text) {
  const std::vector<Word> words = words_of(normalised_text);
  std::vector<uint64_t> shingles;
  if (words.empty()) return shingles;
  const size_t length = std::min(kShingleWords, words.size());
  for (size_t i = 0; i + length <= words.size(); ++i) {
    uint64_t hash = 0;
    for (size_t j = i; j < i + length; ++j) hash = mix64(hash ^ words[j].hash);
    shingles.push_back(hash);
  }
  std::ranges::sort(shingles);
  const auto repeated = std::ranges::unique(shingles);
  shingles.erase(repeated.begin(), repeated.end());
  return shingles;
}

double jaccard(std::span<const uint64_t> a, std::span<const uint64_t> b) {
  size_t both = 0;
  for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a[i] == b[j])
      ++both, ++i, ++j;
    else if (a[i] < b[j])
      ++i;
    else
      ++j;
  }
  const size_t either = a.size() + b.size() - both;
  return either == 0 ? 1 : static_cast<double>(both) / static_cast<double>(either);
}

Candidates candidate_pairs(uint32_t count, const SetOf& set_of, double threshold, int threads) {
  const MinimaHashes hashes;
  std::vector<Signature> signatures(count);
  std::vector<char> empty(count);
  parallel_for(count, threads, [&](int64_t i) {
    const std::vector<uint64_t> set = set_of(static_cast<uint32_t>(i));
    empty[i] = set.empty();
    signatures[i] = signature_of(set, hashes);
  });
  Candidates candidates;
  std::vector<std::pair<uint64_t, uint32_t>> buckets;
  const size_t rows = rows_of_band(threshold);
  for (size_t band = 0; band < kMinima / rows; ++band) {
    buckets.clear();
    for (uint32_t i = 0; i < count; ++i) {
      if (empty[i] == 0) buckets.emplace_back(band_of(signatures[i], band, rows), i);
    }
    add_pairs_of_buckets(buckets, candidates);
    std::ranges::sort(candidates.pairs);
    const auto repeated = std::ranges::unique(candidates.pairs);
    candidates.pairs.erase(repeated.begin(), repeated.end());
  }
  return candidates;
}

Similarity similar_texts(std::span<const std::string> normalised_texts, double threshold,
                         int threads) {
  const Candidates candidates = candidate_pairs(
      static_cast<uint32_t>(normalised_texts.size()),
      [&](uint32_t i) { return shingles_of(normalised_texts[i]); }, threshold, threads);
  std::vector<double> likeness(candidates.pairs.size());
  parallel_for(static_cast<int64_t>(likeness.size()), threads, [&](int64_t i) {
    const auto& [first, second] = candidates.pairs[i];
    likeness[i] =
        jaccard(shingles_of(normalised_texts[first]), shingles_of(normalised_texts[second]));
  });
  Similarity similarity{.pairs = {}, .not_compared = candidates.not_compared};
  for (size_t i = 0; i < likeness.size(); ++i) {
    const auto& [first, second] = candidates.pairs[i];
    if (likeness[i] >= threshold) similarity.pairs.push_back({first, second, likeness[i]});
  }
  return similarity;
}

}  // namespace laurel
