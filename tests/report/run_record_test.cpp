// Run folders are read as far as they go.
#include "report/run_record.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "../checkpoint/tiny.h"
#include "core/files.h"

namespace laurel::run_record_test {
namespace {

using test::error_of;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

Json step_line(int64_t step, double loss) {
  return {{"kind", "step"},
          {"step", step},
          {"loss", loss},
          {"losses", {{"ukp", loss}}},
          {"accuracy", {{"ukp", 0.5}}},
          {"rewards", {{"ukp", {{"mean", -1.5}, {"deviation", 1}}}}},
          {"lr", 1e-5},
          {"grad_norm", 2},
          {"tokens", 100},
          {"seconds", 0.5}};
}

Evaluation evaluated() {
  return {
      .source = "ukp",
      .n = 40,
      .dropped = 2,
      .rewards = RewardMoments{0.5, 2},
      .unlabelled = 3,
      .sets = {{.name = "rows",
                .n = 40,
                .unit = ResampleUnit::prompt,
                .units = 30,
                .metrics = {{.name = "accuracy", .value = 0.7, .low = 0.6, .high = 0.8},
                            {.name = "margin", .value = {}, .low = {}, .high = {}}}},
               {.name = "pairs", .n = 9, .possible = 90, .units = 9}},
      .slices = {{.field = "topic",
                  .slices = {{"a", {.n = 5, .metrics = {{.name = "accuracy", .value = 1}}}, 0.8}},
                  .left_out = 2}},
      .comparison = SliceComparison{.differ = {{"topic", "a", 0.3, 0.1, 0.5}}},
      .weights = "fp32"};
}

void write_metrics(const std::filesystem::path& folder, const std::vector<Json>& lines,
                   const std::string& end = "") {
  std::string text;
  for (const Json& line : lines) text += line.dump() + "\n";
  write_file(folder / "metrics.jsonl", text + end);
}

TEST(EvaluationFromJson, IsWhatWasWritten) {
  const Evaluation found = evaluation_from_json(evaluation_json(evaluated(), 10, 1.0));
  EXPECT_EQ(evaluation_json(found, 10, 1.0), evaluation_json(evaluated(), 10, 1.0));
  EXPECT_EQ(found.slices[0].left_out, 2);
}

TEST(ReadRun, TakesCurvesAndEvaluationsFromItsMetrics) {
  const test::Scratch scratch;
  write_file(scratch.path / "laurel.json", "{\"train\": {\"lr\": 1}}");
  Json skipped = step_line(2, 0.6);
  skipped["skipped"] = true;
  write_metrics(scratch.path, {{{"kind", "event"}, {"step", 0}, {"event", "start"}},
                               evaluation_json(evaluated(), 0, 1.0),
                               step_line(1, 0.7),
                               skipped,
                               evaluation_json(evaluated(), 2, 1.0),
                               {{"kind", "event"}, {"step", 2}, {"event", "end"}}});
  const RunRecord run = read_run(scratch.path);
  EXPECT_EQ(run.name, scratch.path.filename());
  EXPECT_EQ(run.config["train"]["lr"], 1);
  EXPECT_EQ(run.steps, 2);
  EXPECT_EQ(run.skipped, 1);
  EXPECT_DOUBLE_EQ(run.seconds, 1);
  EXPECT_DOUBLE_EQ(run.tokens, 200);
  EXPECT_EQ(run.last_event, "end");
  EXPECT_THAT(run.curves.at("loss").value, ElementsAre(0.7, 0.6));
  EXPECT_THAT(run.curves.at("lr").step, ElementsAre(1, 2));
  EXPECT_THAT(run.source_curves.at("rewards").at("ukp").value, ElementsAre(-1.5, -1.5));
  EXPECT_THAT(run.evaluated_sources(), ElementsAre("ukp"));
  EXPECT_EQ(run.last_evaluation("ukp")->step, 2);
  EXPECT_EQ(run.last_evaluation("other"), nullptr);
  EXPECT_TRUE(run.evaluations[0].evaluation.slices.empty());
  EXPECT_EQ(run.evaluations[1].evaluation.slices.size(), 1u);
}

TEST(ReadRun, IgnoresALineThatAKilledProcessLeftUnfinished) {
  const test::Scratch scratch;
  write_metrics(scratch.path, {step_line(1, 0.7)}, "{\"kind\":\"step\",\"st");
  EXPECT_EQ(read_run(scratch.path).steps, 1);
}

TEST(ReadRun, RefusesALineThatIsNoJsonByItsNumber) {
  const test::Scratch scratch;
  write_metrics(scratch.path, {step_line(1, 0.7)}, "nonsense\n");
  EXPECT_THAT(error_of(ErrorKind::checkpoint, [&] { read_run(scratch.path); }),
              HasSubstr("metrics.jsonl:2"));
}

TEST(ReadRun, LeavesOutWhatHasAnotherForm) {
  const test::Scratch scratch;
  Json line = step_line(1, 0.7);
  line["loss"] = nullptr;  // not finite
  line["losses"] = 3;
  line["tokens"] = "many";
  write_metrics(scratch.path, {line, 5, "text", {{"kind", 1}}, {{"kind", "eval"}}});
  const RunRecord run = read_run(scratch.path);
  EXPECT_TRUE(run.curves.at("loss").value.empty());
  EXPECT_THAT(run.curves.at("grad_norm").value, ElementsAre(2));
  EXPECT_DOUBLE_EQ(run.tokens, 0);
}

TEST(ReadRun, RefusesAFolderThatIsNoRun) {
  const test::Scratch scratch;
  EXPECT_THAT(error_of(ErrorKind::checkpoint, [&] { read_run(scratch.path); }),
              AllOf(HasSubstr("found no laurel.json and no metrics.jsonl"),
                    HasSubstr("expected the folder of a run")));
}

TEST(ReadRun, TakesRowsOnlyOfTheLastEvaluation) {
  const test::Scratch scratch;
  write_metrics(scratch.path, {evaluation_json(evaluated(), 4, 1.0)});
  const std::vector<EvaluatedRows> of_ukp{{.source = "ukp"}};
  write_eval_rows(scratch.path / "eval_rows.json", {.step = 4, .sources = of_ukp});
  EXPECT_TRUE(read_run(scratch.path).rows.has_value());
  write_eval_rows(scratch.path / "eval_rows.json", {.step = 8, .sources = of_ukp});
  EXPECT_FALSE(read_run(scratch.path).rows.has_value());
}

}  // namespace
}  // namespace laurel::run_record_test
