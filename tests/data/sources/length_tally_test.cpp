// What is said of rows that are too long, against numbers worked by hand.
#include "data/sources/length_tally.h"

#include <gmock/gmock.h>

#include "support/error_of.h"

namespace laurel::test::length_tally_test {
namespace {

using ::testing::HasSubstr;

// Of 1, 2, ... n tokens; more than `most` are dropped, and of those a cut prompt keeps what has at
// most `prompt_left` tokens and a cut response all.
LengthTally tally(int32_t n, int32_t most, int32_t prompt_left) {
  LengthTally lengths;
  for (int32_t tokens = n; tokens >= 1; --tokens) {
    EncodedExample row{.tokens = tokens, .fits_prompt_left = tokens <= prompt_left};
    if (tokens <= most) row.group.emplace();
    lengths.add(row, tokens <= most);
  }
  return lengths;
}

TEST(LengthTally, DropsOverATwentiethAreSaidWithQuantilesAndWhatOthersWouldKeep) {
  EXPECT_EQ(tally(20, 18, 19).warning("source ukp, train", {.max_length = 18}),
            "source ukp, train: 2 of 20 rows (10.0 %) are dropped because they are too long for "
            "model.max_length 18 with model.over_length \"drop\". Tokens of a row before that: "
            "median 10, 75 % 15, 90 % 18, 95 % 19, 99 % 20, longest 20. model.over_length: "
            "truncate_prompt_left would keep 95.0 %, truncate_response_right 100.0 %; "
            "model.max_length 19 would keep 95 %, 20 all");
}

TEST(LengthTally, UpToATwentiethIsNotWarnedOf) {
  EXPECT_EQ(tally(20, 19, 20).warning("a", {.max_length = 19}), "");
  EXPECT_EQ(tally(20, 20, 20).warning("a", {.max_length = 20}), "");
  EXPECT_EQ(LengthTally().warning("a", {.max_length = 20}), "");
}

TEST(LengthTally, APolicyThatCutsIsComparedWithTheOthers) {
  const LengthOptions cut{.max_length = 10, .over_length = OverLength::truncate_prompt_left};
  EXPECT_THAT(
      tally(20, 15, 15).warning("a", cut),
      HasSubstr("model.over_length: drop would keep 50.0 %, truncate_response_right 100.0 %"));
}

TEST(LengthTally, WhereNoRowIsLeftThatIsTheError) {
  const std::string message = error_of(
      ErrorKind::data, [] { tally(20, 0, 5).warning("source ukp, eval", {.max_length = 4}); });
  EXPECT_THAT(message, HasSubstr("source ukp, eval: found no row that is short enough: 20 of 20 "
                                 "are too long for model.max_length 4"));
  EXPECT_THAT(message, HasSubstr("truncate_prompt_left would keep 25.0 %"));
}

}  // namespace
}  // namespace laurel::test::length_tally_test
