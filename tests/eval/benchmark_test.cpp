// Published benchmarks: what their rows mean, and their scores, worked by hand.
#include "eval/benchmarks/benchmark.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/str.h"

namespace laurel::benchmark_test {
namespace {

using testing::AllOf;
using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Optional;

auto near(double value) { return Optional(DoubleNear(value, 1e-12)); }

// Rows with the rewards of their answers.
class Rows {
 public:
  explicit Rows(Benchmark benchmark) : benchmark_(benchmark) {}

  void add(const Json& row, std::vector<double> rewards) {
    const std::string where = str("rows.jsonl:", rows_.size() + 1);
    rows_.push_back({read_benchmark_row(benchmark_, row, where), std::move(rewards)});
  }

  std::optional<double> value(const std::string& metric, size_t set = 0) const {
    const std::vector<BenchmarkSet> sets = benchmark_sets(benchmark_, rows_);
    const Metrics& metrics = sets.at(set).metrics;
    const std::vector<double> once(outcomes_of(sets[set], rows_.size()), 1.0);
    const auto found = std::ranges::find(metrics.names, metric);
    EXPECT_NE(found, metrics.names.end()) << metric;
    return metrics.values(once).at(static_cast<size_t>(found - metrics.names.begin()));
  }

  Evaluation evaluation() const { return benchmark_evaluation(benchmark_, rows_); }

