// laurel calibrate, score --calibrated and what eval says of a calibrated model.
#include <gmock/gmock.h>

#include <cmath>

#include "core/files.h"
#include "core/str.h"
#include "end_to_end/program.h"

namespace laurel::calibrate_test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

fs::path trained(const std::string& name, const Json& source) {
  return trained_project(name, tiny_config({source}, 8));
}

// Pairs of which every fourth is labelled the other way round.
std::vector<Json> doubtful_pairs(int n) {
  std::vector<Json> rows = tiny_pairs(n);
  for (int i = 0; i < n; i += 4) std::swap(rows[i]["chosen"], rows[i]["rejected"]);
  return rows;
}

// Labels of the answers of such pairs.
std::vector<Json> doubtful_labels(int n) {
  std::vector<Json> rows;
  for (const Json& pair : doubtful_pairs(n)) {
    for (const char* field : {"chosen", "rejected"}) {
      rows.push_back({{"prompt", pair["prompt"]},
                      {"response", pair[field]},
                      {"score", std::string(field) == "chosen" ? 1 : 0}});
    }
  }
  return rows;
}

Json calibration_of(const fs::path& folder) {
  return Json::parse(read_file(folder / "reward_config.json")).at("calibration");
}

std::vector<double> scores(const fs::path& folder, const std::string& arguments,
                           const std::string& field) {
  const Outcome outcome = run_laurel(str("score ", arguments), folder);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  std::vector<double> found;
  for (const Json& row : lines_of(folder / "scored.jsonl")) {
    found.push_back(row.at(field).get<double>());
  }
  return found;
}

TEST(Calibrate, StoresATemperatureThatScoreAppliesWhenAsked) {
  const fs::path folder = trained("calibrate_pairs", pair_source());
  write_lines(folder / "doubtful.jsonl", doubtful_pairs(40));
  const auto before = scores(folder, "run held_out.jsonl scored.jsonl", "chosen_reward");
  const Outcome outcome = run_laurel("calibrate run doubtful.jsonl", folder);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out,
              AllOf(HasSubstr("40 pairs of 40 prompts\ntemperature "), HasSubstr("log loss "),
                    HasSubstr(" as it is, "), HasSubstr("stored in run/final/reward_config.json\n"),
                    HasSubstr("stored in run/export/reward_config.json\n")));
  const Json stored = calibration_of(folder / "run/final");
  EXPECT_EQ(stored.dump(), calibration_of(folder / "run/export").dump());
  EXPECT_EQ(stored["labels"], "pairs");
  EXPECT_EQ(stored["data_sha256"][0], sha256(read_file(folder / "doubtful.jsonl")));
  EXPECT_LT(stored["calibrated_log_loss"].get<double>(), stored["log_loss"].get<double>());
  const auto plain = scores(folder, "run held_out.jsonl scored.jsonl", "chosen_reward");
  EXPECT_EQ(plain, before) << "nothing applies it silently";
  for (const char* model : {"run", "run/export"}) {
    const auto calibrated =
        scores(folder, str(model, " held_out.jsonl scored.jsonl --calibrated"), "chosen_reward");
    for (size_t i = 0; i < before.size(); ++i) {
      EXPECT_NEAR(calibrated[i], before[i] / stored["temperature"].get<double>(), 1e-4);
    }
  }
}

TEST(Calibrate, IsShownByEvalBesideTheRewardsAsTheyAre) {
  const fs::path folder = trained("calibrate_eval", pair_source());
  write_lines(folder / "doubtful.jsonl", doubtful_pairs(40));
  ASSERT_EQ(run_laurel("calibrate run doubtful.jsonl", folder).code, 0);
  const Json stored = calibration_of(folder / "run/final");
  const Outcome outcome = run_laurel("eval run doubtful.jsonl --json result.json", folder);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("  calibration: 40 pairs "), HasSubstr("ece_if_calib"),
                                 HasSubstr("  calibrated, T ")));
  const Json result = lines_of(folder / "result.json")[0];
  const auto value = [&](const Json& set, const char* metric) {
    return set["metrics"][metric]["value"].get<double>();
  };
  const double temperature = stored["temperature"].get<double>();
  EXPECT_NEAR(value(result, "log_loss"), stored["log_loss"].get<double>(), 1e-9);
  EXPECT_NEAR(value(result["sets"]["calibration"], "temperature"), temperature, 1e-6);
  EXPECT_NEAR(value(result["sets"]["calibrated"], "slope"), 1, 1e-6);
  EXPECT_LT(value(result["sets"]["calibrated"], "log_loss"), value(result, "log_loss"));
}

TEST(Calibrate, IsCarriedByExports) {
  const fs::path folder = trained("calibrate_export", pair_source());
  write_lines(folder / "doubtful.jsonl", doubtful_pairs(40));
  ASSERT_EQ(run_laurel("calibrate run doubtful.jsonl", folder).code, 0);
  ASSERT_EQ(run_laurel("export run again", folder).code, 0);
  EXPECT_EQ(calibration_of(folder / "again").dump(), calibration_of(folder / "run/final").dump());
  EXPECT_EQ(read_file(folder / "again/manifest.json"),
            read_file(folder / "run/export/manifest.json"));
}

