// What rewards mean without --source, and score --as: checked against the formulas by hand.
#include <gmock/gmock.h>

#include <cmath>

#include "core/files.h"
#include "core/str.h"
#include "end_to_end/program.h"

namespace laurel::meaning_test {
namespace {

using testing::HasSubstr;
using testing::Not;

namespace fs = std::filesystem;

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

Json labelled_source(const std::string& name, const std::string& file, const Json& loss) {
  return {{"name", name},    {"format", "pointwise"}, {"text", "plain"},
          {"train", {file}}, {"eval", {file}},        {"loss", loss}};
}

std::vector<Json> yes_and_no() {
  std::vector<Json> rows = tiny_ratings(16);
  for (Json& row : rows) row["score"] = row["score"].get<int>() >= 3 ? 1 : 0;
  return rows;
}

fs::path trained(const std::string& name, const std::vector<Json>& sources) {
  const fs::path folder = tiny_project(name);
  write_lines(folder / "yes.jsonl", yes_and_no());
  write_file(folder / "config.json", tiny_config(sources, 12).dump());
  const Outcome outcome = train(folder);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  return folder;
}

std::vector<double> scored(const fs::path& folder, const std::string& file,
                           const std::string& options = "") {
  const Outcome outcome = run_laurel("score run " + file + " out.jsonl " + options, folder);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  std::vector<double> rewards;
  for (const Json& row : lines_of(folder / "out.jsonl")) rewards.push_back(row["reward"]);
  return rewards;
}

double metric(const Outcome& outcome, const std::string& name) {
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  return Json::parse(outcome.out)["metrics"][name]["value"];
}

TEST(Meaning, TheOnlySourceOfYesAndNoPredictsProbabilities) {
  const fs::path folder = trained(
      "meaning_binary", {labelled_source("yes", "yes.jsonl", {{"type", "binary_cross_entropy"}})});
  const std::vector<double> rewards = scored(folder, "yes.jsonl");
  const std::vector<double> probabilities = scored(folder, "yes.jsonl", "--as probability");
  const std::vector<Json> rows = lines_of(folder / "yes.jsonl");
  double right = 0, brier = 0, plain = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    const double p = sigmoid(rewards[i]), label = rows[i]["score"];
    EXPECT_NEAR(probabilities[i], p, 1e-6);
    right += (p > 0.5) == (label == 1);
    brier += (p - label) * (p - label);
    plain += (rewards[i] - label) * (rewards[i] - label);
  }
  const double n = static_cast<double>(rows.size());
  const Outcome outcome = run_laurel("eval run yes.jsonl --json -", folder);
  EXPECT_NEAR(metric(outcome, "accuracy"), right / n, 1e-9);
  EXPECT_NEAR(metric(outcome, "brier"), brier / n, 1e-5);
  EXPECT_THAT(outcome.err, HasSubstr("rewards are read as source yes learned them "
                                     "(binary_cross_entropy); --raw compares them as they are"));
  const Outcome raw = run_laurel("eval run yes.jsonl --raw --json -", folder);
  EXPECT_NEAR(metric(raw, "brier"), plain / n, 1e-4 * plain);
  const Outcome ratings = run_laurel("eval run ratings.jsonl", folder);
  EXPECT_EQ(ratings.code, 3);
  EXPECT_THAT(ratings.err, HasSubstr("ratings.jsonl:2: found the score 2, expected a number from 0 "
                                     "to 1 for the loss binary_cross_entropy of source yes; --raw "
                                     "compares rewards as they are"));
  const Outcome both = run_laurel("eval run yes.jsonl --raw --source yes", folder);
  EXPECT_EQ(both.code, 2);
  EXPECT_THAT(both.err, HasSubstr("--raw: found it beside --source"));
}

TEST(Meaning, AnOrdinalSourcePredictsItsExpectedScore) {
  const fs::path folder =
      trained("meaning_ordinal",
              {labelled_source("stars", "ratings.jsonl", {{"type", "ordinal"}, {"levels", 5}})});
  const Json config = parse_json(read_file(folder / "run/final/reward_config.json"),
                                 "reward_config", ErrorKind::model);
  const std::vector<double> learned = config["sources"][0]["loss_parameters"];
  ASSERT_EQ(learned.size(), 4u);
  std::vector<double> cuts = {learned[0]};
  for (size_t k = 1; k < 4; ++k) cuts.push_back(cuts.back() + std::log1p(std::exp(learned[k])));
  const std::vector<double> rewards = scored(folder, "ratings.jsonl");
  const std::vector<double> scores = scored(folder, "ratings.jsonl", "--as score");
  const std::vector<Json> rows = lines_of(folder / "ratings.jsonl");
  double error = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    double expected = 1;
    for (const double cut : cuts) expected += sigmoid(rewards[i] - cut);
    EXPECT_NEAR(scores[i], expected, 1e-4);
    const double label = rows[i]["score"];
    error += (expected - label) * (expected - label) / 16;
  }
  EXPECT_NEAR(metric(run_laurel("eval run ratings.jsonl --json -", folder), "mse"), error, 1e-4);
  const Outcome probability = run_laurel("score run ratings.jsonl - --as probability", folder);
  EXPECT_EQ(probability.code, 2);
  EXPECT_THAT(
      probability.err,
      HasSubstr("--as probability: found the model's sources: stars (ordinal); expected one "
                "with the loss binary_cross_entropy"));
}

