// The curve of best of N from the file that eval writes.
#include "report/best_of_n_figure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../checkpoint/tiny.h"
#include "core/files.h"
#include "core/option_writer.h"

namespace laurel::best_of_n_figure_test {
namespace {

using test::error_of;
using testing::AllOf;
using testing::HasSubstr;

// 40 prompts of 8 answers, the reward of which is the score turned round above 0.5.
BestOfN measured() {
  std::vector<ScoredAnswers> prompts;
  for (int p = 0; p < 40; ++p) {
    ScoredAnswers& of = prompts.emplace_back(ScoredAnswers{.prompt = static_cast<uint64_t>(p)});
    for (int i = 0; i < 8; ++i) {
      of.reward.push_back(i);
      of.score.push_back(i < 5 ? i : -10 + p % 3);
      of.length.push_back((i * 3) % 8);
    }
  }
  return *best_of_n(prompts, 4);
}

std::filesystem::path written(const test::Scratch& scratch, const Json& json) {
  write_file(scratch.path / "result.json", json.dump());
  return scratch.path / "result.json";
}

TEST(BestOfNFigure, ReadsWhatEvalHasWritten) {
  const test::Scratch scratch;
  const BestOfN found = measured();
  const BestOfNResult read =
      read_best_of_n(written(scratch, {{"source", "ukp"}, {"best_of_n", options_to_json(found)}}));
  EXPECT_EQ(read.name, "result.json");
  EXPECT_EQ(read.source, "ukp");
  EXPECT_EQ(options_to_json(read.found).dump(), options_to_json(found).dump());
}

TEST(BestOfNFigure, DrawsTheCurveWithItsBaselines) {
  const std::string html = best_of_n_section({{"<a>.json", "ukp", measured()}});
  EXPECT_THAT(html, AllOf(HasSubstr("<h2>Best of N</h2>"), HasSubstr("&lt;a&gt;.json"),
                          HasSubstr("longest answer"), HasSubstr("an upper bound of the KL"),
                          HasSubstr("N from 1 to 4, 40 prompts, with 95 % intervals"),
                          HasSubstr(" Choosing by this reward is worse than a random answer.")));
  EXPECT_EQ(best_of_n_section({}), "");
}

TEST(BestOfNFigure, RefusesOtherFiles) {
  const test::Scratch scratch;
  EXPECT_THAT(error_of(ErrorKind::usage,
                       [&] {
                         read_best_of_n(written(scratch, {{"source", "ukp"}}));
                       }),
              HasSubstr("result.json: found no best_of_n, expected what laurel eval MODEL DATA "
                        "--best-of-n N --json FILE writes"));
  EXPECT_THAT(error_of(ErrorKind::usage, [&] { read_best_of_n(written(scratch, Json::array())); }),
              HasSubstr("found no best_of_n"));
  BestOfN without = measured();
  without.points.clear();
  EXPECT_THAT(error_of(ErrorKind::usage,
                       [&] {
                         read_best_of_n(written(
                             scratch, {{"source", 1}, {"best_of_n", options_to_json(without)}}));
                       }),
              HasSubstr("result.json: best_of_n: found no points, expected some"));
}

}  // namespace
}  // namespace laurel::best_of_n_figure_test
