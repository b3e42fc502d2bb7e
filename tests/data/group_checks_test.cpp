// Which groups can be packed, and what is said of others.
#include "data/group_checks.h"

#include <gmock/gmock.h>

#include <functional>
#include <limits>

#include "tiny.h"

namespace laurel::group_checks_test {
namespace {

using test::pair_of;
using test::rating_of;
using testing::HasSubstr;

constexpr int64_t kVocabulary = 10;

std::string problem_after(Group group, const std::function<void(Group&)>& change) {
  change(group);
  return problem_of(group, kVocabulary).value_or("none");
}

using Cases = std::vector<std::pair<std::function<void(Group&)>, std::string>>;

void expect_problems(const Group& good, const Cases& cases) {
  EXPECT_EQ(problem_of(good, kVocabulary), std::nullopt);
  for (const auto& [change, message] : cases) {
    EXPECT_THAT(problem_after(good, change), HasSubstr(message));
  }
}

TEST(GroupChecks, IdsAndPositionsAreInRange) {
  Group good = pair_of({0, 1, 9}, {2, 3});
  good.responses[0].positions = {{0, 2}, {1, 3}};
  expect_problems(
      good,
      {{[](Group& g) { g.responses[1].ids[0] = -5; },
        "responses[1]: \"ids\": found the number -5, expected a whole number from 0 to 9"},
       {[](Group& g) { g.responses[0].ids[2] = 10; }, "responses[0]: \"ids\": found the number 10"},
       {[](Group& g) { g.responses[0].ids[2] = std::numeric_limits<int32_t>::max(); },
        "\"ids\": found the number 2147483647"},
       {[](Group& g) { g.responses[1].ids.clear(); },
        "responses[1]: \"positions\": found the number 1"},
       {[](Group& g) { g.responses[1].positions.clear(); },
        "responses[1]: \"positions\": found none, expected at least one"},
       {[](Group& g) {
          g.responses[1].positions = {{3000, 3001}};
        },
        "responses[1]: \"positions\": found the number 3000, expected a whole number from 0 to 1"},
       {[](Group& g) {
          g.responses[1].positions = {{-100, -99}};
        },
        "\"positions\": found the number -100, expected a whole number from 0 to 1"},
       {[](Group& g) { g.responses[1].positions[0].end = 3; },
        "\"positions\": found the number 3, expected a whole number from 2 to 2"},
       {[](Group& g) { g.responses[1].positions[0].end = 1; },
        "\"positions\": found the number 1, expected"},
       {[](Group& g) { g.responses[0].second_text = 4; },
        "responses[0]: \"second_text\": found the number 4, expected a whole number from -1 to 3"},
       {[](Group& g) { g.responses[1].second_text = -2; }, "responses[1]: \"second_text\""},
       {[](Group& g) { g.responses[0].answer = 4; },
        "responses[0]: \"answer\": found the number 4, expected a whole number from -1 to 3"},
       {[](Group& g) { g.responses[0].positions[0].begin = 2; }, "responses[0]: \"positions\""},
       {[](Group& g) { g.responses[0].positions[1].end = 1; },
        "\"positions\": found the number 1, expected a whole number from 2 to 3"},
       {[](Group& g) { g.responses.clear(); },
        "\"responses\": found none, expected at least one"}});
}

TEST(GroupChecks, PreferencesReferToItsResponses) {
  const auto of = [](Group& g) -> Preferences& { return std::get<Preferences>(g.label); };
  expect_problems(pair_of({1}, {2}),
                  {{[&](Group& g) { of(g)[0].better = 1'000'000; },
                    "label: preferences[0]: \"better\": found the number 1000000, expected a "
                    "whole number from 0 to 1"},
                   {[&](Group& g) { of(g)[0].worse = -1; }, "\"worse\": found the number -1"},
                   {[&](Group& g) { of(g).push_back({.better = 2, .worse = 0}); },
                    "preferences[1]: \"better\": found the number 2"},
                   {[&](Group& g) { of(g).clear(); }, "label: \"preferences\": found none"}});
}

TEST(GroupChecks, RatingsHaveAnEntryForEachPositionAndAttribute) {
  Group good = rating_of({1, 2, 3}, 0.5f);
  good.responses[0].positions = {{0, 1}, {2, 3}};
  good.label = Ratings{.score = {1, 2, 3, 4}, .weight = {1, 1, 0, 1}};  // two attributes
  const auto of = [](Group& g) -> Ratings& { return std::get<Ratings>(g.label); };
  expect_problems(
      good,
      {{[&](Group& g) { of(g).score.push_back(1); },
        "label: \"score\": found 5 entries, expected a multiple of 2 (one per position and attribute)"},
       {[&](Group& g) { of(g).score.clear(); }, "\"score\": found 0 entries"},
       {[&](Group& g) { of(g).weight.pop_back(); },
        "label: \"weight\": found 3 entries, expected 4"},
       {[&](Group& g) { of(g).deviation = {1}; }, "\"deviation\": found 1 entries, expected 4"},
       {[&](Group& g) {
          of(g).positions = {0, 2};
        },
        "\"positions\": found the number 2, expected a whole number from 0 to 1"},
       {[&](Group& g) {
          of(g).positions = {0, 1, 1};
        },
        "expected a multiple of 3 (one per position and attribute)"}});
  of(good).positions = {1, 1, 0, 0};  // of several annotators, one attribute
  EXPECT_EQ(problem_of(good, kVocabulary), std::nullopt);
}

TEST(GroupChecks, RankingsHaveAnEntryForEachResponse) {
  Group good = pair_of({1}, {2});
  good.label = Ranking{.rank = {1, -1}, .score = {1, 0}};
  const auto of = [](Group& g) -> Ranking& { return std::get<Ranking>(g.label); };
  expect_problems(
      good,
      {{[&](Group& g) { of(g).rank.pop_back(); }, "label: \"rank\": found 1 entries, expected 2"},
       {[&](Group& g) { of(g).score.push_back(0); }, "\"score\": found 3 entries, expected 2"},
       {[&](Group& g) { of(g).rank[0] = -2; },
        "\"rank\": found the number -2, expected a whole number from -1"}});
}

}  // namespace
}  // namespace laurel::group_checks_test
