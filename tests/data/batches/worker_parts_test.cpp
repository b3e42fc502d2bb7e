// Which worker gets which groups.
#include "data/batches/worker_parts.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "data/tiny.h"

namespace laurel::worker_parts_test {
namespace {

using test::rating_of;
using testing::ElementsAre;
using testing::SizeIs;

// A rating of `length` tokens, the first `prompt` of them 1, the others `own`.
Group rating(int32_t length, int32_t prompt = 0, int32_t own = 0) {
  std::vector<int32_t> ids(prompt, 1);
  ids.resize(length, own);
  return rating_of(ids, 0);
}

std::vector<std::vector<int64_t>> tokens_of(
    const std::vector<std::vector<PromptGroup>>& worker_parts) {
  std::vector<std::vector<int64_t>> tokens;
  for (const auto& part : worker_parts) {
    tokens.emplace_back();
    for (const PromptGroup& prompt_group : part) tokens.back().push_back(prompt_group.tokens());
  }
  return tokens;
}

// Each group a prompt_group of its own.
std::vector<std::vector<int64_t>> parts_of_lengths(const std::vector<int32_t>& lengths,
                                                   int64_t workers) {
  std::vector<Group> groups;
  for (const int32_t length : lengths) groups.push_back(rating(length));
  std::vector<PromptGroup> prompt_groups;
  for (const Group& group : groups) prompt_groups.emplace_back(group, Pooling{});
  return tokens_of(split_among_workers(prompt_groups, workers, {}));
}

TEST(WorkerParts, AreOfSimilarSizeAndKeepTheOrder) {
  EXPECT_THAT(parts_of_lengths({100, 300, 200, 400}, 2),
              ElementsAre(ElementsAre(100, 400), ElementsAre(300, 200)));
  EXPECT_THAT(parts_of_lengths({100, 300, 200, 400}, 1), SizeIs(1));
}

TEST(WorkerParts, AreASinglePartIfThereAreTooFewGroupsOrTokens) {
  EXPECT_THAT(parts_of_lengths({4096}, 2), SizeIs(1));
  EXPECT_THAT(parts_of_lengths({200, 200}, 2), SizeIs(1));
}

TEST(WorkerParts, AreASinglePartIfOneGroupIsMuchLongerThanTheOthers) {
  EXPECT_THAT(parts_of_lengths({4000, 300}, 2), SizeIs(1));
  EXPECT_THAT(parts_of_lengths({4000, 2000}, 2), SizeIs(2));
}

class SplitPromptGroup : public testing::Test {
 protected:
  // `count` ratings of one prompt, each with 100 tokens of its own, and others by themselves.
  std::vector<std::vector<PromptGroup>> worker_parts(int count, int32_t prompt,
                                                     const std::vector<int32_t>& others,
                                                     int64_t workers) {
    for (int i = 0; i < count; ++i) groups_.push_back(rating(prompt + 100, prompt, 2 + i));
    for (int32_t length : others) groups_.push_back(rating(length));
    std::vector<PromptGroup> prompt_groups{PromptGroup(groups_[0], {})};
    for (int i = 1; i < count; ++i) prompt_groups[0].add(groups_[i]);
    for (size_t i = count; i < groups_.size(); ++i)
      prompt_groups.emplace_back(groups_[i], Pooling{});
    return split_among_workers(prompt_groups, workers, {});
  }

  void SetUp() override { groups_.reserve(100); }
  std::vector<Group> groups_;
};

TEST_F(SplitPromptGroup, SharesItsPromptInEachWorkerPart) {
  EXPECT_THAT(tokens_of(worker_parts(10, 50, {}, 2)),
              ElementsAre(ElementsAre(550), ElementsAre(550)));
}

TEST_F(SplitPromptGroup, BalancesWorkerPartsThatHaveOtherGroups) {
  // 10 x 100 + 50 beside 600: with two of the ten and the prompt, the second part has 850.
  EXPECT_THAT(tokens_of(worker_parts(10, 50, {600}, 2)),
              ElementsAre(ElementsAre(850), ElementsAre(600, 250)));
}

TEST_F(SplitPromptGroup, ServesMoreThanTwoWorkers) {
  const auto tokens = tokens_of(worker_parts(16, 20, {}, 4));
  ASSERT_THAT(tokens, SizeIs(4));
  for (const auto& part : tokens) EXPECT_THAT(part, ElementsAre(420));
}

TEST_F(SplitPromptGroup, IsNotSplitIfItsPromptIsTooLongToComputeTwice) {
  EXPECT_THAT(tokens_of(worker_parts(4, 3000, {}, 2)), ElementsAre(ElementsAre(3400)));
}

TEST_F(SplitPromptGroup, LosesNoGroup) {
  std::vector<const Group*> found;
  for (const auto& part : worker_parts(13, 40, {300, 10, 90}, 3)) {
    for (const PromptGroup& prompt_group : part) {
      found.insert(found.end(), prompt_group.groups().begin(), prompt_group.groups().end());
    }
  }
  std::ranges::sort(found);
  ASSERT_THAT(found, SizeIs(groups_.size()));
  for (size_t i = 0; i < groups_.size(); ++i) EXPECT_EQ(found[i], &groups_[i]);
}

}  // namespace
}  // namespace laurel::worker_parts_test
