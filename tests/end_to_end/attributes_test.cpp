// Heads with several rows through the program: trained, kept, evaluated, scored and exported.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/files.h"
#include "program.h"

namespace laurel::test::attributes_test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

Json rated_source(const Json& loss) {
  return {{"name", "rated"},
          {"format", "pointwise"},
          {"text", "plain"},
          {"train", {"rated.jsonl"}},
          {"eval", {"rated.jsonl"}},
          {"attributes", {"help", "truth"}},
          {"loss", loss},
          {"score_scaling", "standardize"}};
}

// Every third row is not labelled for truth.
void write_rated(const fs::path& folder) {
  std::vector<Json> rows;
  for (int i = 0; i < 24; ++i) {
    Json row = {{"prompt", "p" + std::to_string(i % 8)},
                {"response", i % 2 == 0 ? "good." : "bad."},
                {"help", i % 2 == 0 ? 5 : 1}};
    if (i % 3 != 0) row["truth"] = (i * 7) % 5;
    rows.push_back(row);
  }
  write_lines(folder / "rated.jsonl", rows);
}

fs::path trained(const std::string& name, const Json& loss) {
  const fs::path folder = tiny_project(name);
  write_rated(folder);
  Json pairs = pair_source();
  pairs["reward_weights"] = {{"help", 1.0}, {"truth", -0.5}};
  write_file(folder / "config.json", tiny_config({rated_source(loss), pairs}, 4).dump());
  const Outcome outcome = run_laurel("train config.json", folder);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  return folder;
}

Json score_of(const std::string& model, const fs::path& folder) {
  const Outcome outcome = run_laurel("score " + model + " - -", folder,
                                     "{\"prompt\": \"p1\", \"response\": \"good.\"}\n");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  return Json::parse(outcome.out).at("reward");
}

TEST(Attributes, OfARunAreScoredByNameAndExportedOneByOneOrCombined) {
  const fs::path folder = trained("attributes", {{"type", "gaussian"}});
  const Json named = score_of("run", folder);
  ASSERT_EQ(named.size(), 2u);
  const double help = named.at("help"), truth = named.at("truth");
  EXPECT_NEAR(score_of("run/export", folder).get<double>(), help - 0.5 * truth, 1e-5);
  ASSERT_EQ(run_laurel("export run one --reward truth", folder).code, 0);
  EXPECT_NEAR(score_of("one", folder).get<double>(), truth, 1e-6);
  ASSERT_EQ(run_laurel("export run all --all-outputs", folder).code, 0);
  EXPECT_EQ(score_of("all", folder), named);
  const Json config = Json::parse(read_file(folder / "all/config.json"));
  EXPECT_EQ(config["id2label"]["3"], "truth_log_variance");
  const Outcome unknown = run_laurel("export run none --reward x", folder);
  EXPECT_EQ(unknown.code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("expected one of the attributes: help, truth"));
}

TEST(Attributes, AreEvaluatedInTheUnitsOfTheirSource) {
  const fs::path folder = trained("attributes_eval", {{"type", "gaussian"}});
  const auto last = [&](const std::string& source) {
    Json found;
    for (const Json& line : lines_of(folder / "run/metrics.jsonl", "eval")) {
      if (line["source"] == source) found = line;
    }
    return found;
  };
  const auto evaluated = [&](const std::string& rows, const std::string& options) {
    const Outcome outcome = run_laurel("eval run " + rows + " --json - " + options, folder);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return Json::parse(outcome.out);
  };
  const Json rated = evaluated("rated.jsonl", "--source rated --text plain");
  for (const char* set : {"truth", "truth/predicted_deviations"}) {
    ASSERT_TRUE(rated["sets"].contains(set)) << rated.dump();
  }
  EXPECT_NEAR(rated["sets"]["truth"]["metrics"]["mse"]["value"].get<double>(),
              last("rated")["sets"]["truth"]["metrics"]["mse"]["value"].get<double>(), 1e-5);
  const Json pairs = evaluated("held_out.jsonl", "--source pairs --text plain");
  EXPECT_NEAR(pairs["metrics"]["log_loss"]["value"].get<double>(),
              last("pairs")["metrics"]["log_loss"]["value"].get<double>(), 1e-5);
}

