// Rerankers as other programs write them (cross-encoders): their scores are transformers' logits.
#include <gmock/gmock.h>

#include <filesystem>

#include "../checkpoint/tiny.h"
#include "application/scorer.h"
#include "core/files.h"
#include "core/str.h"

namespace laurel::test::reranker_test {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

std::filesystem::path folder_of(const std::string& name) {
  return std::filesystem::path(LAUREL_SOURCE_DIR) / "tests" / "golden" / "rerankers" / name;
}

class Reranker : public testing::TestWithParam<const char*> {
 protected:
  Scorer scorer(const RowOptions& options = {}) {
    return Scorer(folder_of(GetParam()).string(),
                  {.device = at::kCPU, .precision = Precision::fp32, .workers = 2, .threads = 1},
                  options, log_);
  }

  std::vector<std::string> said_;
  Log log_{[this](LogLevel, const std::string& line) { said_.push_back(line); }};
};
INSTANTIATE_TEST_SUITE_P(Golden, Reranker, testing::Values("bert", "xlm_roberta"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(Reranker, ScoresPairsAndSingleTextsAsTransformers) {
  const auto file = folder_of(GetParam()) / "golden.json";
  const Json golden = parse_json(read_file(file), file.string(), ErrorKind::data);
  std::vector<Record> records;
  std::vector<double> logits;
  for (const char* kind : {"pairs", "single"}) {
    EXPECT_GT(golden[kind].size(), 5u);
    for (Json row : golden[kind]) {
      logits.push_back(row["logit"]);
      row.erase("logit");
      records.push_back({.row = row, .where = str(kind, ":", records.size() + 1)});
    }
  }
  const std::vector<RowRewards> rows = scorer().score(records);
  for (size_t i = 0; i < rows.size(); ++i) {
    ASSERT_EQ(rows[i].why(), "") << records[i].row;
    EXPECT_NEAR(rows[i].responses.at(0).rewards.at(0), logits[i], 1e-4) << records[i].row;
  }
  EXPECT_THAT(said_,
              Contains(HasSubstr("texts are pair (prompt and answer as the tokenizer's pair)")));
}

TEST_P(Reranker, ReadsMessagesAsTheSamePair) {
  const Json string = {{"prompt", "What is the capital of France?"}, {"response", "Paris."}};
  const Json list = {{"response",
                      {{{"role", "user"}, {"content", "What is the capital of France?"}},
                       {{"role", "assistant"}, {"content", "Paris."}}}}};
  Scorer scorer = this->scorer();
  const auto alone = [&](const Json& row) {
    const std::vector<RowRewards> rows =
        scorer.score(std::vector<Record>{{.row = row, .where = "a:1"}});
    EXPECT_EQ(rows[0].why(), "");
    return rows[0].responses.at(0).rewards;
  };
  EXPECT_EQ(alone(string), alone(list));
}

TEST_P(Reranker, HasNoChatTemplateToFollow) {
  EXPECT_THAT(
      error_of(ErrorKind::usage, [&] { scorer({.text = TextChoice::chat}); }),
      HasSubstr("--text: found \"chat\", but the model's folder has no chat template; set it "
                "to \"pair\""));
}

TEST(RerankerScorer, ACausalModelIsGivenNoPairs) {
  const Scratch scratch;
  write_tiny_model(scratch.path / "model");
  Log log([](LogLevel, const std::string&) {});
  const auto open = [&] {
    Scorer((scratch.path / "model").string(),
           {.device = at::kCPU, .precision = Precision::fp32, .workers = 1, .threads = 1},
           {.text = TextChoice::pair}, log);
  };
  EXPECT_THAT(error_of(ErrorKind::usage, open),
              HasSubstr("--text: found \"pair\", but the model is no encoder"));
}

}  // namespace
}  // namespace laurel::test::reranker_test
