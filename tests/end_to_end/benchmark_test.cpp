// eval --benchmark: the files of a published benchmark, scored by its own rules.
#include <gmock/gmock.h>

#include <map>

#include "core/files.h"
#include "core/str.h"
#include "end_to_end/program.h"

namespace laurel::benchmark_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

namespace fs = std::filesystem;

// A folder with a reward model in model/ and the examples of all benchmarks.
fs::path project(const std::string& name) {
  const fs::path folder = scratch_folder(name);
  make_tiny_model(folder / "model", "blocks", true);
  fs::copy(fs::path(LAUREL_SOURCE_DIR) / "tests/golden/benchmarks", folder);
  return folder;
}

Json evaluated(const fs::path& folder, const std::string& arguments) {
  const Outcome outcome = run_laurel(str("eval model ", arguments, " --json -"), folder);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  return Json::parse(outcome.out, nullptr, false);
}

TEST(Benchmark, HasTheScoresOfTheRewardsThatScoreWrites) {
  const fs::path folder = project("benchmark_scores");
  ASSERT_EQ(run_laurel("score model reward_bench.jsonl scored.jsonl --text chat", folder).code, 0);
  std::map<std::string, std::pair<double, double>> wins;  // and rows, by subset
  for (const Json& row : lines_of(folder / "scored.jsonl")) {
    auto& [won, all] = wins[row["subset"]];
    won += row["chosen_reward"].get<double>() > row["rejected_reward"].get<double>() ? 1 : 0;
    ++all;
  }
  ASSERT_EQ(wins.size(), 23u);
  const Json result = evaluated(folder, "reward_bench.jsonl --benchmark reward-bench");
  EXPECT_EQ(result["source"], "reward-bench");
  EXPECT_EQ(result["dropped"], 0);
  for (const auto& [subset, of] : wins) {
    const Json& metric = result["sets"]["subsets"]["metrics"][subset];
    EXPECT_NEAR(metric["value"].get<double>(), of.first / of.second, 1e-12) << subset;
  }
  double sections = 0;
  for (const char* name : {"Chat", "Chat Hard", "Safety", "Reasoning"}) {
    sections += result["metrics"][name]["value"].get<double>() / 4;
  }
  EXPECT_NEAR(result["metrics"]["total"]["value"].get<double>(), sections, 1e-12);
  EXPECT_LE(result["metrics"]["total"]["low"].get<double>(), sections);
}

TEST(Benchmark, EachOneReadsItsFilesAndHasATotal) {
  const fs::path folder = project("benchmark_each");
  const auto total = [&](const std::string& arguments, const char* name) {
    const Json result = evaluated(folder, arguments);
    EXPECT_TRUE(result["metrics"][name]["value"].is_number()) << result.dump();
  };
  total("reward_bench_2.jsonl --benchmark reward-bench-2", "total");
  total("rm_bench.json --benchmark rm-bench", "total");
  total("rm_bench_chat.json --benchmark rm-bench", "total");
  total("judge_bench.jsonl --benchmark judge-bench", "macro");
  total("rmb_*.json --benchmark rmb", "total");
}

TEST(Benchmark, TheTableShowsTheTotalItsSectionsAndWhatIsMissing) {
  const fs::path folder = project("benchmark_table");
  const Outcome outcome = run_laurel("eval model rmb_pairs.json --benchmark rmb", folder);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("rmb: covers 14 of 14 rows; rewards "),
                                 HasSubstr("\n  14 rows "), HasSubstr("\n  harmlessness pairs "),
                                 HasSubstr("\n  14 rows of pairs by category"),
                                 HasSubstr("\n  Helpfulness/Code ")));
  EXPECT_THAT(outcome.err,
              HasSubstr("rmb: no number for total, helpfulness best_of_n, harmlessness "
                        "best_of_n, as rows are missing"));
  const Outcome part = run_laurel("eval model rm_bench.json --benchmark rm-bench", folder);
  EXPECT_THAT(part.err, HasSubstr("rm-bench: found 17 rows, and published scores are of 1327: they "
                                  "cannot be compared"));
}