TEST(Meaning, StandardizedScoresComeBackInTheirUnits) {
  Json source = labelled_source("ratings", "ratings.jsonl", {{"type", "squared_error"}});
  source["score_scaling"] = "standardize";
  const fs::path folder = trained("meaning_scaled", {source});
  const Json scaling = parse_json(read_file(folder / "run/final/reward_config.json"),
                                  "reward_config", ErrorKind::model)["sources"][0]["scaling"][0];
  const std::vector<double> rewards = scored(folder, "ratings.jsonl");
  const std::vector<double> scores = scored(folder, "ratings.jsonl", "--as score");
  for (size_t i = 0; i < rewards.size(); ++i) {
    EXPECT_NEAR(scores[i],
                scaling["mean"].get<double>() + scaling["deviation"].get<double>() * rewards[i],
                1e-5);
  }
}

TEST(Meaning, OfSeveralSourcesIsAskedFor) {
  const fs::path folder =
      trained("meaning_several",
              {labelled_source("yes", "yes.jsonl", {{"type", "binary_cross_entropy"}}),
               labelled_source("stars", "ratings.jsonl", {{"type", "ordinal"}, {"levels", 5}}),
               pair_source()});
  const Outcome unclear = run_laurel("eval run yes.jsonl", folder);
  EXPECT_EQ(unclear.code, 2);
  EXPECT_THAT(unclear.err, HasSubstr("--source: found none, and several sources that fit the rows "
                                     "mean different things: yes (binary_cross_entropy), stars "
                                     "(ordinal); expected one of them, or --raw for rewards as "
                                     "they are"));
  EXPECT_EQ(run_laurel("eval run yes.jsonl --source yes", folder).code, 0);
  EXPECT_EQ(run_laurel("eval run yes.jsonl --raw", folder).code, 0);
  const Outcome pairs = run_laurel("eval run held_out.jsonl", folder);
  EXPECT_EQ(pairs.code, 0) << pairs.err;
  EXPECT_THAT(pairs.err, Not(HasSubstr("--source")));
  EXPECT_THAT(run_laurel("score run yes.jsonl - --as score", folder).err,
              HasSubstr("--source: found none, and several sources of ratings mean different"));
  EXPECT_EQ(scored(folder, "yes.jsonl", "--as score --source stars").size(), 16u);
  EXPECT_EQ(scored(folder, "yes.jsonl", "--as probability").size(), 16u);  // only one has them
  const Outcome wrong = run_laurel("score run yes.jsonl - --as score --source pairs", folder);
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("--as score: found the source pairs among the model's sources"));
  EXPECT_THAT(run_laurel("score run yes.jsonl - --source yes", folder).err,
              HasSubstr("--source: found it without --as"));
}

