// Audit: nothing on a clean set, and every fault that is planted in it, by name and place.
#include "curation/audit.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "curation/generated.h"
#include "curation/row_files.h"
#include "curation/turned_round.h"

namespace laurel::test::audit_test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;

AuditReport audit_of(const GeneratedSet& set) {
  return audit_rows(read_set(set), {.annotator = "who"}, 2);
}

std::vector<std::string> kinds_of(const AuditReport& report) {
  std::vector<std::string> kinds;
  for (const Finding& finding : report.findings) kinds.push_back(finding.kind);
  return kinds;
}

std::string all_text(const Finding& finding) {
  std::string text = finding.source + ": " + finding.text;
  for (const std::string& example : finding.examples) text += "\n" + example;
  return text;
}

// "pairs.jsonl:447": the row that was added last.
std::string last_row(const std::vector<Json>& rows, const std::string& file) {
  return file + ":" + std::to_string(rows.size());
}

TEST(Audit, SaysNothingOfACleanSet) {
  for (const uint64_t seed : {1, 2, 3}) {
    const AuditReport report = audit_of(clean_set(seed));
    for (const Finding& finding : report.findings) ADD_FAILURE() << all_text(finding);
    EXPECT_TRUE(passes_strict(report));
    ASSERT_EQ(report.sources.size(), 3u);
    EXPECT_EQ(report.sources[1].name, "pairs");
    EXPECT_EQ(report.sources[1].train, 440);
    EXPECT_EQ(report.sources[1].eval, 80);
    EXPECT_EQ(report.sources[1].prompts, 480);
    ASSERT_EQ(report.agreement.size(), 3u);  // the second votes
    EXPECT_EQ(report.agreement[0].units, 40);
    EXPECT_DOUBLE_EQ(*report.agreement[0].alpha, 1);
  }
}

TEST(Audit, NamesExactDuplicates) {
  GeneratedSet set = clean_set(1);
  auto& rows = set["pairs"].train;
  rows.push_back(rows[4]);
  const AuditReport report = audit_of(set);
  ASSERT_THAT(kinds_of(report), ElementsAre("exact_duplicates"));
  EXPECT_EQ(report.findings[0].grade, Grade::warning);
  EXPECT_EQ(report.findings[0].count, 1);
  EXPECT_THAT(all_text(report.findings[0]),
              HasSubstr("pairs: 1 row with the texts and the label of an earlier row"));
  EXPECT_THAT(
      report.findings[0].examples,
      ElementsAre(testing::ContainsRegex("pairs.jsonl:5 = .*" + last_row(rows, "pairs.jsonl"))));
  EXPECT_FALSE(passes_strict(report));
}

TEST(Audit, NamesNearDuplicates) {
  GeneratedSet set = clean_set(1);
  auto& rows = set["arena"].train;
  rows.push_back(rows[7]);
  for (const char* field : {"prompt", "response_a", "response_b"}) {
    rows.back()[field] = nearly(rows.back()[field].get<std::string>());
  }
  const AuditReport report = audit_of(set);
  EXPECT_THAT(kinds_of(report), ElementsAre("near_duplicates", "near_prompts"));
  EXPECT_THAT(all_text(report.findings[0]), HasSubstr(last_row(rows, "arena.jsonl")));
  EXPECT_EQ(report.findings[1].grade, Grade::note);
}

TEST(Audit, NamesContradictoryPairs) {
  GeneratedSet set = clean_set(1);
  auto& rows = set["pairs"].train;
  rows.push_back(rows[3]);
  std::swap(rows.back()["chosen"], rows.back()["rejected"]);
  const AuditReport report = audit_of(set);
  ASSERT_THAT(kinds_of(report), ElementsAre("contradictory_pairs"));
  EXPECT_THAT(all_text(report.findings[0]),
              testing::AllOf(HasSubstr("pairs.jsonl:4"), HasSubstr(last_row(rows, "pairs.jsonl"))));
  rows.back()["who"] = "gus";  // another person's vote
  const AuditReport votes = audit_of(set);
  ASSERT_THAT(kinds_of(votes), ElementsAre("annotators_disagree"));
  EXPECT_TRUE(passes_strict(votes));
}