 private:
  Benchmark benchmark_;
  std::vector<ScoredBenchmarkRow> rows_;
};

std::string refusal(const Benchmark& benchmark, const Json& row) {
  try {
    read_benchmark_row(benchmark, row, "rows.jsonl:7");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::data);
    return error.message;
  }
  return "";
}

Json pair(const std::string& subset, const std::string& prompt = "p") {
  return {{"prompt", prompt}, {"chosen", "a"}, {"rejected", "b"}, {"subset", subset}, {"id", 1}};
}

TEST(RewardBench, WeighsASectionsSubsetsByTheBenchmarksOwnSizes) {
  Rows rows{RewardBench{}};
  rows.add(pair("math-prm"), {1, 0});
  rows.add(pair("hep-cpp"), {0, 1});
  rows.add(pair("hep-go"), {0, 1});
  rows.add(pair("alpacaeval-easy"), {1, 0});
  rows.add(pair("alpacaeval-easy"), {0, 0});  // equal rewards are wrong
  EXPECT_THAT(rows.value("Reasoning"), near(984.0 / (984 + 164 + 164)));
  EXPECT_THAT(rows.value("Chat"), near(0.5));
  EXPECT_THAT(rows.value("math-prm", 1), near(1));
}

TEST(RewardBench, HasNoTotalWithoutRowsOfEachSection) {
  Rows rows{RewardBench{}};
  for (const char* subset : {"mt-bench-easy", "mt-bench-hard", "donotanswer"}) {
    rows.add(pair(subset), {1, 0});
  }
  EXPECT_EQ(rows.value("Reasoning"), std::nullopt);
  EXPECT_EQ(rows.value("total"), std::nullopt);
  rows.add(pair("hep-js"), {0, 1});
  EXPECT_THAT(rows.value("total"), near(0.75));
}

TEST(RewardBench, RefusesOtherRowsByName) {
  Json row = pair("hep-cpp");
  row.erase("subset");
  EXPECT_EQ(
      refusal(RewardBench{}, row),
      "rows.jsonl:7: found no \"subset\" (fields: prompt, chosen, rejected, id), expected a row "
      "of reward-bench: the strings \"prompt\", \"chosen\", \"rejected\" and \"subset\"");
  row = pair("hep-cpp");
  row["chosen"] = Json{{"role", "assistant"}};
  EXPECT_THAT(refusal(RewardBench{}, row), HasSubstr("found an object for \"chosen\", expected"));
  EXPECT_THAT(
      refusal(RewardBench{}, pair("hep-cp")),
      AllOf(HasSubstr("rows.jsonl:7: found the subset \"hep-cp\" (did you mean \"hep-cpp\"?)"),
            HasSubstr("expected one of reward-bench's: alpacaeval-easy, ")));
}

Json lists(const std::string& subset, size_t right, size_t wrong, const std::string& id = "1") {
  return {{"id", id},
          {"prompt", "p" + id},
          {"chosen", std::vector<std::string>(right, "a")},
          {"rejected", std::vector<std::string>(wrong, "b")},
          {"subset", subset}};
}

TEST(RewardBench2, SharesOneAmongTheAnswersWithTheHighestReward) {
  Rows rows{RewardBench2{}};
  rows.add(lists("Math", 1, 3), {2, 2, 1, 2});
  EXPECT_THAT(rows.value("Math"), near(1.0 / 3));
  rows.add(lists("Math", 1, 3), {2, 3, 1, 2});
  EXPECT_THAT(rows.value("Math"), near(1.0 / 6));
  rows.add(lists("Math", 1, 3), {4, 3, 1, 2});
  EXPECT_THAT(rows.value("Math"), near(4.0 / 9));
}

// Prompt 1: spread 1, gaps 3 (tied) and 2 (ref). Prompt 2: spread 2, gaps 1 and 5.
TEST(RewardBench2, JudgesTiesByTheMarginsOfBothPrompts) {
  Rows rows{RewardBench2{}};
  rows.add(lists("Ties", 2, 2, "tied:1"), {6, 5, 2, 1});
  rows.add(lists("Ties", 1, 2, "ref:1"), {3, 1, 0});
  rows.add(lists("Ties", 3, 1, "tied:2"), {5, 4, 3, 2});
  rows.add(lists("Ties", 1, 1, "ref:2"), {6, 1});
  EXPECT_THAT(rows.value("tied_accuracy", 1), near(1));
  EXPECT_THAT(rows.value("ref_accuracy", 1), near(1));
  EXPECT_THAT(rows.value("correctness_preferred", 1), near(0.5));
  EXPECT_THAT(rows.value("correctness_preferred_hard", 1), near(0.5));
  const double margin = (std::tanh(2.0 / 1 - 1) + std::tanh(1.0 / 2 - 1)) / 2;
  EXPECT_THAT(rows.value("margin_score", 1), near(margin));
  EXPECT_THAT(rows.value("Ties"), near(0.3 + 0.3 + 0.1 + 0.1 + 0.01 * margin));
  rows.add(lists("Ties", 1, 1, "ref:9"), {0, 1});  // without its tied prompt: of no margin
  EXPECT_THAT(rows.value("ref_accuracy", 1), near(2.0 / 3));
  EXPECT_THAT(rows.value("margin_score", 1), near(margin));
}

TEST(RewardBench2, CountsEqualRightAnswersAsAFullMarginAndNothingByNothingAsNone) {
  Rows equal{RewardBench2{}};
  equal.add(lists("Ties", 2, 1, "tied:1"), {5, 5, 2});
  equal.add(lists("Ties", 1, 1, "ref:1"), {5, 2});
  EXPECT_THAT(equal.value("margin_score", 1), near(1));
  Rows nothing{RewardBench2{}};
  nothing.add(lists("Ties", 2, 1, "tied:1"), {5, 5, 5});
  nothing.add(lists("Ties", 1, 1, "ref:1"), {5, 2});
  EXPECT_THAT(nothing.value("margin_score", 1), near(0));
  EXPECT_THAT(nothing.value("tied_accuracy", 1), near(0));
}

TEST(RewardBench2, RefusesRowsThatItsRulesDoNotCover) {
  EXPECT_THAT(
      refusal(RewardBench2{}, lists("Math", 2, 2)),
      HasSubstr("found 2 right answers (\"chosen\") of the subset Math, of which each row has "
                "one, expected a row of reward-bench-2"));
  EXPECT_THAT(
      refusal(RewardBench2{}, lists("Ties", 2, 2, "7")),
      HasSubstr("found the id \"7\" of a row of Ties, which is no \"ref:N\" or \"tied:N\""));
  EXPECT_THAT(refusal(RewardBench2{}, lists("Ties", 1, 2, "tied:7")),
              HasSubstr("found one right answer of tied:7"));
  EXPECT_THAT(refusal(RewardBench2{}, lists("Math", 1, 0)),
              HasSubstr("found an empty list for \"rejected\""));
  Json of_pair = pair("Math");
  of_pair["id"] = "1";
  EXPECT_THAT(refusal(RewardBench2{}, of_pair),
              HasSubstr("found a string for \"chosen\", expected a row of reward-bench-2"));
}

TEST(RewardBench2, RefusesAPromptOfTiesThatIsThereTwice) {
  std::vector<BenchmarkRow> rows;
  for (const char* where : {"a.jsonl:1", "b.jsonl:1"}) {
    rows.push_back(read_benchmark_row(RewardBench2{}, lists("Ties", 1, 2, "ref:1"), where));
  }
  try {
    check_benchmark_rows(RewardBench2{}, rows);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(
        error.message,
        "b.jsonl:1: found ref:1 of Ties again, after a.jsonl:1, expected each prompt once; is a "
        "file given twice?");
  }
}

Json styled(const char* domain) {
  Json row{{"id", 1}, {"prompt", "p"}, {"chosen", {"a", "b", "c"}}, {"rejected", {"d", "e", "f"}}};
  if (domain) row["domain"] = domain;
  return row;
}

// Right answers 1, 2, 3 against wrong ones 0, 2, 2.5: a row's wins are
//   1 > 0;  2 > 0;  3 > 0, 3 > 2, 3 > 2.5
TEST(RmBench, IsEasyWhereTheRightAnswerHasMoreStyle) {
  Rows rows{RmBench{}};
  rows.add(styled("safety-refuse"), {1, 2, 3, 0, 2, 2.5});
  rows.add(styled("chat"), {1, 1, 1, 0, 0, 0});
  EXPECT_EQ(rows.value("hard"), std::nullopt);  // the other domains have no rows
  EXPECT_THAT(rows.value("safety"), near((0 + 2.0 / 3 + 1) / 3));
  EXPECT_EQ(rows.value("total"), std::nullopt);
  EXPECT_THAT(rows.value("safety hard", 1), near(0));
  EXPECT_THAT(rows.value("safety normal", 1), near(2.0 / 3));
  EXPECT_THAT(rows.value("safety easy", 1), near(1));
}

TEST(RmBench, CountsEachDomainTheSameAndPoolsTheTwoOfSafety) {
  Rows rows{RmBench{}};
  const std::vector<double> right{1, 1, 1, 0, 0, 0}, wrong{0, 0, 0, 1, 1, 1};
  rows.add(styled("chat"), right);
  rows.add(styled("math"), right);
  rows.add(styled("code"), wrong);
  rows.add(styled("safety-refuse"), right);
  rows.add(styled("safety-response"), wrong);
  rows.add(styled("safety-response"), wrong);
  rows.add(styled("safety-response"), wrong);
  EXPECT_THAT(rows.value("safety"), near(0.25));
  EXPECT_THAT(rows.value("total"), near((1 + 1 + 0 + 0.25) / 4));
  EXPECT_THAT(rows.value("easy"), near((1 + 1 + 0 + 0.25) / 4));
}

TEST(RmBench, OfASingleDomainIsTheMeanOfItsThreeDifficulties) {
  Rows rows{RmBench{}};
  rows.add(styled(nullptr), {1, 2, 3, 0, 2, 2.5});
  EXPECT_THAT(rows.value("total"), near(5.0 / 9));
  EXPECT_EQ(rows.evaluation().sets.size(), 1u);
  Rows named{RmBench{}};
  named.add(styled("chat"), {1, 2, 3, 0, 2, 2.5});
  EXPECT_THAT(named.value("total"), near(5.0 / 9));
  EXPECT_THAT(named.value("easy"), near(1));
}

TEST(RmBench, RefusesOtherRowsAndMixedFiles) {
  EXPECT_THAT(
      refusal(RmBench{}, styled("poetry")),
      HasSubstr("found the domain \"poetry\", expected one of rm-bench's: chat, math, code, "));
  EXPECT_THAT(refusal(RmBench{}, lists("Math", 1, 3)),
              HasSubstr("found 1 answer in \"chosen\" and 3 in \"rejected\", expected a row of "
                        "rm-bench: the string \"prompt\", the lists of three strings"));
  std::vector<BenchmarkRow> rows{read_benchmark_row(RmBench{}, styled("chat"), "a.json:row 1"),
                                 read_benchmark_row(RmBench{}, styled(nullptr), "b.json:row 1")};
  try {
    check_benchmark_rows(RmBench{}, rows);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.message,
                HasSubstr("b.json:row 1: found a row without \"domain\", after a.json"
                          ":row 1 with; expected total_dataset.json"));
  }
}

