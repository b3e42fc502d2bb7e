// Each rule across the options of a source, by its message.
#include "data/sources/source.h"

#include <gmock/gmock.h>

namespace laurel::source_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

SourceOptions valid(const std::string& name = "ukp") {
  SourceOptions source;
  source.name = name;
  source.train = {{"a.jsonl"}};
  return source;
}

TEST(ProblemsInSource, AreNoneForAnOrdinarySource) {
  EXPECT_THAT(problems_in_source(valid()), IsEmpty());
}

TEST(ProblemsInSource, NameWhatIsWrongWithOneSource) {
  SourceOptions source = valid("UKP");
  EXPECT_THAT(problems_in_source(source),
              ElementsAre("name: found \"UKP\", expected letters a-z, digits and _"));
  source = valid();
  source.train.clear();
  EXPECT_THAT(problems_in_source(source),
              ElementsAre("train: found neither train nor eval files, expected at least one file"));
  source = valid();
  source.eval = {{"b.jsonl"}};
  source.eval_fraction = 0.1;
  EXPECT_THAT(
      problems_in_source(source),
      ElementsAre("eval_fraction: found together with eval files, expected one of the two"));
  source = valid();
  source.score_scaling = ScoreScaling::standardize;
  EXPECT_THAT(
      problems_in_source(source),
      ElementsAre("score_scaling: found on pairs or lists, which have no targets to scale"));
  source = valid();
  source.separator = "";
  source.count_by = CountBy::group;
  source.reduction = Reduction::min;
  const std::string rest = ": found on format pairwise, expected only for format segments";
  EXPECT_THAT(problems_in_source(source),
              ElementsAre("separator" + rest, "count_by" + rest, "reduction" + rest));
  source.format = SegmentsFormat{};
  EXPECT_THAT(problems_in_source(source), IsEmpty());
  source = valid();
  source.active = {.from = 0.5, .to = 0.5};
  EXPECT_THAT(problems_in_source(source),
              ElementsAre("active: found from 0.5 to 0.5, expected from < to"));
}

TEST(ProblemsInSource, NameEveryTrainingOptionOfASourceThatIsOnlyEvaluated) {
  SourceOptions source = valid();
  source.format = PointwiseFormat{};
  source.eval = std::move(source.train);
  source.train.clear();
  EXPECT_THAT(problems_in_source(source), IsEmpty());
  source.share = 1;
  source.active.to = 0.5;
  source.score_scaling = ScoreScaling::standardize;
  source.attributes = {"x"};
  source.attribute_weights = {{"x", 2}};
  source.annotator_scaling = AnnotatorScaling::center;
  const std::string rest =
      ": found on a source without train files, expected only where there are some";
  EXPECT_THAT(problems_in_source(source),
              ElementsAre("share" + rest, "active" + rest, "score_scaling" + rest,
                          "attribute_weights" + rest, "annotator_scaling" + rest));
}

SourceOptions rated() {
  SourceOptions source = valid();
  source.format = PointwiseFormat{};
  return source;
}

TEST(ProblemsInSource, NameInvalidAttributes) {
  SourceOptions source = rated();
  source.attributes = {"x", "score", "y"};
  source.attribute_weights = {{"x", 0.5}};
  source.rows.map = {{"x", "stars"}};
  EXPECT_THAT(problems_in_source(source), IsEmpty());
  source.rows.map.clear();
  source.attributes = {"helpful", "helpful", "", "prompt", "annotators"};
  source.attribute_weights = {{"helpfull", 1}};
  const std::string rest = ", expected fields that are scores, each once";
  EXPECT_THAT(
      problems_in_source(source),
      ElementsAre("attributes: found \"helpful\" twice" + rest, "attributes: found \"\"" + rest,
                  "attributes: found \"prompt\"" + rest, "attributes: found \"annotators\"" + rest,
                  "attribute_weights: found \"helpfull\" (did you mean \"helpful\"?), "
                  "expected one of the attributes"));
  source.attributes = {"x"};
  source.attribute_weights = {{"x", -1}};
  EXPECT_THAT(problems_in_source(source),
              ElementsAre("attribute_weights.x: found -1, expected at least 0"));
}

TEST(ProblemsInSource, NameScoreOptionsOfSourcesWithoutScores) {
  SourceOptions source = valid();
  source.attributes = {"x"};
  source.annotators = Annotators::each;
  source.annotator_scaling = AnnotatorScaling::center;
  source.pairs_from_scores = PairsFromScores{};
  const std::string rest = ": found on format pairwise, expected only for format pointwise";
  EXPECT_THAT(
      problems_in_source(source),
      testing::IsSupersetOf({"attributes" + rest +
                                 " and segments; for comparisons, reward_weights "
                                 "says what they are of",
                             "annotators" + rest, "annotator_scaling" + rest,
                             std::string("pairs_from_scores: found on a source without scored "
                                         "responses, expected format pointwise or ranked")}));
}