TEST(Audit, SaysThatContradictionsAreInEval) {
  GeneratedSet set = clean_set(1);
  auto& rows = set["pairs"].eval;
  rows.push_back(rows[0]);
  std::swap(rows.back()["chosen"], rows.back()["rejected"]);
  const AuditReport report = audit_of(set);
  ASSERT_THAT(kinds_of(report), ElementsAre("contradictory_pairs"));
  EXPECT_TRUE(report.findings[0].eval);
  EXPECT_THAT(report.findings[0].text, testing::StartsWith("in eval: 1 pair of responses"));
}

TEST(Audit, NamesCyclesOfPreferences) {
  GeneratedSet set = clean_set(1);
  auto& rows = set["pairs"].train;
  const Json first = generated_pair(21), second = generated_pair(22);
  const Json texts[] = {first["chosen"], first["rejected"], second["chosen"]};
  for (int i = 0; i < 3; ++i) {
    rows.push_back(first);
    rows.back()["chosen"] = texts[i];
    rows.back()["rejected"] = texts[(i + 1) % 3];
  }
  const AuditReport report = audit_of(set);
  ASSERT_THAT(kinds_of(report), ElementsAre("preference_cycles"));
  EXPECT_THAT(all_text(report.findings[0]), HasSubstr(last_row(rows, "pairs.jsonl")));
}

TEST(Audit, NamesRowsOfTrainInEval) {
  GeneratedSet set = clean_set(1);
  set["pairs"].eval.push_back(set["pairs"].train[9]);
  AuditReport report = audit_of(set);
  ASSERT_THAT(kinds_of(report), ElementsAre("rows_in_eval"));
  EXPECT_EQ(report.findings[0].grade, Grade::error);
  EXPECT_THAT(all_text(report.findings[0]),
              testing::AllOf(HasSubstr("1 of 241 evaluation rows has the prompt and all responses"),
                             HasSubstr("pairs_eval.jsonl:81 of eval"),
                             HasSubstr("pairs.jsonl:10 of train")));
  set = clean_set(1);
  set["pairs"].eval[0]["prompt"] = set["stars"].train[0]["prompt"];
  set["pairs"].eval[1]["prompt"] = nearly(set["pairs"].train[1]["prompt"].get<std::string>());
  set["arena"].eval[2]["response_a"] = set["arena"].train[5]["response_b"];
  report = audit_of(set);
  EXPECT_THAT(kinds_of(report),
              ElementsAre("prompts_in_eval", "near_prompts_in_eval", "responses_in_eval"));
}

TEST(Audit, NamesResponsesThatAreComparedWithThemselves) {
  GeneratedSet set = clean_set(1);
  set["pairs"].train[2]["rejected"] = set["pairs"].train[2]["chosen"];
  EXPECT_THAT(kinds_of(audit_of(set)), ElementsAre("identical_responses"));
}

TEST(Audit, NamesConflictingScores) {
  GeneratedSet set = clean_set(1);
  set["stars"].train.push_back(set["stars"].train[1]);
  set["stars"].train.back()["score"] = set["stars"].train[1]["score"].get<int>() + 1;
  EXPECT_THAT(kinds_of(audit_of(set)), ElementsAre("conflicting_scores"));
  set["stars"].train.back()["who"] = "gus";  // another person's opinion
  EXPECT_THAT(kinds_of(audit_of(set)), IsEmpty());
}

TEST(Audit, NamesMalformedRows) {
  GeneratedSet set = clean_set(1);
  set["stars"].train.push_back({{"prompt", "Q"}});
  const AuditReport report = audit_of(set);
  ASSERT_THAT(kinds_of(report), ElementsAre("malformed_rows"));
  EXPECT_THAT(all_text(report.findings[0]), HasSubstr(last_row(set["stars"].train, "stars.jsonl")));
}

TEST(Audit, NamesLabelsThatFollowLengthAndPosition) {
  GeneratedSet set = clean_set(1);
  for (Json& row : set["arena"].train) {
    const bool first = row["preferred"] == "a";
    if (!first) std::swap(row["response_a"], row["response_b"]);
    row["preferred"] = "a";
  }
  EXPECT_THAT(kinds_of(audit_of(set)), ElementsAre("position_skew"));
  set = clean_set(1);
  for (size_t i = 0; i < set["pairs"].train.size(); ++i) {  // twice as long
    Json& chosen = set["pairs"].train[i]["chosen"];
    chosen =
        chosen.get<std::string>() + " " + generated_pair(5000 + i)["rejected"].get<std::string>();
  }
  EXPECT_THAT(kinds_of(audit_of(set)), Contains("length_skew"));
}

