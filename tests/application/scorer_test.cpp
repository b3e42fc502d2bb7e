// Scorer: rewards of records, one at a time and from several threads at once.
#include "application/scorer.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "../checkpoint/tiny.h"
#include "core/str.h"

namespace laurel::test::scorer_test {
namespace {

using ::testing::HasSubstr;

class ScorerTest : public testing::Test {
 protected:
  ScorerTest() { write_tiny_model(scratch_.path / "model"); }

  Scorer scorer(const RowOptions& options = {}) {
    return Scorer((scratch_.path / "model").string(),
                  {.device = at::kCPU, .precision = Precision::fp32, .workers = 1, .threads = 1},
                  options, log_);
  }

  // Pairs, ratings and lists of different lengths.
  static std::vector<Record> records(int count) {
    std::vector<Record> all;
    for (int i = 0; i < count; ++i) {
      std::string text = "w3";
      for (int word = 0; word < 1 + i % 7; ++word) text += str(" w", 3 + (i * 5 + word) % 9);
      Json row = {{"prompt", "w4 w5"}};
      if (i % 3 == 0) row.update({{"response", text}});
      if (i % 3 == 1) row.update({{"chosen", text}, {"rejected", text + " w3"}});
      if (i % 3 == 2) row.update({{"responses", {text, "w6", text + " w7"}}});
      all.push_back({.row = row, .where = str("rows.jsonl:", i + 1)});
    }
    return all;
  }

  Scratch scratch_;
  Log log_{[](LogLevel, const std::string&) {}};
};

TEST_F(ScorerTest, SeveralThreadsGetTheRewardsThatOneGets) {
  Scorer scorer = this->scorer();
  const std::vector<Record> all = records(96);
  const std::vector<RowRewards> expected = scorer.score(all);
  double scale = 0;
  for (const RowRewards& row : expected) {
    ASSERT_EQ(row.error, "");
    for (const double reward : row.rewards) scale = std::max(scale, std::abs(reward));
  }
  constexpr size_t kThreads = 4, kEach = 24, kRounds = 5;
  std::vector<std::vector<RowRewards>> found(kThreads);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      for (size_t round = 0; round < kRounds; ++round) {
        found[i] = scorer.score(std::span(all).subspan(i * kEach, kEach));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (size_t i = 0; i < all.size(); ++i) {
    const RowRewards& row = found[i / kEach][i % kEach];
    EXPECT_EQ(row.error, "");
    EXPECT_EQ(row.responses, expected[i].responses);
    ASSERT_EQ(row.rewards.size(), expected[i].rewards.size());
    for (size_t k = 0; k < row.rewards.size(); ++k) {  // packed with others: equal but for rounding
      EXPECT_NEAR(row.rewards[k], expected[i].rewards[k], 1e-5 * scale) << all[i].where;
    }
  }
}

TEST_F(ScorerTest, TheSameRecordsHaveTheSameBitsAgain) {
  Scorer scorer = this->scorer();
  const std::vector<Record> all = records(30);
  const std::vector<RowRewards> once = scorer.score(all), again = scorer.score(all);
  for (size_t i = 0; i < all.size(); ++i) EXPECT_EQ(once[i].rewards, again[i].rewards);
}

TEST_F(ScorerTest, ARecordThatCannotBeReadHasAnErrorAndLeavesOthersAlone) {
  Scorer scorer = this->scorer();
  std::vector<Record> all = records(3);
  all.push_back({.row = {{"prompt", 3}}, .where = "rows.jsonl:4"});
  all.push_back({.row = {{"response", 3}}, .where = "rows.jsonl:5"});
  all.push_back({.where = "rows.jsonl:6", .error = "rows.jsonl:6: is no JSON"});
  const std::vector<RowRewards> rows = scorer.score(all);
  ASSERT_EQ(rows.size(), 6u);
  EXPECT_EQ(rows[0].rewards.size(), 1u);
  EXPECT_EQ(rows[1].rewards.size(), 2u);
  EXPECT_EQ(rows[2].rewards.size(), 3u);
  EXPECT_EQ(rows[0].format, Format(PointwiseFormat{}));
  for (size_t i = 3; i < 6; ++i) {
    EXPECT_TRUE(rows[i].rewards.empty());
    EXPECT_THAT(rows[i].error, HasSubstr(all[i].where));
  }
  EXPECT_EQ(rows[3].format, std::nullopt);
  EXPECT_EQ(rows[4].format, Format(PointwiseFormat{}));
}

TEST_F(ScorerTest, NoRecordsHaveNoRewards) {
  Scorer scorer = this->scorer();
  EXPECT_TRUE(scorer.score(std::span<const Record>()).empty());
}

}  // namespace
}  // namespace laurel::test::scorer_test