TEST(ProblemsInSource, NameOptionsThatConflictWithPairsFromScores) {
  SourceOptions source = rated();
  source.pairs_from_scores = PairsFromScores{};
  source.attributes = {"x"};
  source.annotator_scaling = AnnotatorScaling::center;
  EXPECT_THAT(problems_in_source(source), IsEmpty());
  source.attributes = {"x", "y"};
  source.annotators = Annotators::each;
  source.score_scaling = ScoreScaling::standardize;
  EXPECT_THAT(
      problems_in_source(source),
      ElementsAre("pairs_from_scores: found together with several attributes, expected one: pairs "
                  "are made by one score",
                  "annotators: found \"each\" together with pairs_from_scores, expected \"mean\"",
                  "score_scaling: found together with pairs_from_scores, which leaves no targets "
                  "to scale"));
}

TEST(ProblemsInSource, NameUnknownAndRepeatedColumns) {
  SourceOptions source = valid();
  source.rows.map = {{"chosn", "x"}};
  EXPECT_THAT(
      problems_in_source(source),
      ElementsAre("fields: found \"chosn\" (did you mean \"chosen\"?), expected one of "
                  "prompt, chosen, rejected, response_a, response_b, preferred, votes_a, "
                  "votes_b, votes_tie, preference, tie, margin, strength, tools, documents, "
                  "chat_template_kwargs, weight, id"));
  source.rows.map = {{"chosen", "x"}, {"rejected", "x"}};
  EXPECT_THAT(problems_in_source(source),
              ElementsAre("fields.rejected: found \"x\", expected a field of the files that no "
                          "other name uses"));
}

TEST(ProblemsAcrossSources, NameConflictsBetweenSources) {
  SourceOptions a = valid("a"), b = valid("b"), only_evaluated = valid("c");
  std::swap(only_evaluated.train, only_evaluated.eval);
  EXPECT_THAT(problems_across_sources({a, b, only_evaluated}), IsEmpty());
  EXPECT_THAT(problems_across_sources({a, a}),
              ElementsAre("name: found \"a\" twice, expected unique names"));
  a.share = 1;
  EXPECT_THAT(
      problems_across_sources({a, b, only_evaluated}),
      ElementsAre("share: found on \"a\" but not on \"b\", expected on all sources or on none"));
  b.share = 2;
  EXPECT_THAT(problems_across_sources({a, b, only_evaluated}), IsEmpty());
}

TEST(RuleOfARow, IsWhatItIsToldElseChatForMessageListsButWhereTextsArePairs) {
  using enum TextRule;
  EXPECT_EQ(rule_of_row(TextChoice::automatic, plain, false), plain);
  EXPECT_EQ(rule_of_row(TextChoice::automatic, plain, true), chat);
  EXPECT_EQ(rule_of_row(TextChoice::automatic, rendered, true), chat);
  EXPECT_EQ(rule_of_row(TextChoice::automatic, pair, true), pair);
  EXPECT_EQ(rule_of_row(TextChoice::plain, chat, true), plain);
  EXPECT_EQ(rule_of_row(TextChoice::chat, pair, false), chat);
}

TEST(Summary, AccountsForEveryRow) {
  LoadReport report{.rows = 10, .used = 5, .bad = 1, .dropped = {{"over_length", 3}}};
  report.dropped["identical"] = 1;
  report.truncated = 2;
  EXPECT_EQ(summary(report),
            "10 rows, 5 used, dropped: 1 identical, 3 over_length, 1 malformed and skipped, "
            "2 truncated");
  EXPECT_EQ(summary({.rows = 2, .used = 2}), "2 rows, 2 used");
}

TEST(Split, NamesTheLineOfAGroup) {
  Split split;
  split.files = {"a.jsonl", "b.jsonl"};
  EXPECT_EQ(split.where((uint64_t{1} << kLocationBits) | 12), "b.jsonl:12");
  EXPECT_EQ(split.where(7), "a.jsonl:7");
}

TEST(Source, HasCovariatesWhereAnswersAreComparedByOneScore) {
  SourceOptions source = valid();
  source.rows.covariates = {{"x", "response | length"}};
  EXPECT_THAT(problems_in_source(source), IsEmpty());
  source.rows.covariates = {{"x", "n"}};
  EXPECT_THAT(problems_in_source(source),
              ElementsAre(testing::HasSubstr(
                  "covariates.x: found \"n\", which is the same for all responses")));
  source.format = PointwiseFormat{};
  EXPECT_THAT(problems_in_source(source), IsEmpty());
  source.attributes = {"a", "b"};
  EXPECT_THAT(
      problems_in_source(source),
      ElementsAre("covariates: found together with several attributes, expected one: answers "
                  "are compared by one score"));
  source.attributes = {};
  source.format = SegmentsFormat{};
  EXPECT_THAT(
      problems_in_source(source),
      ElementsAre("covariates: found on format segments, expected pairs, lists, or ratings of "
                  "answers"));
}

}  // namespace
}  // namespace laurel::source_test
