// Duplicates: tables of rows worked by hand.
#include "curation/duplicates.h"

#include <gmock/gmock.h>

#include "curation/row_files.h"
#include "curation/words.h"

namespace laurel::test::duplicates_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kAnswer =
    "Boil the water first, then add a spoon of salt, then the pasta, and stir it now and then until "
    "it is done";
// Another end: 18 runs of three words are in both, 22 in either.
constexpr const char* kNearAnswer =
    "Boil the water first then add a spoon of salt then the pasta and stir it now and then until "
    "ready";

Duplicates duplicates_of(const CurationRows& rows) { return find_duplicates(rows, {}, 2); }

TEST(ExactDuplicates, HaveTheSameTextsInAnyOrderAndTheSameLabel) {
  Json lettered{{"prompt", "Q"}, {"response_a", "B"}, {"response_b", "A"}, {"preferred", "b"}};
  const Duplicates found = duplicates_of(
      rows_of({pair_of("Q", "A", "B"), pair_of("Q", "A", "C"), pair_of("Q", "A", "B"), lettered}));
  EXPECT_THAT(found.exact, ElementsAre(ElementsAre(0, 2, 3)));
  EXPECT_THAT(found.contradictory, IsEmpty());
  EXPECT_THAT(found.near, IsEmpty());
}

TEST(ExactDuplicates, OfEvalAndTrainAreLeaksAndNoDuplicates) {
  const Duplicates found =
      duplicates_of(rows_of({pair_of("Q", "A", "B")}, {pair_of("Q", "A", "B")}));
  EXPECT_THAT(found.exact, IsEmpty());
}

TEST(ExactDuplicates, WithOppositeLabelsAreContradictions) {
  const Duplicates found = duplicates_of(
      rows_of({pair_of("Q", "A", "B"), pair_of("Q", "B", "A"), pair_of("Q", "A", "B")}));
  EXPECT_THAT(found.contradictory, ElementsAre(ElementsAre(0, 1, 2)));
  EXPECT_THAT(found.exact, ElementsAre(ElementsAre(0, 2)));
}

TEST(ExactDuplicates, ByDifferentAnnotatorsAreVotes) {
  std::vector<Json> rows;
  for (const char* annotator : {"ann", "bob", "ann", "cy"}) {
    rows.push_back(pair_of("Q", "A", "B"));
    rows.back()["who"] = annotator;
  }
  const Duplicates found = duplicates_of(rows_of(rows, {}, "who"));
  EXPECT_THAT(found.exact, ElementsAre(ElementsAre(0, 2)));  // ann twice
  EXPECT_EQ(found.votes, 2);
  EXPECT_THAT(duplicates_of(rows_of(rows)).exact, ElementsAre(ElementsAre(0, 1, 2, 3)));
}

TEST(ExactDuplicates, OfRatingsHaveTheSameScore) {
  const Duplicates found =
      duplicates_of(ratings_of_rows({rating_of("Q", "A", 1), rating_of("Q", "A", 2),
                                     rating_of("Q", "A", 1), rating_of("Q", "B", 1)}));
  EXPECT_THAT(found.exact, ElementsAre(ElementsAre(0, 2)));
  EXPECT_THAT(found.contradictory, ElementsAre(ElementsAre(0, 1, 2)));
}

// A row that says more, or less, of the same order is neither a duplicate nor a contradiction.
TEST(ExactDuplicates, HaveEveryNumberOfTheLabelInCommon) {
  const auto with = [](const char* field, const Json& value) {
    Json row = pair_of("Q", "A", "B");
    row[field] = value;
    return row;
  };
  const Duplicates found = duplicates_of(rows_of(
      {with("preference", 0.55), with("preference", 0.99), with("margin", 2), with("strength", 3),
       with("weight", 2), pair_of("Q", "A", "B"), with("preference", 0.99)}));
  EXPECT_THAT(found.exact, ElementsAre(ElementsAre(1, 6)));
  EXPECT_THAT(found.contradictory, IsEmpty());
  for (const auto& [p, other] : {std::pair(0.99, 0.01), std::pair(0.54, 0.46)}) {
    Json lettered{{"prompt", "Q"}, {"response_a", "B"}, {"response_b", "A"}, {"preference", other}};
    EXPECT_THAT(duplicates_of(rows_of({with("preference", p), lettered})).exact,
                ElementsAre(ElementsAre(0, 1)))
        << p;
  }
}

TEST(ExactDuplicates, HaveTheSameScoreOfEveryAnnotator) {
  const auto scored = [](const Json& scores, const Json& annotators) {
    return Json{{"prompt", "Q"}, {"response", "A"}, {"scores", scores}, {"annotators", annotators}};
  };
  const Duplicates found =
      duplicates_of(ratings_of_rows({scored({1, 3}, {"u", "v"}), scored({2, 2}, {"u", "v"}),
                                     scored({1, 3}, {"w", "v"}), scored({3, 1}, {"v", "u"})}));
  EXPECT_THAT(found.exact, ElementsAre(ElementsAre(0, 3)));
}

TEST(ExactDuplicates, HaveTheSameSegments) {
  const auto spans = [](const Json& segments) {
    return Json{{"prompt", "Q"},
                {"response", "one two three four"},
                {"segments", segments},
                {"labels", {1, 0}}};
  };
  const Json early = Json::parse("[[0, 3], [4, 18]]"), late = Json::parse("[[0, 7], [8, 18]]");
  const std::string file = write_lines("s.jsonl", {spans(early), spans(late), spans(early)});
  const CurationRows rows =
      read_curation_rows({source_of("steps", SegmentsFormat{}, {file})}, std::nullopt, 1);
  EXPECT_THAT(duplicates_of(rows).exact, ElementsAre(ElementsAre(0, 2)));
}

