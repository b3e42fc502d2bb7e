// Every kind of label through the real binary: refused where a loss cannot take it, else used.
#include <gmock/gmock.h>

#include "core/files.h"
#include "core/str.h"
#include "end_to_end/program.h"

namespace laurel::labels_test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// A pair or rating that is row 3 of a source with this loss.
struct Refused {
  const char* fields;  // of row 3
  const char* loss;
  const char* message;  // behind the file's name
};

constexpr Refused kPairs[] = {
    {R"({"strength": 2})", R"({"type": "hinge"})",
     ":3: found a \"strength\", which the loss hinge does not use; choose a loss that does "
     "(docs/losses.md), or leave the field out: \"fields\": {\"strength\": null}"},
    {R"({"strength": 2})", R"({"type": "bradley_terry"})",
     ":3: found a \"strength\", which the loss bradley_terry does not use"},
    {R"({"tie": true})", R"({"type": "margin_squared_error"})",
     ":3: found a tie, which the loss margin_squared_error does not take"},
    {R"({"preference": 0.7})", R"({"type": "margin_squared_error"})",
     ":3: found a probability between 0 and 1, which the loss margin_squared_error does not take"},
    {R"({"margin": 1})", R"({"type": "margin_squared_error"})",
     ":1: found no \"margin\", which the loss margin_squared_error needs"},
};

Outcome check_with(const fs::path& folder, Json source, std::vector<Json> rows,
                   const std::string& file, const Refused& refused) {
  const Json fields = Json::parse(refused.fields);
  for (const auto& [name, value] : fields.items()) rows[2][name] = value;
  write_lines(folder / file, rows);
  source["loss"] = Json::parse(refused.loss);
  write_file(folder / "config.json", tiny_config({source}, 1).dump());
  return run_laurel("check config.json", folder);
}

TEST(Labels, ThatALossWouldIgnoreAreRefused) {
  const fs::path folder = tiny_project("judgements_refused");
  for (const Refused& refused : kPairs) {
    const Outcome outcome =
        check_with(folder, pair_source(), tiny_pairs(24), "pairs.jsonl", refused);
    EXPECT_EQ(outcome.code, 3) << refused.message;
    EXPECT_THAT(outcome.err, HasSubstr(str("pairs.jsonl", refused.message)));
  }
}

TEST(Labels, ScoresThatALossCannotTakeAreRefused) {
  const fs::path folder = tiny_project("scores_refused");
  const Refused refused{R"({"score": 1.5})", R"({"type": "binary_cross_entropy"})",
                        ":3: found the score 1.5, expected a number from 0 to 1 for the loss "
                        "binary_cross_entropy"};
  std::vector<Json> rows = tiny_ratings(16);
  for (Json& row : rows) row["score"] = 0.5;
  const Outcome outcome = check_with(folder, rating_source(), rows, "ratings.jsonl", refused);
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr(str("ratings.jsonl", refused.message)));
}

TEST(Labels, TiesProbabilitiesAndVotesTrain) {
  const fs::path folder = tiny_project("ties");
  std::vector<Json> rows = tiny_pairs(24);
  for (size_t i = 0; i < rows.size(); i += 3) rows[i]["tie"] = true;
  for (size_t i = 1; i < rows.size(); i += 3) rows[i]["preference"] = 0.8;
  write_lines(folder / "pairs.jsonl", rows);
  write_file(folder / "config.json", tiny_config({pair_source()}, 3).dump());
  EXPECT_EQ(run_laurel("train config.json", folder).code, 0);
}

// Ratings of "good" and "bad" answers to eight prompts.
Json source_of_prompts(const fs::path& folder) {
  std::vector<Json> rows;
  for (int i = 0; i < 24; ++i) {
    rows.push_back({{"prompt", str("Rate number ", i / 3, ". ")},
                    {"response", str("It is a ", i % 3 == 0 ? "bad" : "good", " one, ", i % 3)},
                    {"score", i % 3}});
  }
  write_lines(folder / "ratings.jsonl", rows);
  Json source = rating_source();
  source["loss"] = {{"type", "bradley_terry"}};
  source["pairs_from_scores"] = {{"min_gap", 1}, {"margin", "gap"}};
  return source;
}

TEST(Labels, RatingsTrainALossOfPairs) {
  const fs::path folder = tiny_project("pairs_from_scores");
  const Json source = source_of_prompts(folder);
  write_file(folder / "config.json", tiny_config({source}, 2).dump());
  const Outcome outcome = run_laurel("train config.json", folder);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err + outcome.out, HasSubstr("24 pairs of 24 responses to 8 prompts, "
                                                   "by scores that differ by 1 or more"));
}

TEST(Labels, PairsFromScoresNeedALossThatFits) {
  const fs::path folder = tiny_project("pairs_from_scores_loss");
  Json source = source_of_prompts(folder);
  const auto error_with = [&](const Json& loss) {
    source["loss"] = loss;
    write_file(folder / "config.json", tiny_config({source}, 2).dump());
    const Outcome outcome = run_laurel("check config.json", folder);
    EXPECT_EQ(outcome.code, 2);
    return outcome.err;
  };
  EXPECT_THAT(error_with({{"type", "squared_error"}}),
              HasSubstr("sources.ratings.loss: found \"squared_error\", a loss of ratings, "
                        "expected for pairs_from_scores: bradley_terry"));
  EXPECT_THAT(error_with({{"type", "hinge"}}),
              HasSubstr("sources.ratings.pairs_from_scores.margin: found \"gap\", which the loss "
                        "hinge does not use, expected \"none\""));
  source["pairs_from_scores"].erase("margin");
  EXPECT_THAT(error_with({{"type", "margin_squared_error"}}),
              HasSubstr("sources.ratings.pairs_from_scores.margin: found \"none\", expected "
                        "\"gap\": margin_squared_error needs a margin"));
}

TEST(Labels, AListIsScoredAsAList) {
  const fs::path folder = tiny_project("score_list");
  write_file(folder / "config.json", tiny_config({pair_source()}, 1).dump());
  ASSERT_EQ(run_laurel("train config.json", folder).code, 0);
  const Outcome outcome = run_laurel("score run - -", folder,
                                     "{\"responses\": [\"x\", \"y\", \"z\"]}\n"
                                     "{\"response\": \"y\"}\n"
                                     "{\"responses\": [\"x\"]}\n{\"responses\": [3]}\n");
  write_file(folder / "out.jsonl", outcome.out);
  const std::vector<Json> rows = lines_of(folder / "out.jsonl");
  ASSERT_EQ(rows.size(), 4u) << outcome.err;
  ASSERT_EQ(rows[0]["rewards"].size(), 3u);
  EXPECT_NEAR(rows[0]["rewards"][1].get<double>(), rows[1]["reward"].get<double>(), 1e-5);
  EXPECT_EQ(rows[2]["rewards"].size(), 1u);
  ASSERT_EQ(rows[3]["rewards"].size(), 1u);
  EXPECT_TRUE(rows[3]["rewards"][0].is_null());
}

}  // namespace
}  // namespace laurel::labels_test
