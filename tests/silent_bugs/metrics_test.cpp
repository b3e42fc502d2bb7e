// Silent bugs of metrics and scores.
#include <gmock/gmock.h>

#include <bit>
#include <cmath>
#include <set>

#include "core/files.h"
#include "core/random.h"
#include "ops/cpu_features.h"
#include "silent_bugs/runs.h"

namespace laurel::metrics_test {
namespace {

namespace fs = std::filesystem;

// A classifier with a random head, whose rewards go with nothing.
fs::path classifier(const std::string& name) {
  const fs::path folder = tiny_project(name);
  make_tiny_model(folder / "classifier", "blocks", true);
  return folder;
}

// Dropout is active during evaluation.
TEST(SilentBugs, EvaluatingTwiceGivesTheSameBits) {
  const fs::path folder = classifier("silent_twice");
  EXPECT_EQ(evaluated(folder, "classifier", "pairs.jsonl").at("metrics"),
            evaluated(folder, "classifier", "pairs.jsonl").at("metrics"));
  EXPECT_EQ(scored(folder, "classifier", "pairs.jsonl"),
            scored(folder, "classifier", "pairs.jsonl"));
}

// The head computes in bf16.
TEST(SilentBugs, RewardsOfABf16BackboneAreFp32) {
  if (!has_fast_bf16()) GTEST_SKIP() << "bf16 is refused on this CPU";
  const fs::path folder = classifier("silent_bf16_rewards");
  const std::vector<Json> rows = scored(folder, "classifier", "pairs.jsonl", "--precision bf16");
  std::set<float> different;
  int rounded = 0;
  for (const Json& row : rows) {
    const auto reward = row["chosen_reward"].get<float>();
    different.insert(reward);
    rounded += (std::bit_cast<uint32_t>(reward) & 0xFFFF) == 0;
  }
  EXPECT_EQ(different.size(), rows.size());  // no ties
  EXPECT_LE(rounded, 1);
}

// Accuracy survives swapping the sides.
TEST(SilentBugs, SwappingTheSidesOfEveryPairMirrorsTheMetrics) {
  const fs::path folder = classifier("silent_swap");
  std::vector<Json> as_judged = tiny_pairs(23), swapped, preferred, contradictory;
  for (const Json& row : as_judged) {
    swapped.push_back(
        {{"prompt", row["prompt"]}, {"chosen", row["rejected"]}, {"rejected", row["chosen"]}});
    preferred.push_back({{"prompt", row["prompt"]},
                         {"response_a", row["rejected"]},
                         {"response_b", row["chosen"]},
                         {"preferred", "b"}});
    contradictory.insert(contradictory.end(), {row, swapped.back()});
  }
  const auto of = [&](const std::vector<Json>& rows) {
    write_lines(folder / "rows.jsonl", rows);
    return evaluated(folder, "classifier", "rows.jsonl");
  };
  const Json before = of(as_judged), after = of(swapped);
  const double accuracy = metric(before, "accuracy");
  ASSERT_NE(accuracy, 0.5);
  EXPECT_NEAR(metric(after, "accuracy"), 1 - accuracy, 1e-12);
  EXPECT_NEAR(metric(after, "margin"), -metric(before, "margin"), 1e-6);
  EXPECT_NEAR(metric(of(preferred), "accuracy"), accuracy, 1e-12);
  EXPECT_NEAR(metric(of(contradictory), "accuracy"), 0.5, 1e-12);
}

// Mean squared error and Pearson's correlation, from `laurel score` and the file alone.
std::pair<double, double> by_hand(const std::vector<Json>& rows) {
  double n = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0, squares = 0;
  for (const Json& row : rows) {
    const double reward = row["reward"], score = row["score"];
    n += 1;
    x += reward;
    y += score;
    xx += reward * reward;
    yy += score * score;
    xy += reward * score;
    squares += (reward - score) * (reward - score);
  }
  const double covariance = xy - x * y / n;
  return {squares / n, covariance / std::sqrt((xx - x * x / n) * (yy - y * y / n))};
}

// Labels are zeroed before metrics.
TEST(SilentBugs, MetricsFollowTheScoresOfTheFile) {
  const fs::path folder = classifier("silent_labels");
  Random random(3);
  std::vector<double> correlations;
  for (int draw = 0; draw < 3; ++draw) {
    std::vector<Json> rows = tiny_ratings(9);
    for (Json& row : rows) row["score"] = random.normal();
    write_lines(folder / "rows.jsonl", rows);
    const Json evaluation = evaluated(folder, "classifier", "rows.jsonl");
    const auto [mse, pearson] = by_hand(scored(folder, "classifier", "rows.jsonl"));
    EXPECT_NEAR(metric(evaluation, "mse"), mse, 1e-6);
    EXPECT_NEAR(metric(evaluation, "pearson"), pearson, 1e-5);
    correlations.push_back(pearson);
  }
  EXPECT_GT(std::abs(correlations[0] - correlations[1]), 0.01);
}

// Evaluation counts padding rows twice, on one device.
TEST(SilentBugs, AnEvaluationCountsEachRowOnceHoweverItIsBatched) {
  const fs::path folder = tiny_project("silent_nine");
  write_lines(folder / "nine.jsonl", tiny_ratings(9));
  Json source = rating_source();
  source["eval"] = {"nine.jsonl"};
  Json config = tiny_config({source}, 1);
  config["train"]["lr"] = 0;
  config["train"]["eval_every"] = 1;
  for (const char* const cut : {"--set run.threads=1", "--set train.tokens_per_micro_batch=1",
                                "--set train.tokens_per_micro_batch=50 --set run.threads=2"}) {
    steps_of_run(folder, config, cut);
    const Json evaluation = lines_of(folder / "run/metrics.jsonl", "eval").back();
    EXPECT_EQ(evaluation["n"], 9);
    EXPECT_EQ(evaluation["dropped"], 0);
    const auto [mse, pearson] = by_hand(scored(folder, "run", "nine.jsonl"));
    EXPECT_NEAR(metric(evaluation, "mse"), mse, 1e-5);
    EXPECT_NEAR(metric(evaluation, "pearson"), pearson, 1e-4);
  }
}

// Serving tokenises differently from training. One pair a step and a rate of zero, so that the loss
// of a step shows the rewards that training sees. 5 tokenizers and templates, 40 rows each.
TEST(SilentBugs, TrainingScoreAndExportGiveARowTheSameReward) {
  for (const std::string name : {"marks", "brackets", "turns", "thinking", "first"}) {
    const fs::path folder = scratch_folder("silent_one_reward_" + name);
    make_tiny_model(folder / "model", name);
    const bool chat = name != "first";
    write_lines(folder / "pairs.jsonl", tiny_pairs(40, chat));
    Json source = pair_source();
    source.erase("eval");
    source["text"] = chat ? "chat" : "plain";
    Json config = tiny_config({source}, 40);
    config["train"]["batch_size"] = 1;
    config["train"]["lr"] = 0;
    const auto losses = column(steps_of_run(folder, config), "loss");
    const std::vector<Json> rows = scored(folder, "run", "pairs.jsonl");
    ASSERT_EQ(rows.size(), 40u);
    for (size_t i = 0; i < rows.size(); ++i) {
      const double margin =
          rows[i]["chosen_reward"].get<double>() - rows[i]["rejected_reward"].get<double>();
      EXPECT_NEAR(losses[i], softplus(-margin), 1e-5) << name << " " << i;
      EXPECT_GT(std::abs(margin), 1e-6);
    }
    EXPECT_EQ(scored(folder, "run/export", "pairs.jsonl"), rows) << name;
  }
}

}  // namespace
}  // namespace laurel::metrics_test