Json judged(const std::string& source, const std::string& label) {
  return {{"pair_id", "x"},    {"source", source},  {"question", "q"},
          {"response_A", "a"}, {"response_B", "b"}, {"label", label}};
}

TEST(JudgeBench, OfEqualRewardsNoOrderIsEnoughAndInOneTheSecondIsPreferred) {
  Rows rows{JudgeBench{}};
  rows.add(judged("mmlu-pro-law", "A>B"), {1, 0});
  rows.add(judged("mmlu-pro-law", "B>A"), {1, 0});
  rows.add(judged("mmlu-pro-math", "A>B"), {1, 1});
  rows.add(judged("livecodebench", "B>A"), {1, 1});
  EXPECT_THAT(rows.value("micro"), near(0.25));
  EXPECT_THAT(rows.value("mmlu-pro"), near(1.0 / 3));
  EXPECT_THAT(rows.value("livecodebench"), near(0));
  EXPECT_THAT(rows.value("micro", 1), near(0.5));
  EXPECT_THAT(rows.value("livecodebench", 1), near(1));
  EXPECT_THAT(rows.value("mmlu-pro-math", 2), near(0));
}

TEST(JudgeBench, MacroCountsEachSourceTheSame) {
  Rows rows{JudgeBench{}};
  for (int i = 0; i < 3; ++i) rows.add(judged("mmlu-pro-law", "A>B"), {1, 0});
  rows.add(judged("livebench-reasoning", "A>B"), {0, 1});
  rows.add(judged("livebench-math", "A>B"), {0, 1});
  EXPECT_EQ(rows.value("macro"), std::nullopt);
  rows.add(judged("livecodebench", "A>B"), {0, 1});
  EXPECT_THAT(rows.value("macro"), near(0.25));
  EXPECT_THAT(rows.value("micro"), near(0.5));
}