GeneratedSource flipped_source() {
  GeneratedSource flipped;
  for (int i = 0; i < 200; ++i) {
    flipped.train.push_back(generated_pair(1000 + i));
    std::swap(flipped.train.back()["chosen"], flipped.train.back()["rejected"]);
  }
  return flipped;
}

TEST(Audit, NamesASourceThatIsTurnedRoundByItsWords) {
  GeneratedSet set = clean_set(1);
  set["flipped"] = flipped_source();
  const AuditReport report = audit_of(set);
  ASSERT_THAT(kinds_of(report), ElementsAre("turned_round"));
  EXPECT_EQ(report.findings[0].source, "flipped");
  EXPECT_EQ(report.findings[0].grade, Grade::warning);
}

TEST(Audit, NamesASourceThatIsTurnedRoundByTheSamePairs) {
  GeneratedSet set = clean_set(1);
  set["flipped"] = flipped_source();
  for (int i = 0; i < 50; ++i) {
    set["flipped"].train[i] = set["pairs"].train[i];
    set["flipped"].train[i]["who"] = "gus";
    std::swap(set["flipped"].train[i]["chosen"], set["flipped"].train[i]["rejected"]);
  }
  const AuditReport report = audit_of(set);
  ASSERT_THAT(kinds_of(report), Contains("turned_round"));
  EXPECT_EQ(report.findings[0].grade, Grade::error);
  EXPECT_THAT(all_text(report.findings[0]), HasSubstr("flipped: of its judgements of pairs"));
}

TEST(Audit, NamesTheSourceWithTheLowestShareFirst) {
  const auto accord = [](const std::string& name, int64_t agree) {
    return SourceAccord{.name = name,
                        .source = name,
                        .judgements = 200,
                        .same_pairs = share_of(agree, 200, 3),
                        .by_others = {},
                        .by_own = {}};
  };
  const auto findings = turned_round_findings({accord("other", 60), accord("turned", 5)});
  ASSERT_EQ(findings.size(), 2u);
  EXPECT_EQ(findings[0].source, "turned");
  EXPECT_EQ(findings[1].source, "other");
}

TEST(Audit, ASmallSourceIsComparedByTheSamePairs) {
  GeneratedSet set = clean_set(1);
  for (int i = 0; i < 40; ++i) {
    Json row = set["pairs"].train[i];
    row["who"] = "gus";
    std::swap(row["chosen"], row["rejected"]);
    set["small"].train.push_back(row);
  }
  const AuditReport report = audit_of(set);
  const auto names_it = [](const Finding& finding) {
    return all_text(finding).find("small: of its judgements of pairs") != std::string::npos;
  };
  EXPECT_TRUE(std::ranges::any_of(report.findings, names_it));
}

TEST(Audit, NamesEveryFaultOfASetThatHasThemAll) {
  GeneratedSet set = clean_set(4);
  auto& pairs = set["pairs"].train;
  pairs.push_back(pairs[0]);  // exact
  pairs.push_back(pairs[1]);  // contradictory
  std::swap(pairs.back()["chosen"], pairs.back()["rejected"]);
  pairs.push_back(pairs[2]);  // near
  for (const char* field : {"prompt", "chosen", "rejected"}) {
    pairs.back()[field] = nearly(pairs.back()[field].get<std::string>());
  }
  const Json third = generated_pair(31);
  for (int i = 0; i < 2; ++i) {  // a cycle with row 4
    pairs.push_back(pairs[3]);
    pairs.back()[i == 0 ? "chosen" : "rejected"] = pairs[3][i == 0 ? "rejected" : "chosen"];
    pairs.back()[i == 0 ? "rejected" : "chosen"] = third["chosen"];
  }
  set["pairs"].eval.push_back(pairs[5]);  // a leak
  set["flipped"] = flipped_source();
  EXPECT_THAT(kinds_of(audit_of(set)),
              IsSupersetOf({"exact_duplicates", "contradictory_pairs", "near_duplicates",
                            "preference_cycles", "rows_in_eval", "turned_round"}));
}

}  // namespace
}  // namespace laurel::test::audit_test
