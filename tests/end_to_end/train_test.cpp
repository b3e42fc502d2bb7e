// From files to an exported model and back, through the real binary.
#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>

#include "core/files.h"
#include "core/str.h"
#include "end_to_end/program.h"

namespace laurel::train_test {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

namespace fs = std::filesystem;

// Trains with `config` in the folder and returns the logged step losses.
std::vector<double> losses_of_run(const fs::path& folder, const Json& config,
                                  const std::string& arguments = "") {
  write_file(folder / "config.json", config.dump());
  const Outcome outcome = run_laurel("train config.json --overwrite " + arguments, folder);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  std::vector<double> losses;
  for (const Json& line : lines_of(folder / "run/metrics.jsonl", "step"))
    losses.push_back(line["loss"]);
  EXPECT_FALSE(losses.empty());
  return losses;
}

// In units of the largest: a loss that has fallen to zero is rounded as the rewards are.
void expect_near(const std::vector<double>& a, const std::vector<double>& b, double relative) {
  ASSERT_EQ(a.size(), b.size());
  const double largest = *std::ranges::max_element(a);  // losses are positive
  for (size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], relative * largest);
}

TEST(Train, LearnsPairsAndLeavesACompleteRunFolder) {
  const fs::path folder = tiny_project("learns_pairs");
  const std::vector<double> losses = losses_of_run(folder, tiny_config({pair_source()}, 30));
  ASSERT_EQ(losses.size(), 30);
  EXPECT_LT(losses.back(), 0.3);
  for (const char* file :
       {"laurel.json", "metrics.jsonl", "log.txt", "final/model.safetensors", "final/run.json",
        "final/config.json", "export/model.safetensors", "export/config.json",
        "export/reward_config.json", "export/tokenizer.json"}) {
    EXPECT_TRUE(fs::exists(folder / "run" / file)) << file;
  }
  const std::vector<Json> evals = lines_of(folder / "run/metrics.jsonl", "eval");
  ASSERT_EQ(evals.size(), 2);  // at the start and at the end
  EXPECT_EQ(evals[0]["step"], 0);
  EXPECT_EQ(evals[1]["step"], 30);
  EXPECT_EQ(evals[1]["n"], 12);
  EXPECT_GT(evals[1]["metrics"]["accuracy"]["value"], 0.9);
}

TEST(Train, StepLinesHoldTheDocumentedKeys) {
  const fs::path folder = tiny_project("step_lines");
  losses_of_run(folder, tiny_config({pair_source()}, 3));
  const std::vector<Json> steps = lines_of(folder / "run/metrics.jsonl", "step");
  for (const char* key : {"kind", "step", "time", "loss", "losses", "groups", "lr", "grad_norm",
                          "scored_positions", "tokens", "computed_tokens", "seconds", "epoch"}) {
    EXPECT_TRUE(steps[0].contains(key)) << key;
  }
  EXPECT_EQ(steps[0]["step"], 1);
  EXPECT_EQ(steps[0]["scored_positions"], 8);
  EXPECT_EQ(steps[0]["groups"]["pairs"], 4);
  EXPECT_NEAR(steps[2]["epoch"].get<double>(), 0.5, 1e-9);
}

TEST(Train, MicroBatchesChangeOnlyRounding) {
  const fs::path folder = tiny_project("micro_batches");
  Json config =
      tiny_config({pair_source(), rating_source()}, 11);  // 11 * 4 groups: sources end raggedly
  config["train"]["lr"] = 1e-3;  // AdamW divides small differences by small gradients
  const std::vector<double> whole = losses_of_run(folder, config);
  const std::vector<double> single =
      losses_of_run(folder, config, "--set train.tokens_per_micro_batch=1");
  expect_near(whole, single, 1e-4);
}

TEST(Train, RecomputeDoesNotChangeResults) {
  const fs::path folder = tiny_project("recompute");
  const Json config = tiny_config({pair_source(), rating_source()}, 5);
  const std::vector<double> kept = losses_of_run(folder, config);
  const std::string weights = read_file(folder / "run/final/model.safetensors");
  for (const std::string recompute : {"gate_up", "inputs"}) {
    EXPECT_EQ(losses_of_run(folder, config, "--set train.recompute=" + recompute), kept);
    EXPECT_EQ(read_file(folder / "run/final/model.safetensors"), weights);
    EXPECT_THAT(read_file(folder / "run/log.txt"), HasSubstr("recompute: " + recompute));
  }
}

TEST(Train, SharingPromptsBetweenGroupsChangesOnlyRounding) {
  const fs::path folder = tiny_project("shared_prompts");
  std::vector<Json> pairs = tiny_pairs(24), ratings = tiny_ratings(16);
  for (size_t i = 0; i < pairs.size(); ++i) pairs[i]["prompt"] = str("Of prompt ", i % 3, ". ");
  for (Json& rating : ratings) rating["prompt"] = "Of prompt 1. ";
  write_lines(folder / "pairs.jsonl", pairs);
  write_lines(folder / "ratings.jsonl", ratings);
  Json config = tiny_config({pair_source(), rating_source()}, 10);
  config["train"]["batch_size"] = 8;
  config["train"]["lr"] = 1e-3;
  const auto computed_tokens = [&] {
    int64_t tokens = 0;
    for (const Json& line : lines_of(folder / "run/metrics.jsonl", "step")) {
      tokens += line["computed_tokens"].get<int64_t>();
    }
    return tokens;
  };
  const std::vector<double> together = losses_of_run(folder, config);
  const int64_t fewer = computed_tokens();
  expect_near(together, losses_of_run(folder, config, "--set train.group_by_prompt=false"), 1e-4);
  EXPECT_LT(static_cast<double>(fewer), 0.85 * static_cast<double>(computed_tokens()));
}