TEST(Meaning, AModelOfPairsComparesRatingsAsTheyAreAndSaysSo) {
  const fs::path folder = trained("meaning_pairs", {pair_source()});
  const Outcome outcome = run_laurel("eval run ratings.jsonl", folder);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("no source of the model has such labels (pairs "
                                     "(bradley_terry)): rewards are compared with scores as they "
                                     "are"));
  const Outcome score = run_laurel("score run ratings.jsonl - --as score", folder);
  EXPECT_EQ(score.code, 2);
  EXPECT_THAT(score.err, HasSubstr("expected one of ratings, which has scores to predict"));
}

TEST(Eval, OptionsOfRowsAreChecked) {
  const fs::path folder = trained("eval_rows", {pair_source()});
  const Outcome separator = run_laurel("eval run held_out.jsonl --separator x", folder);
  EXPECT_EQ(separator.code, 2);
  EXPECT_THAT(separator.err,
              HasSubstr("--separator: found it for rows of format pairwise, expected rows of "
                        "segments"));
  std::vector<Json> rows = lines_of(folder / "held_out.jsonl");
  rows[1]["extra"] = 1;
  rows[2].erase("rejected");
  write_lines(folder / "some.jsonl", rows);
  const Outcome bad = run_laurel("eval run some.jsonl", folder);
  EXPECT_EQ(bad.code, 3);
  EXPECT_THAT(bad.err, HasSubstr("some.jsonl:3: "));
  EXPECT_THAT(bad.err, HasSubstr("(--bad-rows: how many malformed rows to skip)"));
  const Outcome skipped = run_laurel("eval run some.jsonl --bad-rows 1", folder);
  EXPECT_EQ(skipped.code, 0) << skipped.err;
  EXPECT_THAT(skipped.err, HasSubstr("ignored fields: extra"));
  EXPECT_THAT(skipped.out, HasSubstr("covers 11 of 12 rows, 1 dropped: 1 malformed"));
  const Outcome plain =
      run_laurel("eval run held_out.jsonl --text plain --max-length 1000", folder);
  EXPECT_EQ(plain.code, 0) << plain.err;
  EXPECT_THAT(plain.err, HasSubstr("texts are plain, as --text says, rows of up to 1000 tokens; "
                                   "the model was trained on at most 128"));
  EXPECT_THAT(run_laurel("eval --help", folder).out,
              HasSubstr("pairs, ratings, rankings or segments"));
}

TEST(Precision, IsThatOfTheRunAndAnotherSaysWhatItChanges) {
  const fs::path folder = trained("precision_of_run", {pair_source()});
  const Outcome own = run_laurel("eval run held_out.jsonl --json -", folder);
  ASSERT_EQ(own.code, 0) << own.err;
  EXPECT_THAT(own.err, HasSubstr("precision: fp32, as the run was evaluated\n"));
  EXPECT_THAT(own.err, HasSubstr("weights: fp32"));
  EXPECT_EQ(Json::parse(own.out)["weights"], "fp32");
  EXPECT_EQ(lines_of(folder / "run/metrics.jsonl", "eval").back()["weights"], "fp32");
  const Outcome other = run_laurel("eval run held_out.jsonl --precision bf16", folder);
  if (other.code != 0) {
    EXPECT_THAT(other.err, HasSubstr("--precision: found bf16, but this CPU has neither"));
    GTEST_SKIP() << "this CPU has no products of bf16";
  }
  EXPECT_THAT(other.err, HasSubstr("precision: bf16, as --precision says; without it fp32, as the "
                                   "run was evaluated"));
  EXPECT_THAT(other.err, HasSubstr("--precision bf16: 24 rewards of the first rows move by "));
  EXPECT_THAT(other.out, HasSubstr("weights: bf16, rounded from the file's"));
  const Outcome score = run_laurel("score run held_out.jsonl out.jsonl --precision bf16", folder);
  EXPECT_EQ(score.code, 0);
  EXPECT_THAT(score.err, HasSubstr("--precision bf16: 24 rewards of the first rows move by "));
  EXPECT_EQ(lines_of(folder / "out.jsonl").size(), 12u);
}

}  // namespace
}  // namespace laurel::meaning_test
