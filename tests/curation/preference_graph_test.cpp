// Preference graph: contradictions and cycles, worked by hand and against a search of all paths.
#include "curation/preference_graph.h"

#include <gmock/gmock.h>

#include <functional>
#include <set>

#include "core/random.h"
#include "curation/row_files.h"

namespace laurel::test::preference_graph_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::vector<PreferenceCycle> cycles_of(const CurationRows& rows) {
  return preference_cycles(compared_pairs(rows, false));
}

TEST(PreferenceCycles, AreFoundInThePairsOfAPrompt) {
  const CurationRows rows =
      rows_of({pair_of("Q", "A", "B"), pair_of("Q", "B", "C"), pair_of("Q", "C", "A"),
               pair_of("Q", "D", "A"), pair_of("R", "C", "A")});
  const std::vector<PreferenceCycle> cycles = cycles_of(rows);
  ASSERT_EQ(cycles.size(), 1u);
  EXPECT_THAT(cycles[0].rows, UnorderedElementsAre(0, 1, 2));
  EXPECT_EQ(cycles[0].component, 3);
  for (size_t i = 0; i < 3; ++i) {  // row i prefers response i to the next
    EXPECT_EQ(rows.rows[cycles[0].rows[i]].responses[0], cycles[0].responses[i]);
    EXPECT_EQ(rows.rows[cycles[0].rows[i]].responses[1], cycles[0].responses[(i + 1) % 3]);
  }
}

TEST(PreferenceCycles, NeedOnePrompt) {
  EXPECT_THAT(
      cycles_of(rows_of({pair_of("Q", "A", "B"), pair_of("Q", "B", "C"), pair_of("R", "C", "A")})),
      IsEmpty());
}

TEST(PreferenceCycles, FollowTheMajority) {
  // C before A twice, A before C three times: no cycle; with the third taken away, one.
  std::vector<Json> rows{pair_of("Q", "A", "B"), pair_of("Q", "B", "C"), pair_of("Q", "C", "A"),
                         pair_of("Q", "C", "A"), pair_of("Q", "A", "C"), pair_of("Q", "A", "C"),
                         pair_of("Q", "A", "C")};
  EXPECT_THAT(cycles_of(rows_of(rows)), IsEmpty());
  rows.resize(5);
  EXPECT_EQ(cycles_of(rows_of(rows)).size(), 1u);
}

TEST(PreferenceCycles, GoAcrossRankingsAndPairs) {
  const Json list{{"prompt", "Q"}, {"responses", {"A", "B", "C"}}, {"ranks", {1, 2, 3}}};
  const CurationRows rows = read_curation_rows(
      {source_of("lists", RankedFormat{}, {write_lines("lists.jsonl", {list})}),
       source_of("pairs", PairwiseFormat{},
                 {write_lines("pairs.jsonl", {pair_of("Q", "C", "D"), pair_of("Q", "D", "A")})})},
      std::nullopt, 1);
  const std::vector<PreferenceCycle> cycles = cycles_of(rows);
  ASSERT_EQ(cycles.size(), 1u);
  EXPECT_EQ(cycles[0].responses.size(), 3u);  // A, C, D
}

TEST(ContradictoryPairs, AreThoseWithVotesForBoth) {
  const CurationRows rows =
      rows_of({pair_of("Q", "A", "B"), pair_of("Q", "B", "A"), pair_of("Q", "A", "C")});
  const std::vector<ComparedPair> pairs = compared_pairs(rows, false);
  ASSERT_EQ(pairs.size(), 2u);
  EXPECT_TRUE(is_contradictory(pairs[0]));
  EXPECT_THAT(pairs[0].first_better, ElementsAre(0));
  EXPECT_THAT(pairs[0].second_better, ElementsAre(1));
  EXPECT_FALSE(is_contradictory(pairs[1]));
}

TEST(ContradictoryPairs, OfDifferentPeopleAreVotes) {
  const auto by = [](Json row, const char* who) {
    row["who"] = who;
    return row;
  };
  const CurationRows rows =
      rows_of({by(pair_of("Q", "A", "B"), "ann"), by(pair_of("Q", "B", "A"), "bob"),
               by(pair_of("R", "A", "B"), "ann"), by(pair_of("R", "B", "A"), "ann"),
               by(pair_of("S", "A", "B"), "ann"), pair_of("S", "B", "A")},
              {}, "who");
  const std::vector<ComparedPair> pairs = compared_pairs(rows, false);
  ASSERT_EQ(pairs.size(), 3u);
  EXPECT_TRUE(are_votes(pairs[0], rows));
  EXPECT_FALSE(are_votes(pairs[1], rows));
  EXPECT_FALSE(are_votes(pairs[2], rows));
}

// Whether each response of a random graph can reach itself, by following all edges.
TEST(PreferenceCycles, AreThoseThatASearchOfAllPathsFinds) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    Random random(seed);
    std::set<std::pair<int, int>> edges;
    while (edges.size() < 10) {
      const int a = static_cast<int>(random.below(8)), b = static_cast<int>(random.below(8));
      if (a != b && !edges.contains({b, a})) edges.insert({a, b});
    }
    std::vector<Json> lines;
    for (const auto& [a, b] : edges) {
      lines.push_back(pair_of("Q", "r" + std::to_string(a), "r" + std::to_string(b)));
    }
    const auto reaches = [&](int from, int to) {
      std::set<int> seen;
      const std::function<bool(int)> search = [&](int node) {
        for (const auto& [a, b] : edges) {
          if (a == node && (b == to || (seen.insert(b).second && search(b)))) return true;
        }
        return false;
      };
      return search(from);
    };
    std::set<std::set<int>> expected;
    for (int i = 0; i < 8; ++i) {
      std::set<int> component;
      for (int j = 0; j < 8; ++j) {
        if (reaches(i, j) && reaches(j, i)) component.insert(j);
      }
      if (component.contains(i)) expected.insert(component);
    }
    const std::vector<PreferenceCycle> cycles = cycles_of(rows_of(lines));
    ASSERT_EQ(cycles.size(), expected.size()) << seed;
    int64_t responses = 0, expected_responses = 0;
    for (const PreferenceCycle& cycle : cycles) responses += cycle.component;
    for (const auto& component : expected) {
      expected_responses += static_cast<int64_t>(component.size());
    }
    EXPECT_EQ(responses, expected_responses) << seed;
  }
}

}  // namespace
}  // namespace laurel::test::preference_graph_test
