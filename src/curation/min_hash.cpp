// MinHash: signatures by 128 multiply-and-add hashes, bands by the threshold, candidates verified.
#include "curation/min_hash.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <unordered_map>

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

uint64_t pair_key(uint32_t first, uint32_t second) {
  return (static_cast<uint64_t>(first) << 32) | second;
}

// Pairs of texts in one bucket of a band, as keys.
void add_candidates(std::vector<std::pair<uint64_t, uint32_t>>& buckets, Similarity& similarity,
                    std::vector<uint64_t>& candidates) {
  std::ranges::sort(buckets);
  for (size_t begin = 0; begin < buckets.size();) {
    size_t end = begin + 1;
    while (end < buckets.size() && buckets[end].first == buckets[begin].first) ++end;
    for (size_t j = begin + 1; j < end; ++j) {
      const size_t compared = std::min(j, begin + kMostInBucket);
      for (size_t i = begin; i < compared; ++i) {
        candidates.push_back(pair_key(buckets[i].second, buckets[j].second));
      }
      similarity.not_compared += static_cast<int64_t>(j - compared);
    }
    begin = end;
  }
}

void keep_each_once(std::vector<uint64_t>& values) {
  std::ranges::sort(values);
  const auto repeated = std::ranges::unique(values);
  values.erase(repeated.begin(), repeated.end());
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
  keep_each_once(shingles);
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

Similarity similar_texts(std::span<const std::string> normalised_texts, double threshold,
                         int threads) {
  const MinimaHashes hashes;
  const auto n = static_cast<int64_t>(normalised_texts.size());
  std::vector<Signature> signatures(normalised_texts.size());
  parallel_for(n, threads, [&](int64_t i) {
    signatures[i] = signature_of(shingles_of(normalised_texts[i]), hashes);
  });
  Similarity similarity;
  std::vector<uint64_t> candidates;
  std::vector<std::pair<uint64_t, uint32_t>> buckets;
  const size_t rows = rows_of_band(threshold);
  for (size_t band = 0; band < kMinima / rows; ++band) {
    buckets.clear();
    for (uint32_t i = 0; i < signatures.size(); ++i) {
      if (normalised_texts[i].empty()) continue;
      buckets.emplace_back(band_of(signatures[i], band, rows), i);
    }
    add_candidates(buckets, similarity, candidates);
    keep_each_once(candidates);
  }
  std::vector<double> likeness(candidates.size());
  parallel_for(static_cast<int64_t>(candidates.size()), threads, [&](int64_t i) {
    likeness[i] = jaccard(shingles_of(normalised_texts[candidates[i] >> 32]),
                          shingles_of(normalised_texts[candidates[i] & 0xFFFFFFFFu]));
  });
  for (size_t i = 0; i < candidates.size(); ++i) {
    if (likeness[i] < threshold) continue;
    similarity.pairs.push_back({static_cast<uint32_t>(candidates[i] >> 32),
                                static_cast<uint32_t>(candidates[i]), likeness[i]});
  }
  return similarity;
}

}  // namespace laurel
