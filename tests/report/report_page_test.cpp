// The page of a report: what it shows, what it says is absent, and that no text leaves its place.
#include "report/report_page.h"

#include <gmock/gmock.h>

#include "hostile_runs.h"

namespace laurel::report_page_test {
namespace {

using test::small_run;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

size_t count(const std::string& text, const std::string& part) {
  size_t n = 0;
  for (size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++n;
  return n;
}

TEST(ReportPage, HasCurvesTablesAndPictures) {
  const std::string page = report_page({small_run("a")});
  for (const char* title :
       {"Loss by step", "Training accuracy of ukp by step", "accuracy of ukp by step",
        "margin of ukp by step", "Reliability of ukp", "Rewards of ukp",
        "Reward against length of ukp"}) {
    EXPECT_THAT(page, HasSubstr(std::string("<title>") + title + "</title>"));
  }
  EXPECT_THAT(page, AllOf(HasSubstr("<h1>Report of a</h1>"), HasSubstr("<td>complete</td>"),
                          HasSubstr("0.7500 (0.6500 to 0.8500)"), HasSubstr("<td>3 min</td>"),
                          HasSubstr("Dashed: the longer answer, 0.5500."),
                          HasSubstr("40 of 42 rows, 2 dropped"), HasSubstr("held_out.jsonl:3")));
}

TEST(ReportPage, SaysWhereAMetricHasNoIntervals) {
  const std::string page = report_page({small_run("a")});  // margin has none, accuracy has
  EXPECT_EQ(count(page, "<figcaption>Without intervals."), 1u);
  EXPECT_EQ(count(page, "<figcaption>With 95 % intervals."), 1u);
}

// 20 rows at 0.1 from the diagonal and 20 at 0.1.
TEST(ReportPage, SaysTheCalibrationError) {
  EXPECT_THAT(report_page({small_run("a")}), HasSubstr("mean distance 0.1000"));
}

TEST(ReportPage, NeedsNothingFromElsewhereAndRunsNothing) {
  const std::string page = report_page({small_run("a")});
  EXPECT_THAT(page, AllOf(Not(HasSubstr("<script")), Not(HasSubstr("://")), Not(HasSubstr("<link")),
                          Not(HasSubstr("<img")), HasSubstr("default-src 'none'")));
}

// As metrics.jsonl has them.
TEST(ReportPage, SaysWhatWasFoundBeyondChance) {
  const auto metric = [](double value, double low, double high) {
    return Json{{"value", value}, {"low", low}, {"high", high}};
  };
  Json line{{"source", "ukp"},
            {"n", 40},
            {"units", 40},
            {"metrics", {{"accuracy", metric(0.7, 0.6, 0.8)}}}};
  line["sets"]["calibration"] = {{"units", 40}, {"metrics", {{"slope", metric(0.4, 0.3, 0.5)}}}};
  line["slices_compared"] = 2;
  line["slices_that_differ"] = {{{"field", "topic"},
                                 {"value", "<law>"},
                                 {"difference", -0.2},
                                 {"low", -0.3},
                                 {"high", -0.1}}};
  RunRecord run = small_run("a");
  run.evaluations[1].evaluation = evaluation_from_json(line);
  EXPECT_THAT(report_page({run}),
              AllOf(HasSubstr("<li>calibration: as log-odds, differences of rewards are too large"),
                    HasSubstr("<li>slice topic &lt;law&gt;: worse than all rows, accuracy differs "
                              "by -0.2000 (-0.3000 to -0.1000)</li>")));
  line["sets"]["calibration"]["metrics"]["slope"] = metric(0.9, 0.8, 1.1);
  line["slices_that_differ"] = Json::array();
  run.evaluations[1].evaluation = evaluation_from_json(line);
  EXPECT_THAT(report_page({run}),
              HasSubstr("<p>Found: nothing beyond chance in calibration, 2 slices.</p>"));
}

TEST(ReportPage, EscapesEveryText) {
  RunRecord run = small_run(test::kHostile);
  run.config["sources"] = {{{"name", test::kHostile}}};
  run.source_curves["rewards"][test::kHostile] = {{1, 2}, {0, 1}};
  run.inputs = InputsRecord{.sources = {{.name = test::kHostile,
                                         .train = {.rows = 1,
                                                   .dropped = {{test::kHostile, 1}},
                                                   .files = {{.path = test::kHostile}}}}},
                            .environment = {{test::kHostile, test::kHostile}}};
  run.evaluations[1].evaluation.source = run.rows->sources[0].source = test::kHostile;
  run.evaluations[1].evaluation.weights = test::kHostile;
  run.rows->sources[0].wrong[0].where = test::kHostile;
  run.rows->sources[0].wrong[0].answers[0].label = test::kHostile;
  run.rows->sources[0].classes[0].name = test::kHostile;
  const std::string page = report_page({run});
  EXPECT_THAT(page,
              AllOf(Not(HasSubstr("<script")), Not(HasSubstr("alert('x')")), Not(HasSubstr("\x1b")),
                    Not(HasSubstr("\u202e")), HasSubstr("\\u202E\u05d0\u05d1")));
}

TEST(ReportPage, ClosesWhatItOpens) {
  const std::string page = report_page({small_run("a"), small_run("b")});
  for (const char* tag : {"figure", "svg", "table", "details", "ul", "div", "pre", "section"}) {
    EXPECT_EQ(count(page, std::string("<") + tag + ">") + count(page, std::string("<") + tag + " "),
              count(page, std::string("</") + tag + ">"))
        << tag;
  }
}

TEST(ReportPage, EveryChartHasATitleAndEveryFigureACaption) {
  const std::string page = report_page({small_run("a")});
  EXPECT_EQ(count(page, "<svg class=\"chart\""), count(page, "</title>") - 1);  // and the page's
  EXPECT_EQ(count(page, "<figure>"), count(page, "<figcaption>"));
  EXPECT_GT(count(page, "<figure>"), 5u);
}

TEST(ReportPage, LaysSeveralRunsOverEachOther) {
  RunRecord second = small_run("b");
  second.config["train"]["lr"] = 2e-5;
  const std::string page = report_page({small_run("a"), second});
  EXPECT_EQ(count(page, "<title>Loss by step</title>"), 1u);
  EXPECT_EQ(count(page, "<title>Reliability of ukp</title>"), 1u);
  EXPECT_EQ(count(page, "<title>Rewards of ukp</title>"), 2u);
  EXPECT_THAT(page, AllOf(HasSubstr("<path class=\"line c1\""),
                          HasSubstr("b: mean distance 0.1000"), HasSubstr("<td>train/lr</td>"),
                          HasSubstr("a, step 10"), Not(HasSubstr("<td>run/folder</td>"))));
}

TEST(ReportPage, OfARunWithoutAnythingSaysWhatIsAbsent) {
  const std::string page = report_page({{.name = "new"}});
  EXPECT_THAT(page,
              AllOf(HasSubstr("new has made no step yet"), HasSubstr("new has not been evaluated"),
                    HasSubstr("no laurel.json"), HasSubstr("no inputs.json"),
                    Not(HasSubstr("<h2>Training</h2>")), Not(HasSubstr("<h2>Evaluation</h2>"))));
}

TEST(ReportPage, OfAnEvaluatedRunWithoutRowsSaysSo) {
  RunRecord run = small_run("a");
  run.rows.reset();
  EXPECT_THAT(report_page({run}), HasSubstr("a has no eval_rows.json of its last evaluation"));
}

// 100,000 rows leave bins, some points and twenty texts; 100,000 steps a few hundred points.
TEST(ReportPage, StaysSmall) {
  RunRecord run = small_run("a");
  Curve& loss = run.curves["loss"];
  loss = {};
  for (int step = 1; step <= 100000; ++step) {
    loss.step.push_back(step);
    loss.value.push_back(step % 7);
  }
  EvaluatedRows& rows = run.rows->sources[0];
  for (AnswerClass& one : rows.classes) {
    one.length.assign(400, 1000);
    one.reward.assign(400, 1);
  }
  rows.wrong.assign(20, rows.wrong[0]);
  EXPECT_LT(report_page({run}).size(), 200'000u);
}

}  // namespace
}  // namespace laurel::report_page_test
