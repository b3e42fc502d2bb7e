// Position bias: of rows that say in which order people saw the answers, and of those alone.
#include <gmock/gmock.h>

#include "core/files.h"
#include "end_to_end/program.h"

namespace laurel::position_test {
namespace {

using testing::HasSubstr;
using testing::Not;

namespace fs = std::filesystem;

// The good answer of row i was shown first where i is even, and is preferred but for each fifth row.
std::vector<Json> shown_rows(int n) {
  std::vector<Json> rows = tiny_pairs(n);
  for (int i = 0; i < n; ++i) {
    const bool first = i % 2 == 0, good = i % 5 != 0;
    rows[i] = {{"prompt", rows[i]["prompt"]},
               {"response_a", rows[i][first ? "chosen" : "rejected"]},
               {"response_b", rows[i][first ? "rejected" : "chosen"]},
               {"preferred", first == good ? "a" : "b"}};
  }
  return rows;
}

TEST(Position, IsEvaluatedInTrainingAndByEvalWhereTheOrderIsKnown) {
  const fs::path folder = tiny_project("position");
  write_lines(folder / "shown.jsonl", shown_rows(60));
  Json source = pair_source();
  source["eval"] = "shown.jsonl";
  write_file(folder / "config.json", tiny_config({source}, 8).dump());
  const Outcome trained = run_laurel("train config.json", folder);
  ASSERT_EQ(trained.code, 0) << trained.err;
  const Json last = lines_of(folder / "run/metrics.jsonl", "eval").back();
  const Json& position = last["sets"]["position"];
  EXPECT_EQ(position["n"], 60);
  // Of 12 rows whose good answer lost, 6 had it first: 24 + 6 of 60.
  EXPECT_EQ(position["metrics"]["first_wins"]["value"], 0.5);
  EXPECT_TRUE(position["metrics"]["first_coefficient"]["value"].is_number());
  EXPECT_LT(position["metrics"]["first_coefficient"]["low"].get<double>(), 0);
  EXPECT_GT(position["metrics"]["first_coefficient"]["high"].get<double>(), 0);
  EXPECT_THAT(read_file(folder / "run/report.html"), HasSubstr("<td>first_coefficient</td>"));

  const Outcome again = run_laurel("eval run shown.jsonl --json again.json", folder);
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_THAT(again.out, HasSubstr("position: 60 pairs"));
  const Json found = lines_of(folder / "again.json").at(0);
  for (const char* metric : {"first_wins", "reward_coefficient", "first_coefficient"}) {
    EXPECT_NEAR(found["sets"]["position"]["metrics"][metric]["value"].get<double>(),
                position["metrics"][metric]["value"].get<double>(), 1e-4);
  }
  const Outcome named = run_laurel("eval run held_out.jsonl", folder);
  ASSERT_EQ(named.code, 0) << named.err;
  EXPECT_THAT(named.out, Not(HasSubstr("position")));
}

}  // namespace
}  // namespace laurel::position_test
