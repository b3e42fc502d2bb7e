// Ratings from files to labels: attributes, annotators, pairs of scores, and what is said of them.
#include <gmock/gmock.h>

#include "core/str.h"
#include "data/batches/pack.h"
#include "data/sources/load.h"
#include "data/sources/loaded_row.h"
#include "data/tiny.h"

namespace laurel::load_labels_test {
namespace {

using test::context_of;
using test::error_of;
using test::write_data;
using testing::Contains;
using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;
using testing::IsEmpty;

std::string row(int prompt, int answer, const std::string& fields) {
  return str(R"({"prompt": "w)", prompt, R"(", "response": " w)", answer, R"(", )", fields, "}\n");
}

SourceOptions source_with(const std::string& rows, std::vector<std::string> attributes = {}) {
  SourceOptions options = test::ratings_from(write_data("ratings.jsonl", rows));
  options.attributes = std::move(attributes);
  return options;
}

Ratings scores_in(const Split& split, size_t i) {
  return std::get<Ratings>(split.groups.at(i).label);
}

TEST(LoadAttributes, WeighsThemInTrainingOnly) {
  SourceOptions options =
      source_with(row(1, 2, R"("x": 3, "y": 1)") + row(1, 3, R"("x": 4)"), {"x", "y"});
  options.eval = options.train;
  options.attribute_weights = {{"x", 0.5}};
  const SourceData data = load_source(options, 0, context_of());
  EXPECT_THAT(scores_in(data.train, 0).weight, ElementsAre(0.5, 1));
  EXPECT_THAT(scores_in(data.train, 1).weight, ElementsAre(0.5, 0));
  EXPECT_THAT(scores_in(data.eval, 0).weight, ElementsAre(1, 1));
  EXPECT_THAT(data.scaling, ElementsAre(Scaling{}, Scaling{}));
}

TEST(LoadAttributes, ScalesEachByItself) {
  SourceOptions options =
      source_with(row(1, 2, R"("x": 1, "y": 5)") + row(1, 3, R"("x": 3, "y": 9)"), {"x", "y"});
  options.score_scaling = ScoreScaling::standardize;
  const SourceData data = load_source(options, 0, context_of());
  EXPECT_THAT(data.scaling,
              ElementsAre(Scaling{.mean = 2, .deviation = 1}, Scaling{.mean = 7, .deviation = 2}));
  EXPECT_THAT(scores_in(data.train, 1).score, ElementsAre(1, 1));
}

TEST(LoadAttributes, RefusesAnAttributeThatNoRowLabels) {
  SourceOptions options = source_with(row(1, 2, R"("x": 3)"), {"x", "y"});
  EXPECT_EQ(error_of(ErrorKind::data, [&] { load_source(options, 0, context_of()); }),
            "source ukp: found no training row that labels the attribute \"y\", expected one or "
            "more with a number in the field \"y\" (\"fields\" says where it is)");
  std::swap(options.train, options.eval);
  EXPECT_THAT(error_of(ErrorKind::data, [&] { load_source(options, 0, context_of()); }),
              HasSubstr("found no evaluation row that labels"));
}

std::string two_annotators() {
  return row(1, 2, R"("scores": [1, 4], "annotators": ["u", "v"])") +
         row(1, 3, R"("scores": [3, 8], "annotators": ["u", "v"])");
}

TEST(LoadAnnotators, TakesTheirMeanAndSaysHowFarTheyAgree) {
  const SourceData data = load_source(source_with(two_annotators()), 0, context_of());
  EXPECT_THAT(scores_in(data.train, 1).score, ElementsAre(5.5));
  EXPECT_THAT(scores_in(data.train, 1).weight, ElementsAre(2));
  EXPECT_THAT(scores_in(data.train, 1).deviation, ElementsAre(FloatNear(3.5355339f, 1e-6f)));
  // Squared differences: within 9 and 25, of any two of the four 4, 9, 49, 1, 25, 16 in 6 pairs.
  EXPECT_THAT(data.notes, Contains("source ukp: scores by 2 annotators: 2 responses have two or "
                                   "more, with a mean deviation of 2.83; Krippendorff's alpha "
                                   "(interval) is 0.02"));
}

TEST(LoadAnnotators, MakesATermOfEachScoreInTrainingOnly) {
  SourceOptions options = source_with(two_annotators());
  options.eval = options.train;
  options.annotators = Annotators::each;
  const SourceData data = load_source(options, 0, context_of());
  EXPECT_THAT(scores_in(data.train, 1).score, ElementsAre(3, 8));
  EXPECT_THAT(scores_in(data.train, 1).weight, ElementsAre(1, 1));
  EXPECT_THAT(scores_in(data.eval, 1).score, ElementsAre(5.5));
  const std::vector<Group> groups(data.train.groups.begin(), data.train.groups.end());
  std::vector<const Group*> pointers;
  for (const Group& group : groups) pointers.push_back(&group);
  const std::vector<Batch> batches = pack(pointers, {}, {});
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(batches[0].origins.size(), 2u);  // each response has one position
  const auto& labels = std::get<PointwiseLabels>(batches[0].labels[0].labels);
  EXPECT_THAT(test::values_of<int64_t>(labels.positions), ElementsAre(0, 0, 1, 1));
  EXPECT_THAT(test::values_of<float>(labels.score), ElementsAre(1, 4, 3, 8));
  EXPECT_EQ(batches[0].labels[0].weight_sum, 4);
}

TEST(LoadAnnotators, ScalesThemInTrainingOnly) {
  SourceOptions options = source_with(two_annotators());
  options.eval = options.train;
  options.annotator_scaling = AnnotatorScaling::center;
  const SourceData data = load_source(options, 0, context_of());
  // Means 2 and 6, of all 4.
  EXPECT_THAT(scores_in(data.train, 0).score, ElementsAre(2.5));
  EXPECT_THAT(scores_in(data.train, 1).score, ElementsAre(5.5));
  EXPECT_THAT(scores_in(data.train, 1).deviation, ElementsAre(FloatNear(0.7071068f, 1e-6f)));
  EXPECT_THAT(scores_in(data.eval, 1).deviation, ElementsAre(FloatNear(3.5355339f, 1e-6f)));
  EXPECT_THAT(data.notes,
              Contains("source ukp: scores of 2 annotators were shifted to the mean of all"));
}

TEST(LoadAnnotators, SaysWhoseScoresStay) {
  SourceOptions options =
      source_with(row(1, 2, R"("scores": [1, 4, 5], "annotators": ["u", "v", "w"])") +
                  row(1, 3, R"("scores": [3, 4], "annotators": ["u", "v"])"));
  options.annotator_scaling = AnnotatorScaling::standardize;
  EXPECT_THAT(
      load_source(options, 0, context_of()).notes,
      Contains("source ukp: scores of 3 annotators were shifted to the mean of all and "
               "scaled to the deviation of all; 1 with a single score are unchanged; 1 with "
               "equal scores are only shifted"));
}

TEST(LoadAnnotators, NeedsTheirNamesToScaleThem) {
  SourceOptions options = source_with(two_annotators() + row(2, 3, R"("scores": [1, 2])"));
  options.annotator_scaling = AnnotatorScaling::center;
  const std::string file = options.train[0].value;
  EXPECT_EQ(error_of(ErrorKind::data, [&] { load_source(options, 0, context_of()); }),
            file +
                ":3: found scores without \"annotators\", expected lists that name them for "
                "annotator_scaling");
  write_data("ratings.jsonl", row(2, 3, R"("score": 1)") + two_annotators());
  EXPECT_THAT(error_of(ErrorKind::data, [&] { load_source(options, 0, context_of()); }),
              HasSubstr(":1: found a score without \"annotators\""));
}

TEST(LoadAnnotators, ComeFromTheCacheWithTheirNames) {
  SourceOptions options = source_with(two_annotators());
  LoadContext context = context_of();
  context.cache = TokenCache{.folder = write_data("keys", "") + "_of_annotators", .program = "p"};
  load_source(options, 0, context);
  options.annotators = Annotators::each;
  options.annotator_scaling = AnnotatorScaling::standardize;
  const SourceData cached = load_source(options, 0, context);
  EXPECT_THAT(cached.notes, Contains(HasSubstr("2 rows from the token cache")));
  const SourceData read = load_source(options, 0, context_of());
  EXPECT_EQ(scores_in(cached.train, 0).score, scores_in(read.train, 0).score);
  EXPECT_EQ(scores_in(cached.train, 0).positions, scores_in(read.train, 0).positions);
}

TEST(LoadPairsFromScores, CountsEveryRowAndKeepsPromptsTogether) {
  std::string rows;
  for (int prompt = 0; prompt < 20; ++prompt) {
    for (int i = 0; i < 3; ++i) {
      rows += row(prompt, 20 + i, str("\"score\": ", prompt == 0 ? 1 : i));
    }
  }
  SourceOptions options = source_with(rows);
  options.eval_fraction = 0.1;
  options.pairs_from_scores = PairsFromScores{.min_gap = 2};
  const SourceData data = load_source(options, 0, context_of());
  EXPECT_EQ(data.train.report.rows + data.eval.report.rows, 60);
  EXPECT_EQ(data.train.groups.size() + data.eval.groups.size(), 19u);
  EXPECT_EQ(data.train.report.used + data.eval.report.used, 38);
  const auto no_pair = [](const Split& split) { return split.report.dropped.at("no_pair"); };
  EXPECT_EQ(no_pair(data.train) + no_pair(data.eval), 22);
  EXPECT_EQ(data.eval.groups.size(), 2u);
  EXPECT_THAT(data.notes, Contains("source ukp, eval: 2 pairs of 4 responses to 2 prompts, by "
                                   "scores that differ by 2 or more"));
  EXPECT_EQ(data.train.groups.stats(0).size(), 2u);
}

// Also from the token cache; "chosen" and "rejected" are an order of the labels.
TEST(LoadPairs, KnowTheOrderInWhichLetteredResponsesWereShown) {
  const std::string rows =
      "{\"prompt\": \"w1\", \"response_a\": \" w2\", \"response_b\": \" w3\", \"preferred\": "
      "\"b\"}\n" +
      test::pair_row(1, 2, 3);
  const SourceOptions options = test::pairs_from({write_data("shown.jsonl", rows)});
  LoadContext context = context_of();
  context.cache = TokenCache{.folder = write_data("keys", "") + "_of_shown", .program = "p"};
  load_source(options, 0, context);
  const SourceData cached = load_source(options, 0, context);
  EXPECT_THAT(cached.notes, Contains(HasSubstr("2 rows from the token cache")));
  EXPECT_TRUE(cached.train.groups.row(0).presented_order);
  EXPECT_FALSE(cached.train.groups.row(1).presented_order);
}

TEST(LoadCovariates, ComeFromTheCacheAndChangeNothingToTrainOn) {
  SourceOptions options = test::pairs_from({write_data(
      "covariates.jsonl", R"({"prompt": "w1", "chosen": " w2", "rejected": " w3", "n": [4, null]})"
                          "\n" +
                              test::pair_row(1, 2, 4))});
  const uint64_t without = load_source(options, 0, context_of()).train.groups.fingerprint();
  options.rows.covariates = {{"n", "n[index] if n else 7"}, {"length", "response | length"}};
  LoadContext context = context_of();
  context.cache = TokenCache{.folder = write_data("keys", "") + "_of_covariates", .program = "p"};
  load_source(options, 0, context);
  const SourceData cached = load_source(options, 0, context);
  EXPECT_THAT(cached.notes, Contains(HasSubstr("2 rows from the token cache")));
  EXPECT_EQ(cached.train.groups.fingerprint(), without);
  EXPECT_THAT(cached.train.covariates, ElementsAre("length", "n"));
  const auto stats = cached.train.groups.stats(0);
  EXPECT_THAT(stats[0].covariates, ElementsAre(3, 4));
  EXPECT_THAT(stats[1].covariates, ElementsAre(3, testing::IsNan()));
  EXPECT_THAT(cached.train.groups.stats(1)[1].covariates, ElementsAre(3, 7));
}

TEST(LoadCovariates, OfRatingsFollowThemIntoPairs) {
  SourceOptions options =
      source_with(row(1, 2, R"("score": 1, "n": 5)") + row(1, 3, R"("score": 2, "n": 6)"));
  options.pairs_from_scores = PairsFromScores{};
  options.rows.covariates = {{"n", "n"}};
  const SourceData data = load_source(options, 0, context_of());
  ASSERT_EQ(data.train.groups.size(), 1u);
  const auto stats = data.train.groups.stats(0);  // the better one first
  EXPECT_THAT(stats[0].covariates, ElementsAre(6));
  EXPECT_THAT(stats[1].covariates, ElementsAre(5));
}

TEST(LoadCovariates, RefuseRowsAndNamesAsFieldsDo) {
  SourceOptions options = source_with(row(1, 2, R"("score": 1, "n": "x")"));
  options.rows.covariates = {{"n", "n"}};
  EXPECT_EQ(
      error_of(ErrorKind::data, [&] { load_source(options, 0, context_of()); }),
      options.train[0].value +
          ":1: covariates.n \"n\" of \"response\": found a string, expected a number, or null where "
          "there is none; `| number` makes one of true, false, and a text that spells one");
  options.rows.covariates = {{"n", "m"}};
  EXPECT_EQ(
      error_of(ErrorKind::data, [&] { load_source(options, 0, context_of()); }),
      "source ukp: covariates.n: found \"m\", which no row has (did you mean \"n\"?), expected "
      "a field of the rows");
}

TEST(LoadRanked, KeepsListsWithRepeatedResponsesAndDropsListsOfIdenticalOnes) {
  const auto list = [](const std::string& responses) {
    return str(R"({"prompt": "w1", "responses": [)", responses, R"(], "ranks": [1, 2, 3]})", "\n");
  };
  SourceOptions options = test::pairs_from(
      {write_data("lists.jsonl", list(R"(" w2", " w2", " w3")") + list(R"(" w2", " w2", " w2")") +
                                     list(R"(" w2", " w4", " w3")"))});
  options.format = RankedFormat{};
  const SourceData data = load_source(options, 0, context_of());
  EXPECT_EQ(summary(data.train.report), "3 rows, 2 used, dropped: 1 identical");
  EXPECT_THAT(data.warnings,
              ElementsAre("source ukp: 1 row with the same response twice; it gets one reward "
                          "whatever its ranks, the first: " +
                          options.train[0].value + ":1"));
  EXPECT_THAT(std::get<Ranking>(data.train.groups[1].label).rank, ElementsAre(1, 2, 3));
}

}  // namespace
}  // namespace laurel::load_labels_test
