// laurel audit on a config: its exit code, its files, and its short form in check.
#include <gmock/gmock.h>

#include "core/files.h"
#include "end_to_end/program.h"

namespace laurel::audit_command_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

namespace fs = std::filesystem;

fs::path project_with_repeated_row(const std::string& name) {
  const fs::path folder = tiny_project(name);
  std::vector<Json> rows = tiny_pairs(24);
  rows.push_back(rows[3]);
  write_lines(folder / "pairs.jsonl", rows);
  write_file(folder / "config.json", tiny_config({pair_source()}, 2).dump());
  return folder;
}

TEST(AuditCommand, NamesWhatIsWrongAndWhere) {
  const fs::path folder = project_with_repeated_row("audit_command");
  const Outcome outcome = run_laurel("audit config.json", folder);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out,
              AllOf(HasSubstr("warning: pairs: 1 row with the texts and the label of an earlier "
                              "row [exact_duplicates]\n"),
                    HasSubstr("pairs.jsonl:4 = "), HasSubstr("pairs.jsonl:25\n"),
                    HasSubstr("tokens of an epoch: "), HasSubstr("an epoch's matrix products")));
  EXPECT_FALSE(fs::exists(folder / "run"));
}

TEST(AuditCommand, StrictExitsWith1) {
  const fs::path folder = project_with_repeated_row("audit_strict");
  EXPECT_EQ(run_laurel("audit config.json --strict", folder).code, 1);
}

TEST(AuditCommand, WritesJsonAndAPage) {
  const fs::path folder = project_with_repeated_row("audit_files");
  ASSERT_EQ(run_laurel("audit config.json --json a.json --page a.html", folder).code, 0);
  const Json json = Json::parse(read_file(folder / "a.json"));
  EXPECT_EQ(json["findings"][0]["kind"], "exact_duplicates");
  EXPECT_GT(json["tokens"]["computed"], 0);
  EXPECT_THAT(read_file(folder / "a.html"), HasSubstr("exact_duplicates"));
  const Outcome to_output = run_laurel("audit config.json --json -", folder);
  EXPECT_EQ(Json::parse(to_output.out)["findings"][0]["count"], 1);
  EXPECT_THAT(to_output.err, HasSubstr("warning: pairs: 1 row"));
}

TEST(AuditCommand, WritesOverNothingThatItReads) {
  const fs::path folder = project_with_repeated_row("audit_over");
  const Outcome outcome = run_laurel("audit config.json --page pairs.jsonl", folder);
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("--page"));
}

TEST(AuditCommand, RefusesAJaccardIndexThatIsNone) {
  const fs::path folder = project_with_repeated_row("audit_near");
  const Outcome outcome = run_laurel("audit config.json --near 80", folder);
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("--near: found 80, expected a Jaccard index from 0.3 to 1"));
}

TEST(AuditCommand, CountsMalformedRows) {
  const fs::path folder = project_with_repeated_row("audit_malformed");
  std::vector<Json> rows = tiny_pairs(24);
  rows[5].erase("rejected");
  write_lines(folder / "pairs.jsonl", rows);
  const Outcome outcome = run_laurel("audit config.json", folder);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("error: pairs: 1 row is malformed [malformed_rows]\n"),
                                 HasSubstr("pairs.jsonl:6: ")));
}

TEST(AuditCommand, HeldOutRowsCountAsEval) {
  const fs::path folder = project_with_repeated_row("audit_held_out");
  const Outcome outcome = run_laurel(
      "audit config.json --set sources.pairs.eval=[] --set sources.pairs.eval_fraction=0.25",
      folder);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out,
              AllOf(testing::ContainsRegex(" [67] of eval, "), Not(HasSubstr("prompts_in_eval"))));
}

TEST(AuditCommand, RowsThatTheRunDropsAreNoLeaksOfTheirPrompts) {
  const fs::path folder = tiny_project("audit_held_out_prompts");
  std::vector<Json> rows;
  for (const Json& row : tiny_pairs(40)) {
    rows.push_back(row);
    rows.push_back(row);
    rows.back()["rejected"] = row["chosen"];  // both alike: not trained on
  }
  write_lines(folder / "pairs.jsonl", rows);
  Json source = pair_source();
  source.erase("eval");
  source["eval_fraction"] = 0.25;
  write_file(folder / "config.json", tiny_config({source}, 2).dump());
  const Outcome outcome = run_laurel("audit config.json", folder);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, Not(HasSubstr("prompts_in_eval")));
}

TEST(Check, ShowsTheAuditOfEqualTexts) {
  const fs::path folder = project_with_repeated_row("check_audit");
  const Outcome outcome = run_laurel("check config.json", folder);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("audit: warning: pairs: 1 row with the texts"));
}

}  // namespace
}  // namespace laurel::audit_command_test
