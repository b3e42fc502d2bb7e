// MinHash: against comparing all pairs.
#include "curation/min_hash.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "core/random.h"
#include "curation/words.h"

namespace laurel::min_hash_test {
namespace {

using testing::IsEmpty;

TEST(Jaccard, IsTheShareOfWhatEitherHas) {
  const std::vector<uint64_t> a{1, 2, 3, 4}, b{3, 4, 5, 6, 7, 8}, none;
  EXPECT_DOUBLE_EQ(jaccard(a, b), 2.0 / 8);
  EXPECT_DOUBLE_EQ(jaccard(a, a), 1);
  EXPECT_DOUBLE_EQ(jaccard(a, none), 0);
  EXPECT_DOUBLE_EQ(jaccard(none, none), 1);
}

TEST(Shingles, AreRunsOfThreeWords) {
  // the cat sat | cat sat on | sat on the | on the mat: 3 of 5 are in both.
  const auto a = shingles_of(normalised("The cat sat on the mat"));
  const auto b = shingles_of(normalised("the cat sat on the hat."));
  EXPECT_EQ(a.size(), 4u);
  EXPECT_DOUBLE_EQ(jaccard(a, b), 3.0 / 5);
  EXPECT_EQ(shingles_of(normalised("two words")).size(), 1u);
  EXPECT_NE(shingles_of(normalised("two words")), shingles_of(normalised("two other")));
  EXPECT_THAT(shingles_of(""), IsEmpty());
}

// Texts of 120 words, and copies of them with 0 to 14 words exchanged.
std::vector<std::string> texts_with_copies() {
  Random random(5);
  const auto word = [&] { return "w" + std::to_string(random.below(5000)); };
  std::vector<std::string> texts;
  for (int i = 0; i < 60; ++i) {
    std::vector<std::string> words;
    for (int j = 0; j < 120; ++j) words.push_back(word());
    for (int exchanged = 0; exchanged < 15; exchanged += 2) {
      std::vector<std::string> copy = words;
      for (int k = 0; k < exchanged; ++k) copy[random.below(copy.size())] = word();
      std::string text;
      for (const std::string& one : copy) text += one + " ";
      texts.push_back(text);
    }
  }
  return texts;
}

TEST(SimilarTexts, FindsThePairsThatComparingAllFinds) {
  const std::vector<std::string> texts = texts_with_copies();
  for (const double threshold : {0.5, 0.8, 0.9}) {
    std::vector<std::pair<uint32_t, uint32_t>> expected, found;
    for (uint32_t i = 0; i < texts.size(); ++i) {
      for (uint32_t j = i + 1; j < texts.size(); ++j) {
        if (jaccard(shingles_of(texts[i]), shingles_of(texts[j])) >= threshold) {
          expected.emplace_back(i, j);
        }
      }
    }
    const Similarity similar = similar_texts(texts, threshold, 2);
    for (const SimilarTexts& pair : similar.pairs) found.emplace_back(pair.first, pair.second);
    EXPECT_GT(expected.size(), 50u);
    EXPECT_EQ(found, expected) << threshold;
    EXPECT_EQ(similar.not_compared, 0);
  }
}

TEST(SimilarTexts, AreNoneAmongTextsWithoutWords) {
  const std::vector<std::string> texts{"", "", "a b c d "};
  EXPECT_THAT(similar_texts(texts, 0.8, 2).pairs, IsEmpty());
}

TEST(SimilarTexts, SaysWhatACrowdedBucketLeavesOut) {
  const std::vector<std::string> texts(100, "the same text again and again ");
  const Similarity similar = similar_texts(texts, 0.8, 2);
  EXPECT_GT(similar.not_compared, 0);
  // Each text has a twin all the same.
  std::vector<bool> has_twin(texts.size());
  for (const SimilarTexts& pair : similar.pairs)
    has_twin[pair.first] = has_twin[pair.second] = true;
  EXPECT_EQ(std::count(has_twin.begin(), has_twin.end(), true), 100);
}

}  // namespace
}  // namespace laurel::min_hash_test
