// laurel eval --stability by the real binary.
#include <gmock/gmock.h>

#include <cmath>

#include "core/files.h"
#include "core/str.h"
#include "end_to_end/program.h"

namespace laurel::stability_command_test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

fs::path trained(const std::string& name, const Json& source = pair_source()) {
  return trained_project(name, tiny_config({source}, 4));
}

std::vector<double> chosen_rewards(const fs::path& folder, const std::vector<Json>& rows) {
  write_lines(folder / "rows.jsonl", rows);
  EXPECT_EQ(run_laurel("score run rows.jsonl scored.jsonl", folder).code, 0);
  std::vector<double> rewards;
  for (const Json& row : lines_of(folder / "scored.jsonl")) {
    rewards.push_back(row["chosen_reward"].get<double>());
    rewards.push_back(row["rejected_reward"].get<double>());
  }
  return rewards;
}

// The same by `laurel score` of rows that are edited by hand.
TEST(StabilityCommand, IsWhatScoringEditedRowsSays) {
  const fs::path folder = trained("stability");
  std::vector<Json> rows = lines_of(folder / "held_out.jsonl");
  const std::vector<double> before = chosen_rewards(folder, rows);
  for (Json& row : rows) {
    for (const char* side : {"chosen", "rejected"}) {
      row[side] = row[side].get<std::string>() + "  ";
    }
  }
  const std::vector<double> after = chosen_rewards(folder, rows);
  double mean = 0, square = 0, change = 0;
  for (const double reward : before) mean += reward / static_cast<double>(before.size());
  for (const double reward : before) square += (reward - mean) * (reward - mean);
  for (size_t i = 0; i < before.size(); ++i) change += after[i] - before[i];
  const double n = static_cast<double>(before.size());
  const Outcome outcome =
      run_laurel("eval run held_out.jsonl --stability 100 --json all.json", folder);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("  edits of 12 rows"));
  const Json found = lines_of(folder / "all.json")[0]["stability"];
  EXPECT_EQ(found["rows"], 12);
  EXPECT_EQ(found["edits"][0]["edit"], "trailing_spaces");
  EXPECT_EQ(found["edits"][0]["answers"], 24);
  EXPECT_NEAR(found["edits"][0]["change"]["value"].get<double>(),
              change / n / std::sqrt(square / n), 1e-3);
  EXPECT_EQ(found["edits"][2]["answers"], 0) << "there are no lists";
  EXPECT_TRUE(found["edits"][2]["change"]["value"].is_null());
}

// Of at most 128 tokens, one for each byte: an answer of 70, said twice, is too long.
TEST(StabilityCommand, CountsAnswersThatBecomeTooLong) {
  const fs::path folder = trained("stability_long");
  std::vector<Json> rows = lines_of(folder / "held_out.jsonl");
  for (Json& row : rows) row["prompt"] = "Say. ";
  rows[3]["chosen"] = std::string(70, 'a') + ".";
  write_lines(folder / "long.jsonl", rows);
  const Outcome outcome = run_laurel("eval run long.jsonl --stability 100 --json all.json", folder);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("  repeated_sentence: 1 answer without a reward once edited, "
                                     "such as those that become too long, left out\n"));
  const Json found = lines_of(folder / "all.json")[0]["stability"]["edits"];
  EXPECT_EQ(found[0]["left_out"], 0);
  EXPECT_EQ(found[3]["left_out"], 1);
}

TEST(StabilityCommand, RefusesWithWhatToDo) {
  const fs::path folder = trained("stability_refused");
  const auto message = [&](const std::string& arguments, int code) {
    return errors_of(arguments, folder, code);
  };
  EXPECT_THAT(message("eval run held_out.jsonl --stability 0", 2),
              HasSubstr("--stability: found 0, expected 1 to 100000000"));
  EXPECT_THAT(message("eval run held_out.jsonl --stability 5 --text rendered", 2),
              HasSubstr("--stability: found rendered texts, whose answers end in the template's "
                        "marks, expected answers by themselves"));
  write_lines(folder / "segments.jsonl",
              {{{"prompt", "p "}, {"completions", {"a", "b"}}, {"labels", {1, 0}}}});
  EXPECT_THAT(message("eval run segments.jsonl --stability 5", 2),
              HasSubstr("--stability: found rows of format segments, expected rows of whole"));
  write_lines(folder / "equal.jsonl", {{{"prompt", "p "}, {"response", "a"}, {"score", 1}},
                                       {{"prompt", "p "}, {"response", "a"}, {"score", 2}}});
  EXPECT_THAT(message("eval run equal.jsonl --stability 5", 3),
              HasSubstr("--stability: found no different rewards among the first 2 rows"));
  ASSERT_EQ(std::system(str("mkfifo '", (folder / "pipe").string(), "'").c_str()), 0);
  EXPECT_THAT(
      message("eval run pipe --format pairwise --stability 5", 3),
      HasSubstr("pipe: found no regular file, expected one, as --stability reads its rows"));
}

TEST(StabilityCommand, RefusesRowsThatAreJoinedAndHeadsOfSeveralRows) {
  Json source = rating_source();
  source["attributes"] = {"score", "clarity"};
  const fs::path folder = tiny_project("stability_attributes");
  std::vector<Json> rows = tiny_ratings(16);
  for (size_t i = 0; i < rows.size(); ++i) rows[i]["clarity"] = i % 3;
  write_lines(folder / "ratings.jsonl", rows);
  write_file(folder / "config.json", tiny_config({source}, 2).dump());
  ASSERT_EQ(train(folder).code, 0);
  const Outcome several = run_laurel("eval run ratings.jsonl --stability 5", folder);
  EXPECT_EQ(several.code, 2);
  EXPECT_THAT(several.err, HasSubstr("--stability: found a head of 2 rows, expected one; laurel "
                                     "export --reward NAME or --combine SOURCE"));
  make_tiny_model(folder / "foreign", "blocks", true);
  const auto dialogue = [](const std::string& answer) {
    return Json{
        {"text", str("<extra_id_0>System\n\n<extra_id_1>User\nHello\n<extra_id_1>Assistant\n",
                     answer, "\n")}};
  };
  write_lines(folder / "joined.jsonl", {dialogue("Good."), dialogue("Bad.")});
  const Outcome joined =
      run_laurel("eval foreign joined.jsonl --shape nemo_aligner --stability 5", folder);
  EXPECT_EQ(joined.code, 2) << joined.err;
  EXPECT_THAT(joined.err, HasSubstr("--stability: found a shape that joins, divides or drops rows, "
                                    "expected rows that are scored as they are"));
}

}  // namespace
}  // namespace laurel::stability_command_test
