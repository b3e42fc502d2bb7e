// laurel score MODEL ... --with MODEL: several models over the same rows.
#include <gmock/gmock.h>

#include <cmath>

#include "core/files.h"
#include "core/str.h"
#include "end_to_end/program.h"

namespace laurel::several_models_test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

// Two runs of different seeds, "a" and "b", normalized on answers.jsonl.
fs::path trained_runs(const std::string& name) {
  const fs::path folder = tiny_project(name);
  std::vector<Json> rows;
  for (int i = 0; i < 30; ++i) {
    rows.push_back({{"prompt", str("Question ", i, ". ")},
                    {"responses", {str("Answer ", i * 7 % 10, "."), str("No ", i, ".")}}});
  }
  write_lines(folder / "answers.jsonl", rows);
  for (const char* run : {"a", "b"}) {
    Json config = tiny_config({pair_source()}, 4);
    config["model"]["head_seed"] = run[0];
    config["run"]["folder"] = run;
    write_file(folder / "config.json", config.dump());
    EXPECT_EQ(train(folder).code, 0);
    run_ok(str("normalize ", run, " answers.jsonl"), folder);
  }
  return folder;
}

// A copy of a project with them, which are trained once, for the first test.
fs::path two_runs(const std::string& name) {
  static const fs::path project = trained_runs(name + "_project");
  return copy_of(project, name);
}

std::vector<Json> scored(const fs::path& folder, const std::string& arguments) {
  run_ok("score " + arguments, folder);
  std::vector<Json> rows = lines_of(folder / "scored.jsonl");
  fs::remove(folder / "scored.jsonl");
  return rows;
}

// What `laurel normalize` has stored with a run.
struct Unit {
  double mean, deviation;
  double operator()(const Json& reward) const { return (reward.get<double>() - mean) / deviation; }
};

Unit unit_of(const fs::path& run) {
  const Json stored = Json::parse(read_file(run / "final/reward_config.json")).at("normalization");
  return {stored["mean"]["value"], stored["within_prompts"]["value"]};
}

TEST(SeveralModels, GiveMeanSmallestAndDeviationOfTheirScaledRewards) {
  const fs::path folder = two_runs("several_models");
  const Unit a = unit_of(folder / "a"), b = unit_of(folder / "b");
  const auto of_a = scored(folder, "a held_out.jsonl scored.jsonl");
  const auto of_b = scored(folder, "b held_out.jsonl scored.jsonl");
  const auto both = scored(folder, "a held_out.jsonl scored.jsonl --with b");
  ASSERT_EQ(both.size(), of_a.size());
  for (size_t i = 0; i < both.size(); ++i) {
    for (const char* key : {"chosen_reward", "rejected_reward"}) {
      const double x = a(of_a[i][key]), y = b(of_b[i][key]);
      EXPECT_NEAR(both[i][key], (x + y) / 2, 1e-5);
      EXPECT_NEAR(both[i][str(key, "_min")], std::min(x, y), 1e-5);
      EXPECT_NEAR(both[i][str(key, "_deviation")], std::abs(x - y) / std::sqrt(2), 1e-5);
      EXPECT_NEAR(both[i][str(key, "_by_model")][0], x, 1e-5);
      EXPECT_NEAR(both[i][str(key, "_by_model")][1], y, 1e-5);
    }
  }
}

TEST(SeveralModels, ChooseTheBestAnswerByTheirMean) {
  const fs::path folder = two_runs("several_models_best");
  const auto all = scored(folder, "a answers.jsonl scored.jsonl --with b");
  const auto best = scored(folder, "a answers.jsonl scored.jsonl --with b --best");
  for (size_t i = 0; i < all.size(); ++i) {
    const Json& rewards = all[i]["rewards"];
    const size_t expected = rewards[0] >= rewards[1] ? 0 : 1;
    EXPECT_EQ(best[i]["reward_index"], expected);
    EXPECT_EQ(best[i]["response"], all[i]["responses"][expected]);
    EXPECT_EQ(best[i]["reward"], rewards[expected]);
    EXPECT_EQ(best[i]["reward_min"], all[i]["rewards_min"][expected]);
    EXPECT_EQ(best[i]["reward_by_model"], all[i]["rewards_by_model"][expected]);
  }
}

