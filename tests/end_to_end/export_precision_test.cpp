// What a narrower type does to a training, through the real binary: a base in bf16, few small steps.
#include <gmock/gmock.h>

#include "core/files.h"
#include "core/str.h"
#include "end_to_end/program.h"

namespace laurel::export_precision_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

namespace fs = std::filesystem;

// A run of two small steps from a base whose weights are bf16; 12 rows are evaluated.
fs::path short_run(const std::string& name) {
  const fs::path folder = tiny_project(name);
  make_tiny_model(folder / "classifier", "blocks", true);
  EXPECT_EQ(run_laurel("export classifier base --dtype bf16", folder).code, 0);
  Json config = tiny_config({pair_source()}, 2);
  config["model"]["path"] = "base";
  config["model"]["head"] = "new";
  config["train"]["lr"] = 1e-6;
  write_file(folder / "config.json", config.dump());
  const Outcome outcome = train(folder);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("a program that loads this fp32 export in bf16"));
  return folder;
}

std::string card_of(const fs::path& folder) { return read_file(folder / "README.md"); }

TEST(ExportPrecision, OfAShortTrainingIsRoundedStochasticallyByDefault) {
  const fs::path folder = short_run("short_bf16");
  const Outcome outcome = run_laurel("export run out --dtype bf16", folder);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("so that weights are rounded stochastically"),
                                 HasSubstr("bf16, rounded stochastically: "),
                                 HasSubstr("% of the training's update survives"),
                                 HasSubstr("over 12 rows: Spearman")));
  EXPECT_THAT(card_of(folder / "out"),
              AllOf(HasSubstr("## Precision"), HasSubstr("bf16, rounded stochastically")));
  EXPECT_THAT(card_of(folder / "run/export"), HasSubstr("The weights are fp32. Loaded in bf16: "));
  const std::string bytes = weights(folder / "out");
  run_laurel("export run again --dtype bf16", folder);
  EXPECT_EQ(weights(folder / "again"), bytes) << "the same seed";
  run_laurel("export run other --dtype bf16 --rounding-seed 1", folder);
  EXPECT_NE(weights(folder / "other"), bytes);
}

TEST(ExportPrecision, OfAShortTrainingRoundedToNearestIsRefusedUnlessForced) {
  const fs::path folder = short_run("short_nearest");
  const Outcome refused = run_laurel("export run out --dtype bf16 --rounding nearest", folder);
  EXPECT_EQ(refused.code, 8);
  EXPECT_THAT(refused.err,
              AllOf(HasSubstr("out: in bf16, rounded to nearest, "),
                    HasSubstr("% of the training's update survives, expected at least 50 %"),
                    HasSubstr("--dtype fp32 keeps all"), HasSubstr("--rounding stochastic"),
                    HasSubstr("--force")));
  EXPECT_FALSE(fs::exists(folder / "out"));
  const Outcome forced =
      run_laurel("export run out --dtype bf16 --rounding nearest --force", folder);
  EXPECT_EQ(forced.code, 0);
  EXPECT_THAT(forced.err, HasSubstr("warning: exported by --force: "));
  const Outcome stochastic =
      run_laurel("export run by_rows --dtype bf16 --rounding stochastic", folder);
  EXPECT_EQ(stochastic.code, 0) << stochastic.err;
}

TEST(ExportPrecision, IsMeasuredOnRowsThatStayWithTheRun) {
  const fs::path folder = short_run("sample_rows");
  const Json rows = Json::parse(read_file(folder / "run/sample_rows.json"));
  EXPECT_EQ(rows["split"], "eval");
  EXPECT_EQ(rows["groups"].size(), 12u);
  EXPECT_FALSE(fs::exists(folder / "run/final/sample_rows.json"));
  EXPECT_FALSE(fs::exists(folder / "run/export/sample_rows.json"));
  EXPECT_THAT(read_file(folder / "run/final/run.json"), Not(HasSubstr("base")));
  // Without its base, the rows decide, few as they are.
  fs::remove_all(folder / "base");
  const Outcome outcome = run_laurel("export run out --dtype fp16", folder);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("is not measured: the base is not there any more; over 12"));
}

TEST(ExportPrecision, OfAModelWithoutARunIsNotJudged) {
  const fs::path folder = tiny_project("no_run");
  make_tiny_model(folder / "classifier", "blocks", true);
  const Outcome outcome = run_laurel("export classifier out --dtype bf16", folder);
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("not measured: the model is not in the folder of a run"));
}

}  // namespace
}  // namespace laurel::export_precision_test