TEST(Benchmark, AnotherLayoutIsRefusedBeforeTheModelIsLoaded) {
  const fs::path folder = project("benchmark_layout");
  const Outcome other = run_laurel("eval nowhere rm_bench.json --benchmark reward-bench-2", folder);
  EXPECT_EQ(other.code, 3);
  EXPECT_THAT(other.err, AllOf(HasSubstr("rm_bench.json:row 1"),
                               HasSubstr("expected a row of reward-bench-2: the strings \"id\", "),
                               HasSubstr("; it is a row of rm-bench")));
  const Outcome skipped = run_laurel(
      "eval model rm_bench.json reward_bench_2.jsonl --benchmark reward-bench-2 --bad-rows 17",
      folder);
  ASSERT_EQ(skipped.code, 0) << skipped.err;
  EXPECT_THAT(skipped.out, HasSubstr("dropped: 17 malformed"));
  const Outcome all =
      run_laurel("eval model rm_bench.json --benchmark reward-bench-2 --bad-rows 17", folder);
  EXPECT_EQ(all.code, 3);
  EXPECT_THAT(all.err,
              HasSubstr("all 17 rows are malformed, expected at least one that is not; the "
                        "first: rm_bench.json:row 1"));
}

TEST(Benchmark, RowsThatCannotBeScoredAreCountedAndNamed) {
  const fs::path folder = project("benchmark_long");
  std::vector<Json> rows = lines_of(folder / "judge_bench.jsonl");
  rows[1]["response_B"] = std::string(4000, 'a');
  write_lines(folder / "long.jsonl", rows);
  const Outcome outcome =
      run_laurel("eval model long.jsonl --benchmark judge-bench --max-length 128", folder);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("covers 19 of 20 rows, 1 dropped: 1 not_scored"));
  EXPECT_THAT(
      outcome.err,
      AllOf(HasSubstr("1 row could not be scored: published scores count all rows, these do "
                      "not; the first: long.jsonl:2: responses[1]: "),
            HasSubstr("expected at most 128")));
  const Outcome none =
      run_laurel("eval model long.jsonl --benchmark judge-bench --max-length 1", folder);
  EXPECT_EQ(none.code, 3);
  EXPECT_THAT(none.err, HasSubstr("long.jsonl:1: "));
}

TEST(Benchmark, TheFileOfResultsHasTheRowsWithTheirRewards) {
  const fs::path folder = project("benchmark_results");
  const Outcome outcome = run_laurel(
      "eval model judge_bench.jsonl --benchmark judge-bench --results results.jsonl", folder);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const std::vector<Json> rows = lines_of(folder / "results.jsonl");
  ASSERT_EQ(rows.size(), 20u);
  EXPECT_EQ(rows[3]["pair_id"], "pair-3");
  EXPECT_EQ(rows[3]["judgments"][0]["judgment"]["judge_model"], "model");
  EXPECT_EQ(rows[3]["judgments"][0]["judgment"]["scores"][0],
            rows[3]["judgments"][1]["judgment"]["scores"][1]);
  const Outcome without = run_laurel("eval model judge_bench.jsonl --results x.json", folder);
  EXPECT_EQ(without.code, 2);
  EXPECT_THAT(without.err, HasSubstr("--results: found it without --benchmark, expected both"));
  const Outcome both = run_laurel(
      "eval model judge_bench.jsonl --benchmark judge-bench --results - --json -", folder);
  EXPECT_EQ(both.code, 2);
  EXPECT_THAT(both.err, HasSubstr("--results: found standard output, as for --json"));
  const Outcome over = run_laurel(
      "eval model judge_bench.jsonl --benchmark judge-bench --results judge_bench.jsonl", folder);
  EXPECT_EQ(over.code, 2);
  EXPECT_THAT(over.err, HasSubstr("--results: found judge_bench.jsonl, which is the input"));
}

TEST(Benchmark, OptionsThatSayWhatRowsMeanAreRefused) {
  const fs::path folder = project("benchmark_options");
  const Outcome slice =
      run_laurel("eval model rm_bench.json --benchmark rm-bench --slice domain", folder);
  EXPECT_EQ(slice.code, 2);
  EXPECT_THAT(slice.err,
              HasSubstr("--slice: found it beside --benchmark, whose layout says what rows "
                        "mean; expected one of the two"));
  const Outcome unknown = run_laurel("eval model rm_bench.json --benchmark rmbench", folder);
  EXPECT_EQ(unknown.code, 2);
  EXPECT_THAT(unknown.err,
              HasSubstr("--benchmark: found \"rmbench\", expected one of: reward-bench, "));
}