TEST(Calibrate, RefusesFilesThatTheModelWasTrainedOn) {
  const fs::path folder = tiny_project("calibrate_trained_on");
  write_lines(folder / "pairs.jsonl", doubtful_pairs(40));
  write_file(folder / "config.json", tiny_config({pair_source()}, 8).dump());
  ASSERT_EQ(train(folder).code, 0);
  fs::copy_file(folder / "pairs.jsonl", folder / "copy.jsonl");
  for (const char* model : {"run", "run/export"}) {
    const Outcome outcome = run_laurel(str("calibrate ", model, " copy.jsonl"), folder);
    EXPECT_EQ(outcome.code, 2);
    EXPECT_THAT(outcome.err,
                HasSubstr("copy.jsonl is a file that the model was trained on (source pairs, by "
                          "its hash); expected rows that it has not seen, as its rewards are surer "
                          "on these; --force takes them all the same"));
    EXPECT_TRUE(calibration_of(folder / "run/final").is_null());
  }
  const Outcome forced = run_laurel("calibrate run copy.jsonl --force", folder);
  EXPECT_EQ(forced.code, 0) << forced.err;
  EXPECT_THAT(forced.err, HasSubstr("copy.jsonl is a file that the model was trained on"));
}

// Of nine pairs, four of which are turned round.
TEST(Calibrate, SaysWhereTheTemperatureIsNoise) {
  const fs::path folder = trained("calibrate_noise", pair_source());
  std::vector<Json> rows = tiny_pairs(9);
  for (size_t i = 0; i < rows.size(); ++i) {
    if (i % 9 < 4) std::swap(rows[i]["chosen"], rows[i]["rejected"]);
  }
  write_lines(folder / "noise.jsonl", rows);
  const Outcome outcome = run_laurel("calibrate run noise.jsonl", folder);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(
      outcome.err,
      HasSubstr("the temperature cannot be told from noise: the 95 % interval of the slope, "
                "by which rewards are multiplied, contains 0; give more rows"));
}

TEST(Calibrate, OfLabelsGivesProbabilities) {
  const fs::path folder = trained("calibrate_labels", pair_source());
  write_lines(folder / "labels.jsonl", doubtful_labels(40));
  const Outcome outcome = run_laurel("calibrate run/export labels.jsonl --text plain", folder);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("80 labels of 40 prompts\n"), HasSubstr("\nshift ")));
  EXPECT_TRUE(calibration_of(folder / "run/final").is_null()) << "the export alone was named";
  const Json stored = calibration_of(folder / "run/export");
  const auto plain = scores(folder, "run/export labels.jsonl scored.jsonl", "reward");
  const auto odds = scores(folder, "run/export labels.jsonl scored.jsonl --calibrated", "reward");
  const auto probability = scores(
      folder, "run/export labels.jsonl scored.jsonl --calibrated --as probability", "reward");
  double ones = 0;
  for (size_t i = 0; i < odds.size(); ++i) {
    const double expected =
        plain[i] / stored["temperature"].get<double>() + stored["shift"].get<double>();
    EXPECT_NEAR(odds[i], expected, 1e-4);
    EXPECT_NEAR(probability[i], 1 / (1 + std::exp(-expected)), 1e-4);
    ones += probability[i];
  }
  EXPECT_NEAR(ones, 40, 0.01) << "probabilities add up to the labels that they were fitted on";
}

TEST(Calibrate, RefusesWithWhatToDo) {
  const fs::path folder = trained("calibrate_refused", pair_source());
  const auto message = [&](const std::string& arguments, int code) {
    return errors_of(arguments, folder, code);
  };
  EXPECT_THAT(message("score run held_out.jsonl out.jsonl --calibrated", 2),
              HasSubstr("--calibrated: found no calibration in the model's reward_config.json; "
                        "laurel calibrate MODEL DATA... fits one"));
  EXPECT_FALSE(fs::exists(folder / "out.jsonl"));
  std::vector<Json> swapped = tiny_pairs(40);
  for (Json& row : swapped) std::swap(row["chosen"], row["rejected"]);
  write_lines(folder / "swapped.jsonl", swapped);
  EXPECT_THAT(message("calibrate run swapped.jsonl", 3),
              testing::AnyOf(HasSubstr("are the labels turned round?"),
                             HasSubstr("found no finite temperature")));
  EXPECT_THAT(message("calibrate run ratings.jsonl", 3),
              HasSubstr("expected pairs, or ratings that are all 0 or 1"));
  EXPECT_THAT(message("calibrate run held_out.jsonl --step last", 2),
              HasSubstr("laurel export RUN OUTPUT --step N makes a folder"));
  make_tiny_model(folder / "foreign", "marks", true);
  EXPECT_THAT(message("calibrate foreign held_out.jsonl", 2),
              HasSubstr("foreign: found no reward_config.json"));
  write_lines(folder / "doubtful.jsonl", doubtful_pairs(40));
  ASSERT_EQ(run_laurel("calibrate run doubtful.jsonl", folder).code, 0);
  EXPECT_THAT(message("score run held_out.jsonl out.jsonl --calibrated --as probability", 2),
              HasSubstr("found a calibration of pairs"));
  EXPECT_THAT(message("score run held_out.jsonl out.jsonl --calibrated --as score", 2),
              HasSubstr("found it with --as score"));
}

}  // namespace
}  // namespace laurel::calibrate_test
