// laurel check finishes: it reads all rows, says what is in the way, and repeats the command.
#include <gmock/gmock.h>

#include "core/files.h"
#include "end_to_end/program.h"

namespace laurel::check_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

namespace fs = std::filesystem;

TEST(Check, ListsTheFirstBadRowsAndTheCountOfAllByKind) {
  const fs::path folder = tiny_project("check_bad_rows");
  std::vector<Json> rows = tiny_pairs(24);
  for (int i = 0; i < 12; ++i) rows[i]["chosen"] = i;
  rows[20].erase("rejected");
  write_lines(folder / "pairs.jsonl", rows);
  write_file(folder / "config.json", tiny_config({pair_source()}, 2).dump());
  const Outcome outcome = run_laurel("check config.json", folder);
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("source pairs: skipped 13 malformed rows, the first:\n"),
                    HasSubstr("pairs.jsonl:10: "), Not(HasSubstr("pairs.jsonl:11: ")),
                    HasSubstr("by kind:\n  12 "), HasSubstr("\n  1 "),
                    HasSubstr("error: source pairs: found 13 malformed rows, expected at most 0 "
                              "(data.bad_rows); they are listed above")));
  EXPECT_THAT(outcome.out, HasSubstr("[pooled here]"));
  EXPECT_EQ(run_laurel("check config.json --set data.bad_rows=13", folder).code, 0);
}

TEST(Check, WhereEveryRowIsBadTheyAreListedToo) {
  const fs::path folder = tiny_project("check_all_bad");
  write_lines(folder / "pairs.jsonl", {{{"text", "a"}}, {{"text", "b"}}});
  write_file(folder / "config.json", tiny_config({pair_source()}, 2).dump());
  const Outcome outcome = run_laurel("check config.json", folder);
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("found no row in its train files that can be used"),
                    HasSubstr("skipped 2 malformed rows"), HasSubstr("pairs.jsonl:2: ")));
}

TEST(Check, AUsedRunFolderIsSaidAtTheEnd) {
  const fs::path folder = tiny_project("check_used");
  write_file(folder / "config.json", tiny_config({pair_source()}, 2).dump());
  ASSERT_EQ(train(folder).code, 0);
  const Outcome outcome = run_laurel("check config.json", folder);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("run: 2 steps"), HasSubstr("run.folder is in use: "),
                                 HasSubstr("everything else is in order; train with: laurel train "
                                           "config.json --set run.resume=auto, or --overwrite")));
  EXPECT_THAT(run_laurel("check config.json --overwrite", folder).out,
              Not(HasSubstr("run.folder is in use")));
}

TEST(Check, TheLastLineRepeatsTheOptions) {
  const fs::path folder = tiny_project("check_last_line");
  write_file(folder / "config.json", tiny_config({pair_source()}, 2).dump());
  const Outcome outcome = run_laurel(
      "check config.json --set train.lr=2e-5 --set "
      "'sources.pairs.loss={\"type\": \"hinge\"}' --overwrite",
      folder);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out,
              HasSubstr("train with: laurel train config.json --set train.lr=2e-5 --set "
                        "'sources.pairs.loss={\"type\": \"hinge\"}' --overwrite\n"));
}

TEST(Check, ShowsARenderedRowOfEachSourceWithThePooledPosition) {
  const fs::path folder = tiny_project("check_rendered");
  write_file(folder / "config.json", tiny_config({pair_source(), rating_source()}, 2).dump());
  const std::string out = run_laurel("check config.json", folder).out;
  EXPECT_THAT(
      out,
      AllOf(
          HasSubstr("pairs.jsonl:1, as the model reads it (response 1 is better):\n  response 1: "),
          HasSubstr("\n  response 2: "),
          HasSubstr("Say something about rain number 0. A good and clear answer about "
                    "rain, with care."),
          HasSubstr("ratings.jsonl:1, as the model reads it (score "),
          HasSubstr("tokens of a row, before any is dropped or cut: median "), HasSubstr("labels "),
          HasSubstr("Rate rain. It is a bad one.")));
}

}  // namespace
}  // namespace laurel::check_test
