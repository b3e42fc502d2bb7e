// What an audit prints, its JSON and its page.
#include "curation/audit_output.h"

#include <gmock/gmock.h>

namespace laurel::audit_output_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

AuditReport hostile_report() {
  AuditReport report;
  report.findings.push_back({.grade = Grade::error,
                             .kind = "rows_in_eval",
                             .source = "ukp",
                             .count = 2,
                             .text = "2 of 9 evaluation rows have <script>alert('x')</script>",
                             .examples = {"a.jsonl:1 & \"b\" \x1b[31m \u202e"},
                             .advice = "leave them out"});
  report.findings.push_back(
      {.grade = Grade::note, .kind = "near_prompts", .count = 1, .text = "1 pair"});
  report.sources.push_back({.name = "ukp", .train = 5, .eval = 9, .prompts = 3, .responses = 20});
  report.labels.push_back({.source = "ukp", .longer = share_of(86, 100)});
  report.tokens =
      TokenSavings{.steps = 2, .padded = 200, .tokens = 100, .computed = 60, .epoch = 0.5};
  report.epoch_seconds = 30.2;
  return report;
}

TEST(AuditText, HasFindingsWithPlacesAndAdviceThenFigures) {
  const std::string text = audit_text(hostile_report());
  EXPECT_THAT(
      text, AllOf(HasSubstr("ukp: 5 rows of train, 9 of eval, 3 prompts, 20 responses\n"),
                  HasSubstr("error: ukp: 2 of 9 evaluation rows"), HasSubstr("[rows_in_eval]\n"),
                  HasSubstr("    a.jsonl:1 & \"b\""), HasSubstr("    -> leave them out\n"),
                  HasSubstr("labels of ukp: longer better in 86 % (78 to 91 %, 100 judgements)\n"),
                  HasSubstr("tokens of an epoch: 120 computed; packing saves 50 % of the padded "
                            "ones, shared prompts 40 % of the rest; an epoch's matrix products "
                            "take about 31 s at this machine's speed\n"),
                  HasSubstr("1 error, 0 warnings, 1 note\n"), Not(HasSubstr("\x1b")),
                  Not(HasSubstr("\u202e"))));
}

TEST(AuditSummary, IsALineForEachFinding) {
  EXPECT_THAT(audit_summary(hostile_report()),
              AllOf(HasSubstr("audit: error: ukp: 2 of 9"), HasSubstr("audit: note: 1 pair"),
                    HasSubstr("laurel audit CONFIG\n")));
  EXPECT_THAT(audit_summary({}), HasSubstr("nothing found"));
}

TEST(AuditJson, HasTheSameFindings) {
  const Json json = audit_json(hostile_report());
  EXPECT_EQ(json["errors"], 1);
  EXPECT_EQ(json["warnings"], 0);
  EXPECT_EQ(json["findings"][0]["kind"], "rows_in_eval");
  EXPECT_EQ(json["findings"][0]["count"], 2);
  EXPECT_EQ(json["sources"][0]["prompts"], 3);
  EXPECT_DOUBLE_EQ(json["labels"][0]["longer"]["share"], 0.86);
  EXPECT_DOUBLE_EQ(json["tokens"]["epoch_computed"], 120);
  EXPECT_EQ(audit_json({})["tokens"], Json());
}

TEST(AuditPage, EscapesTextsOfRows) {
  const std::string page = audit_page(hostile_report(), "<config>.json");
  EXPECT_THAT(page, AllOf(HasSubstr("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"),
                          HasSubstr("a.jsonl:1 &amp; &quot;b&quot;"),
                          HasSubstr("<title>audit of &lt;config&gt;.json</title>"),
                          HasSubstr("<section class=\"finding error\">"), Not(HasSubstr("<script")),
                          Not(HasSubstr("\x1b")), Not(HasSubstr("\u202e")), Not(HasSubstr("://"))));
}

TEST(AuditPage, SaysThatNothingWasFound) {
  EXPECT_THAT(audit_page({}, "a.json"), HasSubstr("Nothing found."));
}

}  // namespace
}  // namespace laurel::audit_output_test