TEST(Train, EvaluationDoesNotChangeTraining) {
  const fs::path folder = tiny_project("evaluation_changes_nothing");
  Json config = tiny_config({pair_source()}, 5);
  config["train"]["shuffle"] = true;
  const std::vector<double> never = losses_of_run(folder, config, "--set train.eval_every=0");
  EXPECT_EQ(never, losses_of_run(folder, config, "--set train.eval_every=1"));
  EXPECT_EQ(lines_of(folder / "run/metrics.jsonl", "eval").size(), 5);
}

TEST(Train, TheResolvedConfigReproducesTheRun) {
  const fs::path folder = tiny_project("reproduces");
  const std::vector<double> first = losses_of_run(folder, tiny_config({pair_source()}, 4));
  const Json resolved =
      parse_json(read_file(folder / "run/laurel.json"), "laurel.json", ErrorKind::usage);
  EXPECT_EQ(first, losses_of_run(folder, resolved));
}

TEST(Train, TheTokenCacheChangesNothing) {
  const fs::path folder = tiny_project("token_cache");
  Json pairs = pair_source();
  pairs.erase("eval");
  pairs["eval_fraction"] = 0.2;
  const Json config = tiny_config({pairs}, 3);
  const auto log_of_run = [&] { return read_file(folder / "run/log.txt"); };
  const std::vector<double> without =
      losses_of_run(folder, config, "--set data.cache=false --set train.shuffle=true");
  EXPECT_FALSE(fs::exists(folder / "cache"));
  EXPECT_EQ(losses_of_run(folder, config, "--set train.shuffle=true"), without);
  EXPECT_THAT(log_of_run(), Not(HasSubstr("from the token cache")));
  EXPECT_EQ(losses_of_run(folder, config, "--set train.shuffle=true"), without);
  EXPECT_THAT(log_of_run(), HasSubstr("source pairs: 24 rows from the token cache"));
  EXPECT_EQ(
      losses_of_run(folder, config, "--set train.shuffle=true --set data.cache_folder=my_cache"),
      without);
  EXPECT_FALSE(fs::is_empty(folder / "my_cache"));
}

TEST(Train, ExportGivesTheBytesOfTheRunsExportFolder) {
  const fs::path folder = tiny_project("export_bytes");
  losses_of_run(folder, tiny_config({pair_source()}, 2));
  EXPECT_EQ(run_laurel("export run other", folder).code, 0);
  int files = 0;
  for (const auto& file : fs::directory_iterator(folder / "run/export")) {
    EXPECT_EQ(read_file(file.path()), read_file(folder / "other" / file.path().filename()));
    ++files;
  }
  EXPECT_GE(files, 5);
  EXPECT_EQ(files, std::distance(fs::directory_iterator(folder / "other"), {}));
}

TEST(Train, ANonEmptyFolderIsRefusedAndOnlyARunIsOverwritten) {
  const fs::path folder = tiny_project("refuses");
  write_file(folder / "config.json", tiny_config({pair_source()}, 1).dump());
  fs::create_directories(folder / "run");
  write_file(folder / "run/thesis.txt", "mine");
  for (const char* arguments : {"train config.json", "train config.json --overwrite"}) {
    const Outcome outcome = run_laurel(arguments, folder);
    EXPECT_EQ(outcome.code, 8);
    EXPECT_THAT(outcome.err, HasSubstr("run: "));
    EXPECT_EQ(read_file(folder / "run/thesis.txt"), "mine");
  }
}

TEST(Train, ANonFiniteLossStopsBeforeTheUpdate) {
  const fs::path folder = tiny_project("non_finite");
  std::vector<Json> ratings = tiny_ratings(8);
  for (Json& row : ratings) row["score"] = 3e38;
  write_lines(folder / "ratings.jsonl", ratings);
  write_file(folder / "config.json", tiny_config({rating_source()}, 3).dump());
  const Outcome outcome = run_laurel("train config.json", folder);
  EXPECT_EQ(outcome.code, 6);
  EXPECT_THAT(outcome.err,
              HasSubstr("step 1: found gradient norm nan, loss of ratings inf, expected finite"));
  EXPECT_FALSE(fs::exists(folder / "run/final"));
}

TEST(Train, ChatAndPlainTextBothTrain) {
  const fs::path folder = scratch_folder("chat");
  make_tiny_model(folder / "model", "blocks");
  write_lines(folder / "pairs.jsonl", tiny_pairs(24, true));
  Json source = pair_source();
  source.erase("eval");
  source["text"] = "auto";
  EXPECT_LT(losses_of_run(folder, tiny_config({source}, 20)).back(), 0.4);
  // All that the model saw is chat, so that is what a string is to it from here on.
  const Json reward = Json::parse(read_file(folder / "run/export/reward_config.json"));
  EXPECT_EQ(reward["text"], "chat");
}

}  // namespace
}  // namespace laurel::train_test
