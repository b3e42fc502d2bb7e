// laurel normalize, what it stores and where, and export --scale unit.
#include <gmock/gmock.h>

#include <cmath>
#include <map>

#include "core/files.h"
#include "core/str.h"
#include "end_to_end/program.h"

namespace laurel::normalize_test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

fs::path trained(const std::string& name, const std::vector<Json>& sources) {
  return trained_project(name, tiny_config(sources, 8));
}

// A copy of a project with a run on pairs, which is trained once, for the first test.
fs::path trained_on_pairs(const std::string& name) {
  static const fs::path project = trained(name + "_project", {pair_source()});
  return copy_of(project, name);
}

// Two answers to each of n prompts and a third one, in a row of its own, to every other one.
void write_answers(const fs::path& folder, int n) {
  std::vector<Json> rows;
  for (int i = 0; i < n; ++i) {
    const std::string prompt = str("Say something about number ", i, ". ");
    rows.push_back({{"prompt", prompt},
                    {"responses", {str("Number ", i * 7 % 10, " is good."), str("No ", i, ".")}}});
  }
  write_lines(folder / "answers.jsonl", rows);
  rows.clear();
  for (int i = 0; i < n; i += 2) {
    rows.push_back({{"prompt", str("Say something about number ", i, ". ")},
                    {"response", str("A clear answer, ", i * 3 % 7, ".")}});
  }
  write_lines(folder / "more.jsonl", rows);
}

// Of all answers, by prompt.
using RewardsOf = std::map<std::string, std::vector<double>>;
RewardsOf rewards_of(const fs::path& folder, const std::string& model,
                     const std::string& options = "") {
  run_ok(str("score ", model, " answers.jsonl more.jsonl scored.jsonl ", options), folder);
  RewardsOf rewards;
  for (const Json& row : lines_of(folder / "scored.jsonl")) {
    std::vector<double>& of = rewards[row["prompt"].get<std::string>()];
    if (row.contains("reward")) {
      of.push_back(row["reward"]);
    } else {
      for (const Json& reward : row["rewards"]) of.push_back(reward);
    }
  }
  fs::remove(folder / "scored.jsonl");
  return rewards;
}

void expect_rewards(const RewardsOf& found, const RewardsOf& expected, double divisor,
                    double tolerance) {
  for (const auto& [prompt, rewards] : expected) {
    for (size_t i = 0; i < rewards.size(); ++i) {
      EXPECT_NEAR(found.at(prompt).at(i), rewards[i] / divisor, tolerance);
    }
  }
}

struct Moments {
  double mean = 0, deviation = 0, within = 0;
};

Moments moments_of(const RewardsOf& prompts) {
  double n = 0, sum = 0, square = 0, within = 0, free = 0;
  for (const auto& [prompt, rewards] : prompts) {
    double of = 0;
    for (const double reward : rewards) of += reward;
    n += static_cast<double>(rewards.size());
    sum += of;
    for (const double reward : rewards) {
      square += reward * reward;
      within += std::pow(reward - of / static_cast<double>(rewards.size()), 2);
    }
    free += static_cast<double>(rewards.size() - 1);
  }
  return {sum / n, std::sqrt((square - sum * sum / n) / (n - 1)), std::sqrt(within / free)};
}

Json config_of(const fs::path& folder) {
  return Json::parse(read_file(folder / "reward_config.json"));
}

Json normalization_of(const fs::path& folder) { return config_of(folder).at("normalization"); }

TEST(Normalize, StoresMeanAndDeviationsWithAllCopiesOfARun) {
  const fs::path folder = trained_on_pairs("normalize_stores");
  write_answers(folder, 40);
  const RewardsOf before = rewards_of(folder, "run");
  const Outcome outcome = run_laurel("normalize run answers.jsonl more.jsonl", folder);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(
      outcome.out,
      AllOf(HasSubstr("100 answers to 40 prompts, 40 with several different answers\nmean "),
            HasSubstr("\nwithin prompts "), HasSubstr("(95 % interval by prompt: "),
            HasSubstr("\nquantiles 0.01: "), HasSubstr("stored in run/final/reward_config.json\n"),
            HasSubstr("stored in run/export/reward_config.json\n")));
  const Json stored = normalization_of(folder / "run/final");
  EXPECT_EQ(stored, normalization_of(folder / "run/export"));
  const Moments expected = moments_of(before);
  EXPECT_NEAR(stored["mean"]["value"], expected.mean, 1e-6);
  EXPECT_NEAR(stored["deviation"]["value"], expected.deviation, 1e-6);
  EXPECT_NEAR(stored["within_prompts"]["value"], expected.within, 1e-6);
  EXPECT_LT(stored["mean"]["low"].get<double>(), expected.mean);
  EXPECT_EQ(stored["answers"], 100);
  EXPECT_EQ(stored["data_sha256"][1], sha256(read_file(folder / "more.jsonl")));
  EXPECT_EQ(rewards_of(folder, "run"), before) << "nothing applies it silently";
  EXPECT_THAT(run_laurel("normalize run more.jsonl", folder).out,
              HasSubstr("stored in run/final/reward_config.json, in place of an earlier "
                        "normalization\n"));
}