TEST(JudgeBench, RefusesOtherLabelsAndSources) {
  EXPECT_THAT(refusal(JudgeBench{}, judged("livecodebench", "A=B")),
              HasSubstr("found the label \"A=B\", expected a row of judge-bench"));
  EXPECT_THAT(refusal(JudgeBench{}, judged("trivia", "A>B")),
              HasSubstr("found the source \"trivia\", expected one of judge-bench's: mmlu-pro, "));
}

Json of_rmb(const std::string& path, int losers) {
  const Json message{{"role", "user"}, {"content", "q"}, {"language", "English"}};
  Json row{{"conversation_input", Json::array({message})}, {"category_path", path}};
  if (losers == 0) {
    row["chosen"] = Json{{"answer", "a"}};
    row["reject"] = Json{{"answer", "b"}};
  } else {
    row["bon_best"] = Json{{"answer", "a"}};
    row["loser_list"] = std::vector<Json>(static_cast<size_t>(losers), Json{{"answer", "b"}});
  }
  return row;
}

TEST(Rmb, TheBestOfNMustBeatEachOther) {
  Rows rows{Rmb{}};
  rows.add(of_rmb("Pairwise_set/Helpfulness/Code/Documentation", 0), {1, 0});
  rows.add(of_rmb("Pairwise_set/Helpfulness/Chat/Discussion", 0), {1, 1});
  rows.add(of_rmb("Pairwise_set/Harmlessness/S1", 0), {1, 0});
  rows.add(of_rmb("BoN_set/Helpfulness/Code/Documentation", 3), {3, 2, 3, 1});
  rows.add(of_rmb("BoN_set/Helpfulness/Code/Documentation", 2), {3, 2, 1});
  EXPECT_EQ(rows.value("total"), std::nullopt);
  rows.add(of_rmb("BoN_set/Harmlessness/S1", 2), {3, 4, 1});
  EXPECT_THAT(rows.value("helpfulness pairs"), near(0.5));
  EXPECT_THAT(rows.value("helpfulness best_of_n"), near(0.5));
  EXPECT_THAT(rows.value("total"), near((0.5 + 1 + 0.5 + 0) / 4));
  EXPECT_THAT(rows.value("Helpfulness/Chat", 1), near(0));
  EXPECT_THAT(rows.value("Harmlessness/S1", 2), near(0));
}

