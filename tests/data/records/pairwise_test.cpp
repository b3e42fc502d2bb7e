// Ties, strengths, probabilities and votes of pairs.
#include <gmock/gmock.h>

#include "core/str.h"
#include "data/records/format.h"
#include "data/tiny.h"

namespace laurel::row_pairwise_test {
namespace {

using test::error_of;
using testing::ElementsAre;
using testing::IsEmpty;

Example example_of(const std::string& row) {
  return parse_row(Json::parse(row), {.format = PairwiseFormat{}, .fields = {}}, "a:3");
}

// A pair of named, or of lettered, responses with these fields beside them.
std::string named(const std::string& fields) {
  return R"({"chosen": "x", "rejected": "y", )" + fields + "}";
}
std::string lettered(const std::string& fields) {
  return R"({"response_a": "x", "response_b": "y", )" + fields + "}";
}

Preference preference_of(const std::string& row) {
  return std::get<Preferences>(*example_of(row).label).at(0);
}

std::string error_in(const std::string& row) {
  return error_of(ErrorKind::data, [&] { example_of(row); });
}

struct Case {
  std::string row;
  int better;
  float target, tie;
};

TEST(PairwiseRow, GivesTheProbabilitiesOfTheThreeOutcomes) {
  const Case cases[] = {
      {lettered(R"("preferred": "tie")"), 0, 0, 1},
      {lettered(R"("preferred": "equal")"), 0, 0, 1},
      {lettered(R"("preferred": "neither", "tie": true)"), 0, 0, 1},
      {lettered(R"("preferred": "b", "tie": false)"), 1, 1, 0},
      {lettered(R"("preferred": "a", "preference": null)"), 0, 1, 0},
      {lettered(R"("tie": true)"), 0, 0, 1},
      {lettered(R"("preference": 0.75)"), 0, 0.75, 0},
      {lettered(R"("preference": 0.25)"), 1, 0.75, 0},
      {lettered(R"("preference": 0)"), 1, 1, 0},
      {lettered(R"("preference": 0.5)"), 0, 0.5, 0},
      {lettered(R"("votes_a": 1, "votes_b": 3)"), 1, 0.75, 0},
      {lettered(R"("votes_a": 5, "votes_b": 1, "votes_tie": 2)"), 0, 0.625, 0.25},
      {lettered(R"("votes_a": 0, "votes_b": 0, "votes_tie": 2)"), 0, 0, 1},
      {named(R"("tie": true)"), 0, 0, 1},
      {named(R"("tie": false)"), 0, 1, 0},
      {named(R"("tie": "True")"), 0, 0, 1},  // a cell of a table
      {named(R"("tie": "0")"), 0, 1, 0},
      {named(R"("preference": 0.75)"), 0, 0.75, 0},
      {named(R"("preference": 0.25)"), 1, 0.75, 0},
  };
  for (const auto& [row, better, target, tie] : cases) {
    const Preference preference = preference_of(row);
    EXPECT_EQ(preference.better, better) << row;
    EXPECT_EQ(preference.worse, 1 - better) << row;
    EXPECT_FLOAT_EQ(preference.target, target) << row;
    EXPECT_FLOAT_EQ(preference.tie, tie) << row;
    EXPECT_EQ(preference.weight, 1) << row;
  }
}

TEST(PairwiseRow, ReadsAStrength) {
  const Preference preference = preference_of(named(R"("strength": 3, "margin": 0.5)"));
  EXPECT_EQ(preference.strength, 3);
  EXPECT_EQ(preference.margin, 0.5);
  EXPECT_EQ(preference_of(named(R"("strength": null)")).strength, 1);
  EXPECT_THAT(example_of(named(R"("strength": 1)")).given, ElementsAre("strength"));
  EXPECT_THAT(example_of(named(R"("strength": null)")).given, IsEmpty());
}

TEST(PairwiseRow, RefusesLabelsOfLetteredResponsesForChosenAndRejected) {
  const auto expected = [](const std::string& field) {
    return "a:3: found \"" + field +
           "\" in a row with \"chosen\" and \"rejected\", expected \"response_a\" and "
           "\"response_b\" for it; a tie of chosen and rejected is \"tie\": true, an uncertain one "
           "\"preference\": 0.6";
  };
  EXPECT_EQ(error_in(named(R"("preferred": "tie")")), expected("preferred"));
  EXPECT_EQ(error_in(named(R"("preferred": "a")")), expected("preferred"));
  EXPECT_EQ(error_in(named(R"("preferred": "tie", "tie": true)")), expected("preferred"));
  EXPECT_EQ(error_in(named(R"("votes_a": 3, "votes_b": 3)")), expected("votes_a"));
  EXPECT_EQ(error_in(named(R"("votes_tie": 1)")), expected("votes_tie"));
  EXPECT_EQ(preference_of(named(R"("preferred": null, "votes_a": null)")).target, 1);
  const Example to_be_scored =
      parse_row(Json::parse(named(R"("preferred": "tie")")),
                {.format = PairwiseFormat{}, .fields = {}, .labelled = false}, "a:3");
  EXPECT_FALSE(to_be_scored.label);
}

TEST(PairwiseRow, LeavesOutNoVotes) {
  EXPECT_EQ(error_in(lettered(R"("preferred": "a", "votes_tie": 2)")),
            "a:3: found both \"preferred\" and \"votes_tie\", expected one label per pair");
  EXPECT_EQ(error_in(lettered(R"("votes_tie": 2)")),
            "a:3: found no \"votes_a\" (fields: response_a, response_b, votes_tie), expected it "
            "(\"fields\" says where it is)");
}

TEST(PairwiseRow, RefusesAMarginWhereNeitherResponseIsBetter) {
  const std::string expected =
      "a:3: found the margin 1.5 in \"margin\" where neither response is better, expected 0 or none";
  EXPECT_EQ(error_in(named(R"("tie": true, "margin": 1.5)")), expected);
  EXPECT_EQ(error_in(lettered(R"("preferred": "tie", "margin": 1.5)")), expected);
  EXPECT_EQ(error_in(lettered(R"("votes_a": 2, "votes_b": 2, "margin": 1.5)")), expected);
  EXPECT_EQ(error_in(named(R"("preference": 0.5, "margin": 1.5)")), expected);
  EXPECT_EQ(preference_of(named(R"("tie": true, "margin": 0)")).tie, 1);
}

TEST(PairwiseRow, RecordsTheFirstRowThatALossMayRefuse) {
  const auto given = [](const FirstOccurrences& first, const char* field) {
    const auto found = first.given.find(field);
    return found == first.given.end() ? "-" : found->second;
  };
  const auto noted = [&](const std::string& row) {
    FirstOccurrences first;
    record_first_occurrences(example_of(row), "a:3", first);
    record_first_occurrences(example_of(row), "a:4", first);
    return str(given(first, "margin"), " ", given(first, "strength"), " ", first.tie.value_or("-"),
               " ", first.soft.value_or("-"));
  };
  FirstOccurrences first;
  record_first_occurrences(example_of(named(R"("margin": 0)")), "a:3", first);
  EXPECT_FALSE(first.no_margin);
  record_first_occurrences(example_of(named(R"("id": 0)")), "a:4", first);
  EXPECT_EQ(first.no_margin, "a:4");
  EXPECT_EQ(noted(named(R"("margin": 0)")), "a:3 - - -");
  EXPECT_EQ(noted(named(R"("strength": 1)")), "- a:3 - -");
  EXPECT_EQ(noted(lettered(R"("preferred": "tie")")), "- - a:3 -");
  EXPECT_EQ(noted(lettered(R"("preference": 0.5)")), "- - - a:3");
  EXPECT_EQ(noted(lettered(R"("preference": 1)")), "- - - -");
  EXPECT_EQ(noted(lettered(R"("votes_a": 1, "votes_b": 0, "votes_tie": 1)")), "- - a:3 a:3");
}

TEST(PairwiseRow, RefusesInvalidLabels) {
  EXPECT_EQ(error_in(lettered(R"("preferred": "A")")),
            "a:3: found \"A\" for \"preferred\", expected \"a\", \"b\" or \"tie\"");
  EXPECT_EQ(error_in(lettered(R"("preferred": 1)")),
            "a:3: found the number 1 for \"preferred\", expected \"a\", \"b\" or \"tie\"");
  EXPECT_EQ(error_in(lettered(R"("preferred": "tie", "tie": false)")),
            "a:3: found \"tie\" for \"preferred\" and \"tie\": false, expected no contradiction");
  EXPECT_EQ(error_in(lettered(R"("preferred": "a", "tie": true)")),
            "a:3: found both \"preferred\" and \"tie\", expected one label per pair");
  EXPECT_EQ(error_in(lettered(R"("preferred": "a", "preference": 0.5)")),
            "a:3: found both \"preferred\" and \"preference\", expected one label per pair");
  EXPECT_EQ(error_in(named(R"("tie": "yes")")),
            "a:3: found a string for \"tie\", expected true or false");
}

TEST(PairwiseRow, RefusesProbabilitiesVotesAndStrengthsOutOfRange) {
  const std::string expected =
      ", expected the probability that the first response is better, from 0 to 1";
  EXPECT_EQ(error_in(named(R"("preference": 1.5)")),
            "a:3: found the number 1.5 for \"preference\"" + expected);
  EXPECT_EQ(error_in(named(R"("preference": -0.5)")),
            "a:3: found the number -0.5 for \"preference\"" + expected);
  EXPECT_EQ(error_in(lettered(R"("votes_a": 1, "votes_b": -1)")),
            "a:3: found the number -1 for \"votes_b\", expected a number >= 0");
  EXPECT_EQ(error_in(lettered(R"("votes_a": 1)")),
            "a:3: found no \"votes_b\" (fields: response_a, response_b, votes_a), expected it "
            "(\"fields\" says where it is)");
  EXPECT_EQ(error_in(lettered(R"("votes_a": 0, "votes_b": 0)")),
            "a:3: found no vote in \"votes_a\" and \"votes_b\", expected one or more");
  EXPECT_EQ(error_in(named(R"("strength": -1)")),
            "a:3: found the number -1 for \"strength\", expected a number >= 0");
}

}  // namespace
}  // namespace laurel::row_pairwise_test