TEST(Normalize, IsInTheModelCardOnceAndCarriedByExports) {
  const fs::path folder = trained_on_pairs("normalize_card");
  write_answers(folder, 40);
  const fs::path card = folder / "run/export/README.md";
  EXPECT_THAT(read_file(card), Not(HasSubstr("## Scale of the rewards")));
  run_ok("normalize run answers.jsonl", folder);
  EXPECT_THAT(read_file(card), HasSubstr("Over 80 answers to 40 prompts, measured by"));
  run_ok("normalize run answers.jsonl more.jsonl", folder);
  EXPECT_THAT(read_file(card),
              AllOf(HasSubstr("\n## Scale of the rewards\n\nOver 100 answers to 40 prompts"),
                    Not(HasSubstr("Over 80 answers"))));
  run_ok("export run again", folder);
  EXPECT_EQ(read_file(folder / "again/README.md"), read_file(card));
  EXPECT_EQ(read_file(folder / "again/manifest.json"),
            read_file(folder / "run/export/manifest.json"));
}

TEST(ScaleUnit, DividesRewardsAndKeepsTheirLogOdds) {
  const fs::path folder = trained_on_pairs("scale_unit");
  write_answers(folder, 40);
  std::vector<Json> doubtful = tiny_pairs(40);
  for (size_t i = 0; i < 40; i += 4) std::swap(doubtful[i]["chosen"], doubtful[i]["rejected"]);
  write_lines(folder / "doubtful.jsonl", doubtful);
  run_ok("calibrate run doubtful.jsonl", folder);
  run_ok("normalize run answers.jsonl more.jsonl", folder);
  const Outcome outcome = run_laurel("export run unit --scale unit", folder);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const double divisor = normalization_of(folder / "run/final")["within_prompts"]["value"];
  EXPECT_THAT(outcome.err, HasSubstr(str("the head is divided by ", divisor,
                                         ", the deviation within prompts over 100 answers to 40 "
                                         "prompts; the mean of the rewards, ")));
  const RewardsOf before = rewards_of(folder, "run"), after = rewards_of(folder, "unit");
  expect_rewards(after, before, divisor, 1e-6);
  expect_rewards(rewards_of(folder, "unit", "--calibrated"),
                 rewards_of(folder, "run", "--calibrated"), 1, 1e-5);
  const Json config = config_of(folder / "unit");
  EXPECT_EQ(config["scale"]["divisor"], divisor);
  EXPECT_EQ(config["scale"]["deviation"], "within_prompts");
  const Moments moments = moments_of(after);
  EXPECT_NEAR(moments.within, 1, 1e-6);
  EXPECT_NEAR(config["normalization"]["mean"]["value"], moments.mean, 1e-6);
  EXPECT_NEAR(config["normalization"]["deviation"]["value"], moments.deviation, 1e-6);
  EXPECT_EQ(config["normalization"]["within_prompts"]["value"], 1);
  EXPECT_TRUE(config["calibration"]["log_loss"].is_null()) << "these rewards have another";
  EXPECT_THAT(read_file(folder / "unit/README.md"),
              HasSubstr(str("The head is the trained one divided by ", divisor,
                            ", the deviation within prompts, by `laurel export --scale unit`.")));
}

TEST(ScaleUnit, OfWhatHasTheUnitScaleChangesNothing) {
  const fs::path folder = trained_on_pairs("scale_unit_twice");
  write_answers(folder, 40);
  run_ok("normalize run answers.jsonl", folder);
  run_ok("export run unit --scale unit", folder);
  run_ok("export unit again --scale unit", folder);
  EXPECT_EQ(weights(folder / "again"), weights(folder / "unit"));
  EXPECT_EQ(config_of(folder / "again")["scale"], config_of(folder / "unit")["scale"]);
}