// Eight steps, evaluated by the benchmark after every two.
Json config_with_benchmark() {
  Json config = tiny_config({pair_source()}, 8);
  config["benchmarks"] = Json::array({Json{{"name", "rb2"},
                                           {"benchmark", "reward-bench-2"},
                                           {"files", {"reward_bench_2.jsonl"}},
                                           {"eval_every", 2}}});
  config["train"]["save_every"] = 4;
  config["train"]["keep_best"] = "rb2.total";
  return config;
}

TEST(Benchmark, IsEvaluatedInTrainingAndMayChooseTheCheckpoint) {
  const fs::path folder = tiny_project("benchmark_training");
  fs::copy(fs::path(LAUREL_SOURCE_DIR) / "tests/golden/benchmarks", folder);
  write_file(folder / "config.json", config_with_benchmark().dump());
  const Outcome run = train(folder);
  ASSERT_EQ(run.code, 0) << run.err;
  std::vector<int64_t> steps;
  Json last;
  for (const Json& line : lines_of(folder / "run/metrics.jsonl", "eval")) {
    if (line["source"] != "rb2") continue;
    steps.push_back(line["step"]);
    last = line;
  }
  EXPECT_THAT(steps, testing::ElementsAre(2, 4, 6, 8));
  EXPECT_EQ(last["dropped"], 0);
  EXPECT_THAT(run.err, AllOf(HasSubstr("benchmark rb2: reward-bench-2, 31 rows, 31 used"),
                             HasSubstr("rb2: found 31 rows, and published scores are of 1865"),
                             HasSubstr("; it was chosen by a benchmark, so its score there is too "
                                       "high"),
                             HasSubstr("rb2: total ")));
  EXPECT_THAT(read_file(folder / "run/report.html"),
              HasSubstr("the best checkpoint was chosen by rb2.total, a benchmark"));
  const Outcome eval =
      run_laurel("eval run reward_bench_2.jsonl --benchmark reward-bench-2 --json -", folder);
  ASSERT_EQ(eval.code, 0) << eval.err;
  const Json again = Json::parse(eval.out)["metrics"];
  ASSERT_EQ(again.size(), 7u);
  for (const auto& [metric, value] : again.items()) {
    EXPECT_NEAR(value["value"].get<double>(), last["metrics"][metric]["value"].get<double>(), 1e-6)
        << metric;
  }
}

TEST(Benchmark, AConfigsBenchmarkIsCheckedBeforeTraining) {
  const fs::path folder = tiny_project("benchmark_config");
  fs::copy(fs::path(LAUREL_SOURCE_DIR) / "tests/golden/benchmarks", folder);
  const auto error = [&](const Json& config) {
    write_file(folder / "config.json", config.dump());
    const Outcome outcome = train(folder);
    EXPECT_NE(outcome.code, 0);
    return outcome.err;
  };
  Json config = config_with_benchmark();
  config["benchmarks"][0]["benchmark"] = "rb-2";
  EXPECT_THAT(error(config), HasSubstr("benchmarks.rb2.benchmark: found \"rb-2\", expected "));
  config = config_with_benchmark();
  config["benchmarks"][0]["name"] = "pairs";
  EXPECT_THAT(error(config), HasSubstr("benchmarks.pairs.name: found \"pairs\" twice"));
  config = config_with_benchmark();
  config["benchmarks"][0]["eval_every"] = 3;
  EXPECT_THAT(error(config), HasSubstr("train.keep_best: needs an eval_every that divides"));
  config = config_with_benchmark();
  config["train"]["keep_best"] = "rb2.accuracies";
  EXPECT_THAT(error(config), HasSubstr("of a benchmark \"total\""));
  config = config_with_benchmark();
  config["benchmarks"][0]["files"] = {"nowhere.jsonl"};
  EXPECT_THAT(error(config), HasSubstr("nowhere.jsonl: no such file"));
  config["benchmarks"][0]["files"] = {"rm_bench.json"};
  EXPECT_THAT(error(config), HasSubstr("; it is a row of rm-bench"));
}

}  // namespace
}  // namespace laurel::benchmark_test