TEST(SeveralModels, LeaveNothingBehindWhereOneModelReplacesThem) {
  const fs::path folder = two_runs("several_models_replaced");
  run_ok("score a held_out.jsonl both.jsonl --with b", folder);
  const Json row = scored(folder, "a both.jsonl scored.jsonl --replace")[0];
  EXPECT_EQ(row, scored(folder, "a held_out.jsonl scored.jsonl")[0]);
  EXPECT_FALSE(row.contains("chosen_reward_min"));
}

TEST(SeveralModels, LeaveOutWhatOneOfThemLacks) {
  const fs::path folder = two_runs("several_models_missing");
  fs::copy(folder / "b/export", folder / "short", fs::copy_options::recursive);
  fs::remove(folder / "short/manifest.json");
  Json config = Json::parse(read_file(folder / "short/reward_config.json"));
  config["max_length"] = 40;
  write_file(folder / "short/reward_config.json", config.dump());
  write_lines(folder / "rows.jsonl",
              {{{"prompt", "p "}, {"responses", {std::string(100, 'a'), "No."}}}});
  const Json row = scored(folder, "a rows.jsonl scored.jsonl --with short")[0];
  for (const char* key : {"rewards", "rewards_min", "rewards_deviation", "rewards_by_model"}) {
    EXPECT_TRUE(row[key][0].is_null()) << key;
    EXPECT_FALSE(row[key][1].is_null()) << key;
  }
  EXPECT_THAT(row["reward_error"].get<std::string>(),
              HasSubstr("short: rows.jsonl:1: responses[0]: found "));
}

TEST(SeveralModels, AreRefusedByName) {
  const fs::path folder = two_runs("several_models_refused");
  const auto message = [&](const std::string& options) {
    const std::string errors = errors_of("score a held_out.jsonl out.jsonl " + options, folder, 2);
    EXPECT_FALSE(fs::exists(folder / "out.jsonl"));
    return errors;
  };
  make_tiny_model(folder / "foreign", "marks", true);
  EXPECT_THAT(message("--with b --with foreign"),
              AllOf(HasSubstr("--with: found no normalization in reward_config.json of foreign"),
                    HasSubstr("laurel normalize MODEL ANSWERS... measures it")));
  EXPECT_THAT(message("--with b --with a/final"),
              HasSubstr("--with: found a/final twice, expected different models"));
  EXPECT_THAT(message("--with a/export"),
              HasSubstr("--with: found the same normalization in a/export and in a, which are one "
                        "model; expected different models"));
  run_ok("export a unit --scale unit", folder);
  EXPECT_THAT(message("--with unit"), HasSubstr("--with: found the same normalization, but for its "
                                                "scale, in unit and in a, which are one model"));
  fs::copy(folder / "a/export", folder / "copy", fs::copy_options::recursive);
  write_lines(folder / "fewer.jsonl", {{{"prompt", "p"}, {"responses", {"Yes.", "No."}}}});
  run_ok("normalize copy fewer.jsonl", folder);
  EXPECT_THAT(message("--with copy"), HasSubstr("--with: found the same weights in copy and in a"));
  EXPECT_THAT(message("--with b --calibrated"),
              HasSubstr("--with: found it with --calibrated, expected one of them"));
  EXPECT_THAT(message("--with b --as score"), HasSubstr("--with: found it with --as,"));
  const Outcome piped = run_laurel("score a - out.jsonl --with b", folder);
  EXPECT_EQ(piped.code, 2);
  EXPECT_THAT(piped.err, HasSubstr("--with: found standard input, which can be read once"));
  write_lines(folder / "single.jsonl",
              {{{"prompt", "p"}, {"response", "Yes."}}, {{"prompt", "q"}, {"response", "No."}}});
  run_ok("normalize b single.jsonl", folder);
  EXPECT_THAT(message("--with b"),
              HasSubstr("--with: b: found the deviation of all answers in its normalization, but "
                        "the deviation within prompts in that of a"));
}

TEST(SeveralModels, NormalizedOnOtherAnswersAreWarnedOf) {
  const fs::path folder = two_runs("several_models_other");
  std::vector<Json> rows = lines_of(folder / "answers.jsonl");
  rows.resize(20);
  write_lines(folder / "fewer.jsonl", rows);
  run_ok("normalize b fewer.jsonl", folder);
  const Outcome outcome = run_laurel("score a held_out.jsonl out.jsonl --with b", folder);
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("b was normalized on other answers than a: their units may"));
}

}  // namespace
}  // namespace laurel::several_models_test
