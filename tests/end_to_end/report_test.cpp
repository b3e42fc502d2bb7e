// The report of a run: written at its end, and by the command.
#include <gmock/gmock.h>

#include "core/files.h"
#include "end_to_end/program.h"

namespace laurel::report_command_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

namespace fs = std::filesystem;

fs::path trained(const std::string& name) {
  const fs::path folder = tiny_project(name);
  std::vector<Json> held_out = lines_of(folder / "held_out.jsonl");
  for (Json& row : held_out) {
    std::swap(row["chosen"], row["rejected"]);  // so that a trained model is wrong
    row["topic"] = "<b>";
    row["prompt"] = "<script>alert(1)</script> " + row["prompt"].get<std::string>();
  }
  write_lines(folder / "held_out.jsonl", held_out);
  Json source = pair_source();
  source["slices"] = {"topic"};
  std::vector<Json> pairs = lines_of(folder / "pairs.jsonl");
  for (Json& row : pairs) row["topic"] = "b";
  write_lines(folder / "pairs.jsonl", pairs);
  write_file(folder / "config.json", tiny_config({source}, 8).dump());
  const Outcome outcome = run_laurel("train config.json", folder);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("curves and pictures in run/report.html"));
  return folder;
}

TEST(Report, IsInTheRunFolderAtTheEnd) {
  const fs::path folder = trained("report_train");
  const std::string page = read_file(folder / "run/report.html");
  EXPECT_THAT(page, AllOf(HasSubstr("Loss by step"), HasSubstr("Reliability of pairs"),
                          HasSubstr("Rewards of pairs"), HasSubstr("By topic"),
                          HasSubstr("held_out.jsonl:"), HasSubstr("&lt;script&gt;"),
                          Not(HasSubstr("<script")), Not(HasSubstr("no inputs.json"))));
  const Json inputs = Json::parse(read_file(folder / "run/inputs.json"));
  EXPECT_EQ(inputs["sources"][0]["train"]["rows"], 24);
  EXPECT_EQ(inputs["sources"][0]["train"]["files"][0]["sha256"],
            sha256(read_file(folder / "pairs.jsonl")));
  EXPECT_EQ(inputs["sources"][0]["eval"]["rows"], 12);
  const Json rows = Json::parse(read_file(folder / "run/eval_rows.json"));
  EXPECT_EQ(rows["step"], 8);
  EXPECT_EQ(rows["sources"][0]["n"], 12);
}

TEST(ReportCommand, WritesTheSamePageAgainWithoutTheModel) {
  const fs::path folder = trained("report_again");
  const std::string page = read_file(folder / "run/report.html");
  for (const char* gone : {"run/report.html", "run/final", "run/export", "run/checkpoints"}) {
    fs::remove_all(folder / gone);
  }
  const Outcome outcome = run_laurel("report run", folder);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "run/report.html\n");
  EXPECT_EQ(read_file(folder / "run/report.html"), page);
}

TEST(ReportCommand, LaysSeveralRunsOverEachOther) {
  const fs::path folder = trained("report_several");
  ASSERT_EQ(
      run_laurel("train config.json --set run.folder=second --set train.steps=4", folder).code, 0);
  const Outcome missing = run_laurel("report run second", folder);
  EXPECT_EQ(missing.code, 2);
  EXPECT_THAT(missing.err, HasSubstr("--out: not given, expected the file for the report of 2"));
  const Outcome outcome = run_laurel("report run second --out both.html", folder);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(read_file(folder / "both.html"),
              AllOf(HasSubstr("<h1>Report of run, second</h1>"), HasSubstr("train/steps")));
}

TEST(ReportCommand, TellsRunsOfTheSameNameApartByTheirPaths) {
  const fs::path folder = trained("report_names");
  fs::create_directory(folder / "other");
  fs::copy(folder / "run", folder / "other/run", fs::copy_options::recursive);
  ASSERT_EQ(run_laurel("report run other/run --out both.html", folder).code, 0);
  EXPECT_THAT(read_file(folder / "both.html"), HasSubstr("<h1>Report of run, other/run</h1>"));
}

TEST(ReportCommand, WritesOverNothingElseOfARun) {
  const fs::path folder = trained("report_over");
  const std::string metrics = read_file(folder / "run/metrics.jsonl");
  for (const char* output : {"run/metrics.jsonl", "run/final/config.json"}) {
    const Outcome outcome = run_laurel(std::string("report run --out ") + output, folder);
    EXPECT_EQ(outcome.code, 2) << output;
    EXPECT_THAT(outcome.err, HasSubstr("--out: found run/"));
  }
  EXPECT_EQ(read_file(folder / "run/metrics.jsonl"), metrics);
  EXPECT_EQ(run_laurel("report run --out run/report.html", folder).code, 0);
}

TEST(ReportCommand, ReplacesNothingButAReport) {
  const fs::path folder = trained("report_replaces");
  for (const char* output : {"config.json", "pairs.jsonl"}) {
    const std::string before = read_file(folder / output);
    const Outcome outcome = run_laurel(std::string("report run --out ") + output, folder);
    EXPECT_EQ(outcome.code, 2) << output;
    EXPECT_THAT(outcome.err,
                HasSubstr(std::string("--out: found ") + output +
                          ", which exists and is no report; expected a new file, or an earlier "
                          "report; nothing was written"));
    EXPECT_EQ(read_file(folder / output), before);
  }
  ASSERT_EQ(run_laurel("report run --out page.html", folder).code, 0);
  EXPECT_EQ(run_laurel("report run --out page.html", folder).code, 0);
  const Outcome standard = run_laurel("report run --out -", folder);
  EXPECT_EQ(standard.code, 0) << standard.err;
  EXPECT_EQ(standard.out, read_file(folder / "page.html"));
  EXPECT_FALSE(fs::exists(folder / "-"));
}

TEST(ReportCommand, RefusesAFolderThatIsNoRun) {
  const fs::path folder = tiny_project("report_none");
  const Outcome outcome = run_laurel("report model", folder);
  EXPECT_EQ(outcome.code, 8);
  EXPECT_THAT(outcome.err, HasSubstr("found no laurel.json and no metrics.jsonl"));
}

TEST(Report, OfARunWithoutEvaluationSaysSo) {
  const fs::path folder = tiny_project("report_not_evaluated");
  Json source = pair_source();
  source.erase("eval");
  write_file(folder / "config.json", tiny_config({source}, 2).dump());
  ASSERT_EQ(run_laurel("train config.json", folder).code, 0);
  EXPECT_FALSE(fs::exists(folder / "run/eval_rows.json"));
  EXPECT_THAT(read_file(folder / "run/report.html"),
              AllOf(HasSubstr("Loss by step"), HasSubstr("run has not been evaluated")));
}

// The report comes last: the run is complete without it.
TEST(Report, ThatCannotBeWrittenIsAWarning) {
  const fs::path folder = tiny_project("report_refused");
  write_file(folder / "config.json", tiny_config({pair_source()}, 2).dump());
  ASSERT_EQ(run_laurel("train config.json", folder).code, 0);
  fs::remove(folder / "run/report.html");
  write_file(folder / "run/eval_rows.json", "[]");
  const Outcome outcome = run_laurel("train config.json --set run.resume=auto", folder);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("warning: no report: "));
}

}  // namespace
}  // namespace laurel::report_command_test
