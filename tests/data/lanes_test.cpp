// Which worker gets which groups.
#include "data/lanes.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "tiny.h"

namespace laurel {
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

std::vector<std::vector<int64_t>> tokens_of(const std::vector<std::vector<Bundle>>& lanes) {
  std::vector<std::vector<int64_t>> tokens;
  for (const auto& lane : lanes) {
    tokens.emplace_back();
    for (const Bundle& bundle : lane) tokens.back().push_back(bundle.tokens());
  }
  return tokens;
}

// Each group a bundle of its own.
std::vector<std::vector<int64_t>> lanes_of_lengths(const std::vector<int32_t>& lengths,
                                                   int64_t workers) {
  std::vector<Group> groups;
  for (const int32_t length : lengths) groups.push_back(rating(length));
  std::vector<Bundle> bundles;
  for (const Group& group : groups) bundles.emplace_back(group, Reading{});
  return tokens_of(lanes_of(bundles, workers, {}));
}

TEST(Lanes, AreOfLikeSizeAndKeepTheOrder) {
  EXPECT_THAT(lanes_of_lengths({100, 300, 200, 400}, 2),
              ElementsAre(ElementsAre(100, 400), ElementsAre(300, 200)));
  EXPECT_THAT(lanes_of_lengths({100, 300, 200, 400}, 1), SizeIs(1));
}

TEST(Lanes, AreOneWhereWorkersWouldLackGroupsOrTokens) {
  EXPECT_THAT(lanes_of_lengths({4096}, 2), SizeIs(1));
  EXPECT_THAT(lanes_of_lengths({200, 200}, 2), SizeIs(1));
}

TEST(Lanes, AreOneWhereASingleGroupWouldKeepTheOthersWaiting) {
  EXPECT_THAT(lanes_of_lengths({4000, 300}, 2), SizeIs(1));
  EXPECT_THAT(lanes_of_lengths({4000, 2000}, 2), SizeIs(2));
}

class CutBundle : public testing::Test {
 protected:
  // `count` ratings of one prompt, each with 100 tokens of its own, and others by themselves.
  std::vector<std::vector<Bundle>> lanes(int count, int32_t prompt,
                                         const std::vector<int32_t>& others, int64_t workers) {
    for (int i = 0; i < count; ++i) groups_.push_back(rating(prompt + 100, prompt, 2 + i));
    for (int32_t length : others) groups_.push_back(rating(length));
    std::vector<Bundle> bundles{Bundle(groups_[0], {})};
    for (int i = 1; i < count; ++i) bundles[0].add(groups_[i]);
    for (size_t i = count; i < groups_.size(); ++i) bundles.emplace_back(groups_[i], Reading{});
    return lanes_of(bundles, workers, {});
  }

  void SetUp() override { groups_.reserve(100); }
  std::vector<Group> groups_;
};

TEST_F(CutBundle, SharesItsPromptInEachLane) {
  EXPECT_THAT(tokens_of(lanes(10, 50, {}, 2)), ElementsAre(ElementsAre(550), ElementsAre(550)));
}

TEST_F(CutBundle, EvensOutLanesThatHaveOtherGroups) {
  // 10 x 100 + 50 beside 600: with two of the ten and the prompt, the second lane has 850.
  EXPECT_THAT(tokens_of(lanes(10, 50, {600}, 2)),
              ElementsAre(ElementsAre(850), ElementsAre(600, 250)));
}

TEST_F(CutBundle, ServesMoreThanTwoWorkers) {
  const auto tokens = tokens_of(lanes(16, 20, {}, 4));
  ASSERT_THAT(tokens, SizeIs(4));
  for (const auto& lane : tokens) EXPECT_THAT(lane, ElementsAre(420));
}

TEST_F(CutBundle, StaysWholeWhereItsPromptIsTooLongToComputeTwice) {
  EXPECT_THAT(tokens_of(lanes(4, 3000, {}, 2)), ElementsAre(ElementsAre(3400)));
}

TEST_F(CutBundle, LosesNoGroup) {
  std::vector<const Group*> found;
  for (const auto& lane : lanes(13, 40, {300, 10, 90}, 3)) {
    for (const Bundle& bundle : lane) {
      found.insert(found.end(), bundle.groups().begin(), bundle.groups().end());
    }
  }
  std::ranges::sort(found);
  ASSERT_THAT(found, SizeIs(groups_.size()));
  for (size_t i = 0; i < groups_.size(); ++i) EXPECT_EQ(found[i], &groups_[i]);
}

}  // namespace
}  // namespace laurel