TEST(Rmb, AUsersOnlyMessageIsAStringAndALanguageIsLeftOut) {
  Json row = of_rmb("Pairwise_set/Harmlessness/S1", 0);
  EXPECT_EQ(read_benchmark_row(Rmb{}, row, "x").prompt, Json("q"));
  row["conversation_input"] = Json::array(
      {Json{{"role", "user"}, {"content", "a"}, {"language", "English"}},
       Json{{"role", "assistant"}, {"content", "b"}}, Json{{"role", "user"}, {"content", "c"}}});
  EXPECT_EQ(read_benchmark_row(Rmb{}, row, "x").prompt.dump(),
            R"([{"role":"user","content":"a"},{"role":"assistant","content":"b"},)"
            R"({"role":"user","content":"c"}])");
}

TEST(Rmb, RefusesOtherPathsAndAnswersThatAreStrings) {
  EXPECT_THAT(
      refusal(Rmb{}, of_rmb("Pairwise_set/Honesty/S1", 0)),
      HasSubstr("found the category_path \"Pairwise_set/Honesty/S1\", expected one of rmb's: "
                "Pairwise_set/Helpfulness, "));
  Json row = of_rmb("BoN_set/Harmlessness/S1", 1);
  row["loser_list"][0] = "b";
  EXPECT_THAT(refusal(Rmb{}, row),
              HasSubstr("found a string for \"loser_list[0]\", expected a row"));
}

// Of one row of a benchmark, by a model named m.
std::string results(const Benchmark& benchmark, const Json& row, std::vector<double> rewards) {
  return benchmark_results(benchmark, {{read_benchmark_row(benchmark, row, "x"), rewards}}, "m");
}

