// Covariates: a number of every response, by expressions over the row and the response.
#include "data/records/covariates.h"

#include <gmock/gmock.h>

#include <cmath>

#include "data/records/format.h"
#include "data/tiny.h"

namespace laurel::covariates_test {
namespace {

using test::error_of;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsNan;

using Numbers = std::vector<std::vector<double>>;

Example example_of(const Format& format, const CovariateExpressions& expressions,
                   const std::string& row) {
  return parse_row(Json::parse(row), {.format = format, .covariates = Covariates(expressions)},
                   "a:3");
}

Numbers of_pair(const std::string& expression, const std::string& row) {
  return example_of(PairwiseFormat{}, {{"x", expression}}, row).covariates;
}

constexpr const char* kPair = R"({"chosen": "Yes! Yes!", "rejected": "no", "n": [3, 0.5]})";

TEST(Covariates, AreNumbersOfEachResponsesText) {
  EXPECT_EQ(of_pair("response.count('!')", kPair), (Numbers{{2}, {0}}));
  EXPECT_EQ(of_pair("response | length", kPair), (Numbers{{9}, {2}}));
  EXPECT_EQ(
      example_of(PairwiseFormat{}, {{"b", "index"}, {"a", "response | length"}}, kPair).covariates,
      (Numbers{{9, 0}, {2, 1}}));  // by name
  EXPECT_THAT(example_of(PairwiseFormat{}, {}, kPair).covariates, IsEmpty());
}

TEST(Covariates, AreFieldsOfTheRowByTheNumberOfTheResponse) {
  EXPECT_EQ(of_pair("n[index]", kPair), (Numbers{{3}, {0.5}}));
  EXPECT_EQ(of_pair("[cites_a, cites_b][index]",
                    R"({"response_a": "x", "response_b": "y", "preferred": "b", "cites_a": 1,
                        "cites_b": 4})"),
            (Numbers{{1}, {4}}));
  EXPECT_EQ(example_of(RankedFormat{}, {{"x", "cites[index] + (response | length)"}},
                       R"({"responses": ["x", "yy", "z"], "ranks": [1, 2, 3], "cites": [7, 8, 9]})")
                .covariates,
            (Numbers{{8}, {10}, {10}}));
  EXPECT_EQ(example_of(PointwiseFormat{}, {{"x", "cites"}, {"y", "response | length"}},
                       R"({"response": "four", "score": 1, "cites": 2})")
                .covariates,
            (Numbers{{2, 4}}));
}

// The text of messages is what the answer adds to the dialogue.
TEST(Covariates, OfMessagesAreOfTheContentsThatFollowWhatTheyShare) {
  const std::string row = R"({
    "chosen": [{"role": "user", "content": "Hi!!"}, {"role": "assistant", "content": "Yes!"}],
    "rejected": [{"role": "user", "content": "Hi!!"}, {"role": "assistant", "content": "a"},
                 {"role": "user", "content": "b"}, {"role": "assistant", "content": "c"}]})";
  EXPECT_EQ(of_pair("response.count('!')", row), (Numbers{{1}, {0}}));
  EXPECT_EQ(of_pair("1 if response == 'a\\nb\\nc' else 0", row), (Numbers{{0}, {1}}));
}

TEST(Covariates, OfNullAreNotKnown) {
  const Numbers found =
      of_pair("[n_a, n_b][index]", R"({"chosen": "x", "rejected": "y", "n_a": null, "n_b": 2})");
  EXPECT_THAT(found[0], ElementsAre(IsNan()));
  EXPECT_THAT(found[1], ElementsAre(2));
}

TEST(Covariates, AreOtherwiseNumbers) {
  const auto error = [](const std::string& expression, const std::string& row = kPair) {
    return error_of(ErrorKind::data, [&] { of_pair(expression, row); });
  };
  EXPECT_EQ(
      error("'!' in response"),
      "a:3: covariates.x \"'!' in response\" of \"chosen\": found true, expected a number, or "
      "null where there is none; `| number` makes one of true, false, and a text that spells "
      "one");
  EXPECT_EQ(of_pair("('!' in response) | number", kPair), (Numbers{{1}, {0}}));
  EXPECT_THAT(error("1e200 * (index + 1)"), testing::HasSubstr("of \"chosen\": found "));
  EXPECT_THAT(error("n[index] + m[index]"),
              testing::AllOf(testing::StartsWith("a:3: covariates.x \"n[index] + m[index]\" of "
                                                 "\"chosen\": "),
                             testing::EndsWith("; the row has no \"m\" (did you mean \"n\"?)")));
  EXPECT_THAT(error_of(ErrorKind::data,
                       [] {
                         example_of(RankedFormat{}, {{"x", "n[index]"}},
                                    R"({"responses": ["x", "y"], "ranks": [1, 2],
                                        "n": [1, "2"]})");
                       }),
              testing::StartsWith("a:3: covariates.x \"n[index]\" of \"responses\"[1]: found "));
}

TEST(Covariates, ReadFieldsThatAreThenNotIgnored) {
  const Example example =
      example_of(PairwiseFormat{}, {{"x", "n[index]"}, {"y", "response | length"}},
                 R"({"chosen": "x", "rejected": "y", "n": [1, 2], "m": 3, "index": 4})");
  EXPECT_THAT(example.ignored, testing::UnorderedElementsAre("index", "m"));
  const Covariates covariates(
      CovariateExpressions{{"x", "n[index]"}, {"y", "m + (response | length)"}});
  EXPECT_THAT(covariates.keys(),
              ElementsAre(std::pair<std::string, std::string>("n", "covariates.x"),
                          std::pair<std::string, std::string>("m", "covariates.y")));
}

TEST(Covariates, AreRefusedWhereTheyAreNoneOrTellNoResponsesApart) {
  EXPECT_THAT(covariate_problems({{"x", "response | length"}, {"y_2", "index"}}, false), IsEmpty());
  EXPECT_THAT(covariate_problems({{"x", "cites"}}, true), IsEmpty());
  EXPECT_THAT(covariate_problems({{"x", "cites"}}, false),
              ElementsAre("covariates.x: found \"cites\", which is the same for all responses of a "
                          "row, expected one that reads `response`, the text, or `index`: "
                          "citations[index]"));
  EXPECT_THAT(covariate_problems({{"a b", "index"}, {"x", "index +"}}, false),
              ElementsAre("covariates: found the name \"a b\", expected letters, digits and _, no "
                          "digit first",
                          testing::StartsWith("covariates.x: found \"index +\", which is no Jinja "
                                              "expression: ")));
  EXPECT_THAT(error_of(ErrorKind::usage,
                       [] {
                         Covariates(CovariateExpressions{{"x", "index +"}});
                       }),
              testing::StartsWith("covariates.x: found \"index +\""));
}

}  // namespace
}  // namespace laurel::covariates_test