TEST(Attributes, AreFoundUnderOtherNames) {
  const fs::path folder = trained("attributes_named", {{"type", "gaussian"}});
  std::vector<Json> rows = lines_of(folder / "rated.jsonl");
  for (Json& row : rows) {
    row["h"] = row["help"];
    row.erase("help");
  }
  write_lines(folder / "named.jsonl", rows);
  const auto metrics = [&](const std::string& arguments) {
    const Outcome outcome =
        run_laurel("eval run " + arguments + " --json - --source rated --text plain", folder);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return Json::parse(outcome.out)["sets"]["help"]["metrics"];
  };
  EXPECT_EQ(metrics("named.jsonl --fields help=h"), metrics("rated.jsonl"));
}

TEST(Attributes, AreNeverGuessedInAnEvaluation) {
  const fs::path folder = trained("attributes_unclear", {{"type", "squared_error"}});
  const Outcome scores = run_laurel("eval run ratings.jsonl --source pairs --text plain", folder);
  EXPECT_EQ(scores.code, 2);
  EXPECT_THAT(scores.err,
              HasSubstr("the head has 2 attributes, expected names of those that are scored: "
                        "--source NAME of a source of the training run with attributes, or laurel "
                        "export --reward NAME, which makes a model of one of them"));
  const Outcome pairs = run_laurel("eval run held_out.jsonl --source rated --text plain", folder);
  EXPECT_EQ(pairs.code, 2);
  EXPECT_THAT(pairs.err,
              HasSubstr("expected one reward that pairs and lists compare: --source NAME of "
                        "a source of the training run with reward_weights, or"));
}

TEST(Attributes, OfAKeptHeadAreTrainedFurther) {
  const fs::path folder = trained("attributes_kept", {{"type", "squared_error"}});
  Json pairs = pair_source();
  pairs["reward_weights"] = {{"truth", 1.0}};
  Json config = tiny_config({pairs}, 2);
  config["model"]["path"] = "run";
  config["run"]["folder"] = "further";
  write_file(folder / "further.json", config.dump());
  EXPECT_EQ(run_laurel("train further.json", folder).code, 0);
  EXPECT_EQ(score_of("further", folder).size(), 2u);
  config["sources"][0]["reward_weights"] = {{"beauty", 1.0}};
  write_file(folder / "wrong.json", config.dump());
  const Outcome wrong = run_laurel("check wrong.json --overwrite", folder);
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.err,
              HasSubstr("sources.pairs.reward_weights: found \"beauty\", an attribute that the "
                        "head does not have, expected one of: help, truth"));
}

TEST(Attributes, LossParametersSurviveExport) {
  const fs::path folder = tiny_project("loss_parameters");
  std::vector<Json> rows;
  for (int i = 0; i < 16; ++i) {
    const bool good = i % 2 == 0;
    rows.push_back({{"prompt", "p" + std::to_string(i)},
                    {"response", good ? "good." : "bad."},
                    {"score", good ? 5 : 1 + i % 3}});
  }
  write_lines(folder / "stars.jsonl", rows);
  const Json stars = {{"name", "stars"},         {"format", "pointwise"},
                      {"text", "plain"},         {"train", {"stars.jsonl"}},
                      {"eval", {"stars.jsonl"}}, {"loss", {{"type", "ordinal"}, {"levels", 5}}}};
  Json ties = pair_source();
  ties["loss"] = {{"type", "davidson"}};
  write_file(folder / "config.json", tiny_config({stars, ties}, 6).dump());
  const Outcome outcome = run_laurel("train config.json", folder);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Json config = Json::parse(read_file(folder / "run/export/reward_config.json"));
  EXPECT_EQ(config["sources"][0]["loss_parameters"].size(), 4u);
  EXPECT_NE(config["sources"][1]["loss_parameters"][0], 0.0) << "it has moved from where it begins";
  Json trained;
  for (const Json& line : lines_of(folder / "run/metrics.jsonl", "eval")) {
    if (line["source"] == "stars") trained = line;
  }
  const Outcome again =
      run_laurel("eval run/export stars.jsonl --source stars --text plain --json -", folder);
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_NEAR(Json::parse(again.out)["metrics"]["mse"]["value"].get<double>(),
              trained["metrics"]["mse"]["value"].get<double>(), 1e-6);
}

}  // namespace
}  // namespace laurel::test::attributes_test