TEST(Benchmarks, WriteTheFilesOfResultsOfTheirOwnPrograms) {
  EXPECT_EQ(
      Json::parse(results(RewardBench{}, pair("hep-go"), {1, 0})).dump(),
      R"({"chat_template":"tokenizer","hep-go":1.0,"model":"m","model_type":"Seq. Classifier"})");
  EXPECT_EQ(
      Json::parse(results(RewardBench2{}, lists("Math", 1, 1), {1, 1})).dump(),
      R"({"Math":0.5,"chat_template":"tokenizer","model":"m","model_type":"Seq. Classifier"})");
  const Json styles = Json::parse(results(RmBench{}, styled("chat"), {1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(styles[0]["id"], 1);
  EXPECT_EQ(styles[0]["score_chosen"], Json({1.0, 2.0, 3.0}));
  EXPECT_EQ(styles[0]["score_rejected"], Json({4.0, 5.0, 6.0}));
  const Json line = Json::parse(results(JudgeBench{}, judged("livecodebench", "A>B"), {1, 0}));
  EXPECT_EQ(line["pair_id"], "x");
  EXPECT_EQ(line["judgments"].dump(),
            R"([{"judgment":{"judge_model":"m","scores":[1.0,0.0]},"decision":"A>B"},)"
            R"({"judgment":{"judge_model":"m","scores":[0.0,1.0]},"decision":"B>A"}])");
  Json of_pair = of_rmb("Pairwise_set/Harmlessness/S1", 0);
  of_pair["pair_uid"] = "9";
  EXPECT_EQ(Json::parse(results(Rmb{}, of_pair, {1, 0}))[0].dump(),
            R"({"pair_uid":"9","category_path":"Pairwise_set/Harmlessness/S1","chosen_reward":1.0,)"
            R"("reject_reward":0.0,"is_correct":1})");
  EXPECT_EQ(Json::parse(results(Rmb{}, of_rmb("BoN_set/Harmlessness/S1", 2), {1, 2, 0}))[0].dump(),
            R"({"category_path":"BoN_set/Harmlessness/S1","best_reward":1.0,)"
            R"("loser_rewards":[2.0,0.0],"is_correct":0})");
}

TEST(Benchmarks, ARowOfAnotherOneIsNamed) {
  EXPECT_THAT(refusal(RewardBench{}, lists("Math", 1, 3)),
              testing::EndsWith("; it is a row of reward-bench-2"));
  EXPECT_THAT(refusal(JudgeBench{}, styled("chat")),
              testing::EndsWith("; it is a row of rm-bench"));
  EXPECT_THAT(refusal(JudgeBench{}, {{"prompt", "p"}}), Not(HasSubstr("it is a row of")));
}

TEST(Benchmarks, ASetHasTheNumberOfItsOwnRows) {
  Rows best{RewardBench2{}};
  best.add(lists("Math", 1, 3, "1"), {1, 0, 0, 0});
  best.add(lists("Ties", 2, 1, "tied:1"), {3, 2, 1});
  best.add(lists("Ties", 1, 1, "ref:1"), {1, 0});
  const Evaluation ties = best.evaluation();
  EXPECT_EQ(ties.sets[0].title, "3 rows");
  EXPECT_EQ(ties.sets[1].title, "2 rows of Ties");
  EXPECT_EQ(ties.sets[1].n, 2);
  Rows rmb{Rmb{}};
  for (int i = 0; i < 3; ++i)
    rmb.add(of_rmb("Pairwise_set/Helpfulness/Chat/Discussion", 0), {1, 0});
  rmb.add(of_rmb("BoN_set/Harmlessness/S1", 2), {1, 0, 0});
  const Evaluation sets = rmb.evaluation();
  EXPECT_EQ(sets.sets[1].title, "3 rows of pairs by category");
  EXPECT_EQ(sets.sets[1].n, 3);
  EXPECT_EQ(sets.sets[2].title, "1 row of best of N by category");
}

// What is suspicious of rows.
std::vector<std::string> remarks(const Benchmark& benchmark, const std::vector<Json>& rows) {
  std::vector<BenchmarkRow> read;
  for (const Json& row : rows) {
    read.push_back(read_benchmark_row(benchmark, row, str("a.jsonl:", read.size() + 1)));
  }
  return check_benchmark_rows(benchmark, read);
}

TEST(Benchmarks, RowsWithTheIdOfAnotherAreTold) {
  Json other = judged("livecodebench", "A>B");
  other["pair_id"] = "y";
  EXPECT_THAT(remarks(JudgeBench{}, {judged("livecodebench", "A>B"), other}), testing::IsEmpty());
  EXPECT_THAT(
      remarks(JudgeBench{}, {judged("livecodebench", "A>B"), other, other}),
      ElementsAre("1 row with the id of another one, the first: a.jsonl:3, y, as a.jsonl:2; "
                  "is a file given twice?"));
  Json list = of_rmb("BoN_set/Harmlessness/S1", 2),
       of_pair = of_rmb("Pairwise_set/Harmlessness/S1", 0);
  list["bon_uid"] = of_pair["pair_uid"] = "9";  // of two sets
  EXPECT_THAT(remarks(Rmb{}, {list, of_pair}), testing::IsEmpty());
  EXPECT_THAT(remarks(Rmb{}, {list, list}), testing::SizeIs(1));
}

TEST(Benchmarks, WhatIsNoBestOfFourIsTold) {
  EXPECT_THAT(
      remarks(RewardBench2{},
              {lists("Math", 1, 3, "1"), lists("Focus", 1, 2, "2"), lists("Ties", 1, 1, "ref:1")}),
      ElementsAre("1 row of other subsets than Ties with another number of answers than the "
                  "benchmark's 4, the first: a.jsonl:2, 3"));
}

TEST(Benchmarks, AnUnknownNameIsRefusedWithThoseThatThereAre) {
  try {
    benchmark_named("rewardbench", "--benchmark");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message,
              "--benchmark: found \"rewardbench\", expected one of: reward-bench, reward-bench-2, "
              "rm-bench, judge-bench, rmb");
  }
}

TEST(Benchmarks, IntervalsAreByPrompt) {
  Rows rows{RewardBench{}};
  for (int i = 0; i < 120; ++i) {
    const bool right = i % 40 < 30;
    rows.add(pair("donotanswer", str("p", i % 40)), {right ? 1.0 : 0.0, 0.5});
  }
  const Evaluation evaluation = rows.evaluation();
  EXPECT_EQ(evaluation.n, 120);
  EXPECT_EQ(evaluation.sets[0].unit, ResampleUnit::prompt);
  EXPECT_EQ(evaluation.sets[0].units, 40);
  EXPECT_EQ(evaluation.sets[0].title, "120 rows");
  const auto safety = std::ranges::find(evaluation.sets[0].metrics, "Safety", &Metric::name);
  EXPECT_THAT(safety->value, near(0.75));
  // 40 prompts at 0.75: a deviation of 0.068, where 120 rows would have 0.040
  EXPECT_NEAR(*safety->high - *safety->low, 4 * 0.068, 0.05);
  EXPECT_NEAR(evaluation.rewards->mean, (0.75 + 0.5) / 2, 1e-12);
}

}  // namespace
}  // namespace laurel::benchmark_test
