// Each rule across the options of a source, by its message.
#include "data/source.h"

#include <gmock/gmock.h>

namespace laurel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

SourceOptions valid(const std::string& name = "ukp") {
  SourceOptions source;
  source.name = name;
  source.train = {{"a.jsonl"}};
  return source;
}

TEST(SourceProblems, AreNoneForAnOrdinarySource) {
  EXPECT_THAT(source_problems(valid()), IsEmpty());
}

TEST(SourceProblems, NameWhatIsWrongWithOneSource) {
  SourceOptions source = valid("UKP");
  EXPECT_THAT(source_problems(source),
              ElementsAre("name: found \"UKP\", expected letters a-z, digits and _"));
  source = valid();
  source.train.clear();
  EXPECT_THAT(source_problems(source),
              ElementsAre("train: found neither train nor eval files, expected at least one file"));
  source = valid();
  source.eval = {{"b.jsonl"}};
  source.eval_fraction = 0.1;
  EXPECT_THAT(source_problems(source),
              ElementsAre("eval_fraction: found beside eval files, expected one of the two"));
  source = valid();
  source.score_scaling = ScoreScaling::standardize;
  EXPECT_THAT(
      source_problems(source),
      ElementsAre("score_scaling: found on pairs or lists, which have no targets to scale"));
  source = valid();
  source.active = {.from = 0.5, .to = 0.5};
  EXPECT_THAT(source_problems(source),
              ElementsAre("active: found from 0.5 to 0.5, expected from < to"));
}

TEST(SourceProblems, NameEveryTrainingOptionOfASourceThatIsOnlyEvaluated) {
  SourceOptions source = valid();
  source.format = Format::pointwise;
  source.eval = std::move(source.train);
  source.train.clear();
  EXPECT_THAT(source_problems(source), IsEmpty());
  source.share = 1;
  source.active.to = 0.5;
  source.score_scaling = ScoreScaling::standardize;
  const std::string rest =
      ": found on a source without train files, expected only where there are some";
  EXPECT_THAT(source_problems(source),
              ElementsAre("share" + rest, "active" + rest, "score_scaling" + rest));
}

TEST(SourceProblems, NameColumnsThatDoNotExistOrMeetTwice) {
  SourceOptions source = valid();
  source.columns = {{"chosn", "x"}};
  EXPECT_THAT(source_problems(source),
              ElementsAre("columns: found \"chosn\" (is \"chosen\" meant?), expected one of "
                          "prompt, chosen, rejected, response_a, response_b, preferred, margin, "
                          "weight"));
  source.columns = {{"chosen", "x"}, {"rejected", "x"}};
  EXPECT_THAT(source_problems(source),
              ElementsAre("columns.rejected: found \"x\", expected a field of the files that no "
                          "other name uses"));
}

TEST(SourcesProblems, NameWhatSourcesDisagreeIn) {
  SourceOptions a = valid("a"), b = valid("b"), only_evaluated = valid("c");
  std::swap(only_evaluated.train, only_evaluated.eval);
  EXPECT_THAT(sources_problems({a, b, only_evaluated}), IsEmpty());
  EXPECT_THAT(sources_problems({a, a}),
              ElementsAre("name: found \"a\" twice, expected unique names"));
  a.share = 1;
  EXPECT_THAT(
      sources_problems({a, b, only_evaluated}),
      ElementsAre("share: found on \"a\" but not on \"b\", expected on all sources or on none"));
  b.share = 2;
  EXPECT_THAT(sources_problems({a, b, only_evaluated}), IsEmpty());
}

TEST(Summary, AccountsForEveryRow) {
  LoadReport report{.rows = 10, .used = 5, .bad = 1, .dropped = {{"over_length", 3}}};
  report.dropped["identical"] = 1;
  report.truncated = 2;
  EXPECT_EQ(summary(report),
            "10 rows, 5 used, dropped: 1 identical, 3 over_length, 1 malformed and skipped, 2 "
            "truncated");
  EXPECT_EQ(summary({.rows = 2, .used = 2}), "2 rows, 2 used");
}

TEST(Split, NamesTheLineOfAGroup) {
  Split split;
  split.files = {"a.jsonl", "b.jsonl"};
  EXPECT_EQ(split.where((uint64_t{1} << kLineBits) | 12), "b.jsonl:12");
  EXPECT_EQ(split.where(7), "a.jsonl:7");
}

}  // namespace
}  // namespace laurel
