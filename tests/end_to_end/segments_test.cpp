// Responses labelled in parts: trained on, evaluated and scored by the real program.
#include <gmock/gmock.h>

#include <algorithm>

#include "core/files.h"
#include "core/str.h"
#include "end_to_end/program.h"

namespace laurel::segments_test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// Steps that say "good" are.
std::vector<Json> tiny_steps(int n) {
  std::vector<Json> rows;
  for (int i = 0; i < n; ++i) {
    const bool first = i % 2 == 0;
    rows.push_back({{"prompt", str("Task ", i, ". ")},
                    {"completions",
                     {first ? "A good step." : "A bad step.", first ? "Then bad." : "Then good.",
                      "Unjudged."}},
                    {"labels", {first, !first, nullptr}}});
  }
  return rows;
}

fs::path trained(const std::string& name, const Json& more = Json::object()) {
  const fs::path folder = tiny_project(name);
  write_lines(folder / "steps.jsonl", tiny_steps(16));
  Json source = {{"name", "steps"},         {"format", "segments"},
                 {"text", "plain"},         {"train", {"steps.jsonl"}},
                 {"eval", {"steps.jsonl"}}, {"loss", {{"type", "squared_error"}}}};
  source.update(more);
  write_file(folder / "config.json", tiny_config({source}, 6).dump());
  const Outcome outcome = run_laurel("train config.json", folder);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  return folder;
}

TEST(SegmentsRun, TrainsAndEvaluatesOnTheLabelledOnes) {
  const fs::path folder = trained("segments_train", {{"count_by", "group"}});
  const std::vector<Json> evaluations = lines_of(folder / "run/metrics.jsonl", "eval");
  ASSERT_FALSE(evaluations.empty());
  EXPECT_EQ(evaluations.back()["n"], 16);
  EXPECT_EQ(evaluations.back()["units"], 16) << "rows, whose segments vary together";
  EXPECT_EQ(evaluations.back()["unlabelled"], 16);
}

TEST(SegmentsRun, ScoresEachSegmentAndTheResponse) {
  const fs::path folder = trained("segments_score");
  const std::string input =
      "{\"prompt\": \"p\", \"completions\": [\"good.\", \"bad.\", \"so\"]}\n"
      "{\"prompt\": \"p\", \"completions\": [\"good.\", \"bad.\"], \"labels\": [1, null]}\n"
      "{\"prompt\": \"p\", \"response\": \"good.\\nbad. And?\", \"segments\": [[0, 5], [6, 10]]}\n"
      "{\"prompt\": \"p\", \"completions\": []}\n";
  const auto scored = [&](const std::string& options) {
    const Outcome outcome = run_laurel("score run - - " + options, folder, input);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    write_file(folder / "out.jsonl", outcome.out);
    return lines_of(folder / "out.jsonl");
  };
  const std::vector<Json> rows = scored("--reduction min");
  const std::vector<double> rewards = rows.at(0)["rewards"];
  ASSERT_EQ(rewards.size(), 3u);
  EXPECT_EQ(rows[0]["reward"], *std::ranges::min_element(rewards));
  for (const size_t row : {1, 2}) {
    const std::vector<double> fewer = rows.at(row)["rewards"];
    ASSERT_EQ(fewer.size(), 2u);
    EXPECT_NEAR(fewer[0], rewards[0], 1e-5);
    EXPECT_NEAR(fewer[1], rewards[1], 1e-5);
  }
  EXPECT_TRUE(rows.at(3).at("rewards").is_null());
  EXPECT_TRUE(rows[3].at("reward").is_null());
  EXPECT_THAT(rows[3]["reward_error"].get<std::string>(), HasSubstr("found an empty list"));
  const double mean = (rewards[0] + rewards[1] + rewards[2]) / 3;
  EXPECT_NEAR(scored("")[0]["reward"].get<double>(), mean, 1e-6);
  const std::vector<Json> spaced = scored("--separator ' and\\n'");
  EXPECT_NEAR(spaced[0]["rewards"][0].get<double>(), rewards[0], 1e-5);
  EXPECT_NE(spaced[0]["rewards"][1], rewards[1]);
}

TEST(SegmentsRun, RefusesUnknownOptions) {
  const fs::path folder = tiny_project("segments_options");
  const auto message = [&](const std::string& options) {
    const Outcome outcome = run_laurel("score model ratings.jsonl - " + options, folder);
    EXPECT_EQ(outcome.code, 2);
    return outcome.err;
  };
  EXPECT_THAT(message("--reduction max"),
              HasSubstr("--reduction: found \"max\", expected one of: mean, min, last, sum"));
  EXPECT_THAT(message("--separator '\\q'"), HasSubstr("--separator"));
}

}  // namespace
}  // namespace laurel::segments_test
