// Rows that are too long: what a run says of them, and what it blames where none is left.
#include <gmock/gmock.h>

#include "core/files.h"
#include "end_to_end/program.h"

namespace laurel::lengths_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

namespace fs = std::filesystem;

TEST(Lengths, MoreThanATwentiethDroppedIsAWarningAlsoFromTheCache) {
  const fs::path folder = tiny_project("lengths_some");
  std::vector<Json> rows = tiny_pairs(24);
  for (int i = 0; i < 3; ++i) {
    rows[i]["prompt"] = rows[i]["prompt"].get<std::string>() + std::string(400, 'x');
  }
  write_lines(folder / "pairs.jsonl", rows);
  write_file(folder / "config.json", tiny_config({pair_source()}, 2).dump());
  for (int time = 0; time < 2; ++time) {
    const Outcome outcome = run_laurel("check config.json", folder);
    EXPECT_EQ(outcome.code, 0);
    EXPECT_THAT(outcome.err,
                AllOf(HasSubstr("warning: source pairs, train: 3 of 24 rows (12.5 %) are dropped "
                                "because they are too long for model.max_length 128"),
                      HasSubstr("truncate_prompt_left would keep 100.0 %"),
                      Not(HasSubstr("source pairs, eval: "))));
  }
  const Outcome cut =
      run_laurel("check config.json --set model.over_length=truncate_prompt_left", folder);
  EXPECT_THAT(cut.err, Not(HasSubstr("are dropped because")));
}

TEST(Lengths, WhereEverythingIsTooLongThatIsTheMessage) {
  const fs::path folder = tiny_project("lengths_all");
  Json source = pair_source();
  source.erase("eval");
  source["eval_fraction"] = 0.2;
  Json config = tiny_config({source}, 2);
  config["model"]["max_length"] = 4;
  write_file(folder / "config.json", config.dump());
  const Outcome outcome = train(folder);
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("source pairs, train: found no row that is short enough: "
                              "24 of 24 are too long for model.max_length 4"),
                    Not(HasSubstr("eval_fraction"))));
}

TEST(Lengths, TooFewPromptsToHoldOutAreSaidWithTheRowsThatWereTooLong) {
  const fs::path folder = tiny_project("lengths_few");
  std::vector<Json> rows = tiny_pairs(24);
  for (int i = 0; i < 8; ++i) rows[i]["chosen"] = std::string(400, 'x');
  write_lines(folder / "pairs.jsonl", rows);
  Json source = pair_source();
  source.erase("eval");
  source["eval_fraction"] = 0.2;
  write_file(folder / "config.json", tiny_config({source}, 2).dump());
  EXPECT_THAT(train(folder).err,
              HasSubstr("found 16 different prompts (8 rows are too long for model.max_length), "
                        "expected 20 or more for eval_fraction"));
}

}  // namespace
}  // namespace laurel::lengths_test