// The loss of ordinal has cut points on the scale of the trained rewards.
TEST(ScaleUnit, LeavesPredictedScoresAsTheyWere) {
  for (const char* loss : {"squared_error", "ordinal"}) {
    Json source = rating_source();
    source["loss"] = {{"type", loss}};
    if (source["loss"]["type"] == "ordinal") {
      source["loss"]["levels"] = 5;
    } else {
      source["score_scaling"] = "standardize";
    }
    const fs::path folder = trained(str("scale_unit_", loss), {source});
    write_answers(folder, 40);
    run_ok("normalize run answers.jsonl", folder);
    run_ok("export run unit --scale unit", folder);
    expect_rewards(rewards_of(folder, "unit", "--as score"),
                   rewards_of(folder, "run", "--as score"), 1, 1e-5);
  }
}

TEST(ScaleUnit, IsRefusedWithWhatToDo) {
  const fs::path folder = trained_on_pairs("scale_unit_refused");
  write_answers(folder, 4);
  const auto message = [&](const std::string& arguments, int code) {
    return errors_of(arguments, folder, code);
  };
  EXPECT_THAT(message("export run out --scale unit", 2),
              AllOf(HasSubstr("--scale unit: found no normalization in reward_config.json of "),
                    HasSubstr("laurel normalize MODEL ANSWERS... measures it")));
  EXPECT_THAT(message("export run out --scale two", 2),
              HasSubstr("--scale: found \"two\", expected one of: trained, unit"));
  const Json same = {{"prompt", "p"}, {"responses", {"Yes.", "Yes.", "Yes."}}};
  write_lines(folder / "same.jsonl", {same, same});
  const Outcome equal = run_laurel("normalize run same.jsonl", folder);
  ASSERT_EQ(equal.code, 0) << equal.err;
  EXPECT_THAT(equal.err, HasSubstr(" is 0: nothing can be scaled by it"));
  EXPECT_THAT(message("export run out --scale unit", 2),
              HasSubstr("for the deviation of all answers (reward_config.json of "));
  EXPECT_FALSE(fs::exists(folder / "out"));
}

TEST(ScaleUnit, IsRefusedForProbabilitiesAndForSeveralOutputs) {
  Json source = rating_source();
  source["loss"] = {{"type", "binary_cross_entropy"}};
  source["train"] = {"yes.jsonl"};
  const fs::path folder = tiny_project("scale_unit_probability");
  std::vector<Json> rows = tiny_ratings(16);
  for (Json& row : rows) row["score"] = row["score"].get<int>() > 3 ? 1 : 0;
  write_lines(folder / "yes.jsonl", rows);
  write_file(folder / "config.json", tiny_config({source}, 4).dump());
  ASSERT_EQ(train(folder).code, 0);
  write_answers(folder, 40);
  run_ok("normalize run answers.jsonl", folder);
  const Outcome refused = run_laurel("export run out --scale unit", folder);
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("--scale unit: found the source ratings with the loss "
                                     "binary_cross_entropy, whose rewards are log-odds of a yes"));

  source = rating_source();
  source["attributes"] = {"help", "truth"};
  source["train"] = {"rated.jsonl"};
  for (Json& row : rows) row["help"] = row["truth"] = row["score"];
  for (Json& row : rows) row.erase("score");
  write_lines(folder / "rated.jsonl", rows);
  write_file(folder / "config.json", tiny_config({source}, 2).dump());
  ASSERT_EQ(train(folder, "--overwrite").code, 0);
  const Outcome several = run_laurel("export run out --scale unit", folder);
  EXPECT_EQ(several.code, 2);
  EXPECT_THAT(several.err, HasSubstr("--scale unit: found 2 outputs (help, truth), expected one"));
  const Outcome one = run_laurel("export run out --scale unit --reward help", folder);
  EXPECT_EQ(one.code, 2);
  EXPECT_THAT(one.err, HasSubstr("found no normalization of this output (the reward is 1 help)"));
  EXPECT_THAT(run_laurel("normalize run answers.jsonl", folder).err,
              HasSubstr("found a head of 2 rows, expected one; laurel export --reward NAME"));
}

}  // namespace
}  // namespace laurel::normalize_test
