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

  // All of a row's rewards.
  static std::vector<double> rewards(const RowRewards& row) {
    std::vector<double> all;
    for (const ScoredResponse& response : row.responses) {
      all.insert(all.end(), response.rewards.begin(), response.rewards.end());
    }
    return all;
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
    for (const double reward : rewards(row)) scale = std::max(scale, std::abs(reward));
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
    EXPECT_EQ(row.responses.size(), expected[i].responses.size());
    const std::vector<double> once = rewards(expected[i]), again = rewards(row);
    ASSERT_EQ(again.size(), once.size());
    for (size_t k = 0; k < once.size(); ++k) {  // packed with others: equal but for rounding
      EXPECT_NEAR(again[k], once[k], 1e-5 * scale) << all[i].where;
    }
  }
}

TEST_F(ScorerTest, TheSameRecordsHaveTheSameBitsAgain) {
  Scorer scorer = this->scorer();
  const std::vector<Record> all = records(30);
  const std::vector<RowRewards> once = scorer.score(all), again = scorer.score(all);
  for (size_t i = 0; i < all.size(); ++i) EXPECT_EQ(rewards(once[i]), rewards(again[i]));
}

TEST_F(ScorerTest, ARecordThatCannotBeReadHasAnErrorAndLeavesOthersAlone) {
  Scorer scorer = this->scorer();
  std::vector<Record> all = records(3);
  all.push_back({.row = {{"prompt", 3}}, .where = "rows.jsonl:4"});
  all.push_back({.row = {{"response", 3}}, .where = "rows.jsonl:5"});
  all.push_back({.where = "rows.jsonl:6", .error = "rows.jsonl:6: is no JSON"});
  const std::vector<RowRewards> rows = scorer.score(all);
  ASSERT_EQ(rows.size(), 6u);
  for (const size_t i : {0, 1, 2}) {
    EXPECT_EQ(rewards(rows[i]).size(), i + 1);
    EXPECT_TRUE(rows[i].scored());
  }
  EXPECT_EQ(rows[0].format, Format(PointwiseFormat{}));
  for (size_t i = 3; i < 6; ++i) {
    EXPECT_TRUE(rows[i].responses.empty());
    EXPECT_FALSE(rows[i].scored());
    EXPECT_THAT(rows[i].why(), HasSubstr(all[i].where));
  }
  EXPECT_EQ(rows[3].format, std::nullopt);
  EXPECT_EQ(rows[4].format, Format(PointwiseFormat{}));
}

TEST_F(ScorerTest, AResponseThatCannotBeReadLeavesTheOthersOfItsRowAlone) {
  Scorer scorer = this->scorer({.max_length = 6});
  const std::string where = "rows.jsonl:1";
  const Json whole = {{"prompt", "w4"}, {"responses", {"w5", "w6"}}};
  const Json part = {{"prompt", "w4"},
                     {"responses", {"w5", 3, "w3 w3 w3 w3 w3 w3 w3", "w6", nullptr}}};
  const std::vector<Record> all = {{.row = whole, .where = where}, {.row = part, .where = where}};
  const std::vector<RowRewards> rows = scorer.score(all);
  ASSERT_EQ(rows[1].responses.size(), 5u);
  EXPECT_NEAR(rows[1].responses[0].rewards.at(0), rows[0].responses[0].rewards.at(0), 1e-5);
  EXPECT_NEAR(rows[1].responses[3].rewards.at(0), rows[0].responses[1].rewards.at(0), 1e-5);
  for (const size_t i : {1, 2, 4}) {
    EXPECT_TRUE(rows[1].responses[i].rewards.empty());
    EXPECT_THAT(rows[1].responses[i].error, HasSubstr(str("rows.jsonl:1: responses[", i, "]")));
  }
  EXPECT_FALSE(rows[1].scored());
  EXPECT_THAT(rows[1].why(), HasSubstr("responses[2]: found "));
}

TEST_F(ScorerTest, NoRecordsHaveNoRewards) {
  Scorer scorer = this->scorer();
  EXPECT_TRUE(scorer.score(std::span<const Record>()).empty());
}

}  // namespace
}  // namespace laurel::test::scorer_test
