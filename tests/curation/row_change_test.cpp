// Labels written back into rows of every layout of pairs.
#include "curation/row_change.h"

#include <gmock/gmock.h>

#include "data/records/format.h"

namespace laurel::row_change_test {
namespace {

const SourceOptions kPlain{.name = "pairs"};

std::string flipped(const std::string& text, int better = 0, const SourceOptions& source = kPlain) {
  return flipped_row(text, Json::parse(text), pair_keys(source), better);
}
std::string softened(const std::string& text, double first_wins, bool turned = false) {
  return softened_row(text, Json::parse(text), pair_keys(kPlain), first_wins, turned);
}

TEST(RowChange, ChosenAndRejectedChangePlacesAndTheRestKeepsItsBytes) {
  EXPECT_EQ(flipped(R"({"id": 1e22, "chosen":"a \u00e9", "rejected": ["b"] , "x": 1.10})"),
            R"({"id": 1e22, "chosen":["b"], "rejected": "a \u00e9" , "x": 1.10})");
}

TEST(RowChange, RenamedFieldsAreFound) {
  const SourceOptions source{.name = "pairs",
                             .rows = {.map = {{"chosen", "good"}, {"rejected", "bad"}}}};
  EXPECT_EQ(flipped(R"({"good":"a","bad":"b","chosen":"c"})", 0, source),
            R"({"good":"b","bad":"a","chosen":"c"})");
}

TEST(RowChange, PreferredNamesTheOther) {
  EXPECT_EQ(flipped(R"({"response_a":"x","response_b":"y","preferred":"b"})", 1),
            R"({"response_a":"x","response_b":"y","preferred":"a"})");
}

TEST(RowChange, VotesAndAPreferenceAreTurnedRound) {
  EXPECT_EQ(flipped(R"({"response_a":"x","response_b":"y","votes_a":3,"votes_b":0})"),
            R"({"response_a":"x","response_b":"y","votes_a":0,"votes_b":3})");
  EXPECT_EQ(flipped(R"({"chosen":"x","rejected":"y","preference":1})"),
            R"({"chosen":"x","rejected":"y","preference":0})");
  // A cell of a table, and true or false, are numbers too.
  EXPECT_EQ(flipped(R"({"chosen":"x","rejected":"y","preference":"0"})", 1),
            R"({"chosen":"x","rejected":"y","preference":1})");
  EXPECT_EQ(flipped(R"({"chosen":"x","rejected":"y","preference":true})"),
            R"({"chosen":"x","rejected":"y","preference":0})");
}

TEST(RowChange, MarginAndStrengthAreOfTheOldLabel) {
  EXPECT_EQ(flipped(R"({"chosen":"x","rejected":"y","margin":2,"strength":3,"n":4})"),
            R"({"chosen":"y","rejected":"x","margin":null,"strength":null,"n":4})");
  // A name that fields leave out is no key, also where a row has the empty one.
  const SourceOptions source{.name = "pairs", .rows = {.map = {{"margin", std::nullopt}}}};
  EXPECT_EQ(flipped(R"({"chosen":"x","rejected":"y","":2})", 0, source),
            R"({"chosen":"y","rejected":"x","":2})");
}

TEST(RowChange, AnUncertainLabelIsAPreference) {
  EXPECT_EQ(softened(R"({"chosen":"x","rejected":"y","margin":2})", 0.875),
            R"({"chosen":"x","rejected":"y","margin":2,"preference":0.875})");
  EXPECT_EQ(softened(R"({"chosen":"x","rejected":"y","margin":2})", 0.25, true),
            R"({"chosen":"x","rejected":"y","margin":null,"preference":0.25})");
  EXPECT_EQ(softened(R"({"response_a":"x","response_b":"y","preferred":"b"})", 0.125),
            R"({"response_a":"x","response_b":"y","preferred":null,"preference":0.125})");
}

// What is written reads as what was meant.
TEST(RowChange, WhatIsWrittenParsesAsTheNewLabel) {
  const RowSchema schema{.format = PairwiseFormat{}, .fields = {}};
  const auto label = [&](const std::string& text) {
    return std::get<Preferences>(*parse_row(Json::parse(text), schema, "x:1").label)[0];
  };
  const Preference soft =
      label(softened(R"({"response_a":"x","response_b":"y","preferred":"b"})", 0.875));
  EXPECT_EQ(soft.better, 0);
  EXPECT_EQ(soft.target, 0.875f);
  const Preference other =
      label(flipped(R"({"response_a":"x","response_b":"y","preferred":"b"})", 1));
  EXPECT_EQ(other.better, 0);
  EXPECT_EQ(other.target, 1);
}

}  // namespace
}  // namespace laurel::row_change_test
