// laurel normalize: rows that it refuses, and numbers that it warns of.
#include <gmock/gmock.h>

#include "end_to_end/program.h"

namespace laurel::normalize_doubts_test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(Normalize, RefusesOrDoubtsWithWhatToDo) {
  const fs::path folder = trained_project("normalize_refused", tiny_config({pair_source()}, 2));
  write_lines(folder / "more.jsonl",
              {{{"prompt", "p"}, {"response", "No."}}, {{"prompt", "q"}, {"response", "Yes."}}});
  const auto message = [&](const std::string& arguments, int code) {
    return errors_of(arguments, folder, code);
  };
  write_lines(folder / "long.jsonl",
              {{{"prompt", "p"}, {"responses", {std::string(2000, 'a'), "No.", "Yes."}}}});
  EXPECT_THAT(message("normalize run long.jsonl", 3),
              AllOf(HasSubstr("found 1 row of 1 without all rewards, expected at most 0 "
                              "(--bad-rows), the first: "),
                    HasSubstr("long.jsonl:1: responses[0]")));
  EXPECT_THAT(message("normalize run long.jsonl --bad-rows 1", 0),
              AllOf(HasSubstr("1 row of 1 without all rewards (--bad-rows)"),
                    HasSubstr("the intervals are of 1 prompt, and too narrow")));
  write_lines(folder / "one.jsonl", {{{"prompt", "p"}, {"response", "No."}}});
  EXPECT_THAT(message("normalize run one.jsonl", 3),
              HasSubstr("found 1 answer with a reward, expected two at least"));
  EXPECT_THAT(message("normalize run more.jsonl", 0),
              HasSubstr("no prompt has two different answers: there is no deviation within"));
  write_lines(folder / "same.jsonl", {{{"prompt", "p"}, {"responses", {"No.", "No."}}},
                                      {{"prompt", "p"}, {"response", "No."}}});
  const Outcome same = run_laurel("normalize run same.jsonl", folder);
  EXPECT_EQ(same.code, 0) << same.err;
  EXPECT_THAT(same.out,
              AllOf(HasSubstr("3 answers to 1 prompt, 0 with several different answers\n"),
                    Not(HasSubstr("--scale unit"))));
  EXPECT_THAT(
      same.err,
      AllOf(HasSubstr("answers that repeat another one of their prompt word for word: 2 of 3; "
                      "each counts"),
            HasSubstr("no prompt has two different answers"),
            HasSubstr("the deviation of all answers is 0: nothing can be scaled by it")));
  EXPECT_THAT(message("normalize run more.jsonl --step last", 2),
              HasSubstr("laurel export RUN OUTPUT --step N makes a folder that can be normalized"));
  make_tiny_model(folder / "foreign", "marks", true);
  EXPECT_THAT(
      message("normalize foreign more.jsonl", 2),
      HasSubstr("foreign: found no reward_config.json, in which a normalization is stored"));
}

}  // namespace
}  // namespace laurel::normalize_doubts_test