// A third of the votes for each is a tie, whoever is named first.
TEST(ExactDuplicates, EvenVotesAreTheSameInBothOrders) {
  const auto votes = [](const char* a, const char* b, int each, int ties) {
    return Json{{"prompt", "Q"},   {"response_a", a}, {"response_b", b},
                {"votes_a", each}, {"votes_b", each}, {"votes_tie", ties}};
  };
  for (const auto& [each, ties] : {std::pair(1, 1), std::pair(3, 1), std::pair(3, 4)}) {
    const Duplicates found =
        duplicates_of(rows_of({votes("A", "B", each, ties), votes("B", "A", each, ties)}));
    EXPECT_THAT(found.contradictory, IsEmpty()) << each << ":" << ties;
    EXPECT_THAT(found.exact, ElementsAre(ElementsAre(0, 1))) << each << ":" << ties;
  }
}

TEST(ExactDuplicates, AWeightIsNoScore) {
  Json heavy = rating_of("Q", "A", 1), none = rating_of("Q", "A", 5);
  heavy["weight"] = 3;
  none["weight"] = 0;
  const Duplicates found = duplicates_of(ratings_of_rows({rating_of("Q", "A", 1), heavy, none}));
  EXPECT_THAT(found.exact, IsEmpty());
  EXPECT_THAT(found.contradictory, IsEmpty());
  const Duplicates differ =
      duplicates_of(ratings_of_rows({none, rating_of("Q", "A", 1), rating_of("Q", "A", 4)}));
  EXPECT_THAT(differ.contradictory, ElementsAre(ElementsAre(0, 1, 2)));
}

TEST(NearDuplicates, HaveEveryNumberOfTheLabelInCommon) {
  const auto with_margin = [](const char* answer, int margin) {
    Json row = pair_of("How do I cook pasta?", answer, "No idea.");
    row["margin"] = margin;
    return row;
  };
  const Duplicates found = duplicates_of(
      rows_of({with_margin(kAnswer, 1), with_margin(kAnswer, 2), with_margin(kNearAnswer, 1)}));
  EXPECT_THAT(found.near, ElementsAre(ElementsAre(0, 2)));
  EXPECT_THAT(duplicates_of(rows_of({with_margin(kAnswer, 1), with_margin(kAnswer, 2),
                                     with_margin(kNearAnswer, 2)}))
                  .near,
              ElementsAre(ElementsAre(1, 2)));
}

TEST(NearDuplicates, HaveNearTextsAndAgreeingLabels) {
  EXPECT_GT(jaccard(shingles_of(normalised(kAnswer)), shingles_of(normalised(kNearAnswer))), 0.8);
  const Duplicates found = duplicates_of(rows_of({
      pair_of("How do I cook pasta?", kAnswer, "No idea."),
      pair_of("how do I cook pasta", kNearAnswer, "No idea!"),
      pair_of("How do I cook pasta?", kAnswer, "Ask your mother about it, she knows."),
      pair_of("Why?", kAnswer, "No idea."),
  }));
  EXPECT_THAT(found.near, ElementsAre(ElementsAre(0, 1)));
  EXPECT_THAT(found.near_contradictory, IsEmpty());
}

TEST(NearDuplicates, WithOppositeLabelsAreNearContradictions) {
  const Duplicates found = duplicates_of(rows_of({
      pair_of("How do I cook pasta?", kAnswer, "No idea."),
      pair_of("How do I cook pasta?", "No idea.", kNearAnswer),
  }));
  EXPECT_THAT(found.near, IsEmpty());
  EXPECT_THAT(found.near_contradictory, ElementsAre(ElementsAre(0, 1)));
}

TEST(NearDuplicates, FormChains) {
  const std::string words =
      "one two three four five six seven eight nine ten eleven twelve thirteen "
      "fourteen fifteen sixteen seventeen eighteen nineteen twenty ";
  const Duplicates found =
      duplicates_of(rows_of({pair_of("Q", words + "a b", "no"), pair_of("Q", words + "a c", "no"),
                             pair_of("Q", words + "d c", "no")}));
  EXPECT_THAT(found.near, ElementsAre(ElementsAre(0, 1, 2)));
}

TEST(NearDuplicates, OfRatingsMayDifferInTheirScores) {
  const Duplicates found =
      duplicates_of(ratings_of_rows({rating_of("Q", kAnswer, 1), rating_of("Q", kNearAnswer, 2)}));
  EXPECT_THAT(found.near, IsEmpty());
  EXPECT_THAT(found.near_contradictory, IsEmpty());
}

TEST(SimilarPrompts, AreDifferentTextsOfOneMeaning) {
  const CurationRows rows =
      rows_of({pair_of("How do I cook pasta?", "A", "B"), pair_of("how do i COOK pasta", "A", "B"),
               pair_of("Why do I cook rice?", "A", "B")});
  const Similarity similar = similar_prompts(rows, {}, 2);
  ASSERT_EQ(similar.pairs.size(), 1u);
  EXPECT_EQ(similar.pairs[0].first, rows.rows[0].prompt);
  EXPECT_EQ(similar.pairs[0].second, rows.rows[1].prompt);
  EXPECT_DOUBLE_EQ(similar.pairs[0].jaccard, 1);
}

}  // namespace
}  // namespace laurel::test::duplicates_test
