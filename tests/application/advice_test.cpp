// When a learning rate and the scale of scores are remarked on.
#include "application/advice.h"

#include <gmock/gmock.h>

#include <cmath>

namespace laurel::advice_test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(Advice, RatesAreUsualUpToALineOfTheLogarithms) {
  EXPECT_DOUBLE_EQ(usual_rate(135'000'000), 5e-5);
  EXPECT_DOUBLE_EQ(usual_rate(2'000'000'000), 5e-5);
  EXPECT_NEAR(usual_rate(7'000'000'000), 2e-5, 1e-12);
  EXPECT_NEAR(usual_rate(70'000'000'000), 2e-5, 1e-12);
  // Half way between 2e9 and 7e9 on a logarithmic scale: the geometric mean of both rates.
  EXPECT_NEAR(usual_rate(static_cast<int64_t>(std::sqrt(14.0) * 1e9)), std::sqrt(1e-9), 1e-10);
  EXPECT_FALSE(rate_remark(5e-5, 494'000'000));
  EXPECT_FALSE(rate_remark(2e-5, 8'000'000'000));
  EXPECT_THAT(rate_remark(1e-4, 494'000'000).value(),
              AllOf(HasSubstr("train.lr is 1e-04"), HasSubstr("494 M"), HasSubstr("5e-05")));
  EXPECT_THAT(rate_remark(3e-5, 8'030'000'000).value(), HasSubstr("8.03 B"));
}

TEST(Advice, ADefaultRateIsThatOfTheSizeAndOfWhatIsTrained) {
  EXPECT_DOUBLE_EQ(default_rate(TrainedWhole::all, 135'000'000), 1e-5);
  EXPECT_DOUBLE_EQ(default_rate(TrainedWhole::all, 2'000'000'000), 1e-5);
  EXPECT_NEAR(default_rate(TrainedWhole::all, 7'000'000'000), 3e-6, 1e-15);
  EXPECT_NEAR(default_rate(TrainedWhole::all, 70'000'000'000), 3e-6, 1e-15);
  EXPECT_NEAR(default_rate(TrainedWhole::all, static_cast<int64_t>(std::sqrt(14.0) * 1e9)),
              std::sqrt(3e-11), 1e-12);
  EXPECT_DOUBLE_EQ(default_rate(TrainedAdapters{}, 999'999'999), 2e-4);
  EXPECT_DOUBLE_EQ(default_rate(TrainedAdapters{}, 1'000'000'000), 1e-4);
  const LearningRates by_size = learning_rates({}, TrainedWhole::all, 494'000'000);
  EXPECT_DOUBLE_EQ(by_size.lr, 1e-5);
  EXPECT_DOUBLE_EQ(by_size.head_lr, 1e-5);
  EXPECT_EQ(by_size.note, "train.lr: 1e-05, the default for models of 494 M parameters");
  const LearningRates head = learning_rates({}, TrainedWhole::head, 8'000'000'000);
  EXPECT_DOUBLE_EQ(head.lr, 1e-3);
  EXPECT_EQ(
      head.note,
      "train.lr: 0.001, the default for the head alone: what it reads does not move, so a rate "
      "of linear probes fits (AdamW's own is 1e-3, that of SetFit's heads 1e-2)");
  const LearningRates given =
      learning_rates({.lr = 3e-5, .head_lr = 1e-3}, TrainedAdapters{}, 494'000'000);
  EXPECT_DOUBLE_EQ(given.lr, 3e-5);
  EXPECT_DOUBLE_EQ(given.head_lr, 1e-3);
  EXPECT_EQ(given.note, "");
}

TEST(Advice, AdaptersHaveRatesOfTheirOwn) {
  const TrainedParts lora = TrainedAdapters{};
  EXPECT_FALSE(rate_remark(3e-5, 494'000'000, lora));
  EXPECT_FALSE(rate_remark(1e-3, 494'000'000, lora));
  EXPECT_THAT(rate_remark(1e-5, 494'000'000, lora).value(), HasSubstr("will hardly move"));
  EXPECT_THAT(rate_remark(2e-3, 494'000'000, lora).value(), HasSubstr("above 0.001"));
}

TEST(Advice, ARankAboveTheWidthOfWhatItIsBesideIsRemarkedOn) {
  const Backbone backbone = Llama{{.model_type = "llama",
                                   .vocab_size = 31,
                                   .hidden_size = 12,
                                   .intermediate_size = 10,
                                   .layers = 1,
                                   .heads = 2,
                                   .kv_heads = 1,
                                   .head_dim = 4,
                                   .max_positions = 8,
                                   .window = {0}}};
  EXPECT_FALSE(rank_remark({.rank = 4}, backbone));
  EXPECT_EQ(
      rank_remark({.rank = 5}, backbone).value(),
      "model.train.lora.rank is 5, more than the 4 rows of "
      "model.layers.0.self_attn.k_proj.weight: no change of it has a larger rank, so that the "
      "rest costs memory and time alone");
  const std::vector<std::string> down{"down_proj"};
  EXPECT_FALSE(rank_remark({.rank = 10, .targets = down}, backbone));
  EXPECT_THAT(rank_remark({.rank = 11, .targets = down}, backbone).value(),
              HasSubstr("more than the 10 columns of model.layers.0.mlp.down_proj.weight"));
}

SourceData rated(const std::vector<float>& scores) {
  SourceData source;
  for (const float score : scores) {
    source.train.groups.push_back({.responses = {}, .label = Ratings{{score}, {1}}});
  }
  return source;
}

SourceConfig with_loss(Loss loss) {
  SourceConfig config;
  config.source.name = "stars";
  config.source.format = PointwiseFormat{};
  config.source.train = {{"a.jsonl"}};
  config.loss = std::move(loss);
  return config;
}

std::vector<std::string> remarks_on(const SourceConfig& config, SourceData source) {
  source.options = config.source;
  source.train.files = {"a.jsonl"};
  return scale_remarks(config, score_tallies(source));
}

TEST(Advice, ScoresFarFromANewHeadNameScoreScaling) {
  const SourceConfig config = with_loss(SquaredError{});
  const auto remarks = remarks_on(config, rated({4, 5, 6, 7.4f}));
  ASSERT_THAT(remarks, SizeIs(1));
  EXPECT_THAT(remarks[0], AllOf(HasSubstr("have mean 5.6 and deviation 1.2"),
                                HasSubstr("sources.stars.score_scaling")));
  EXPECT_THAT(remarks_on(config, rated({0.97f, 0.98f, 0.99f})), SizeIs(1));  // narrow
  EXPECT_THAT(remarks_on(config, rated({0, 1, 1, 0})), IsEmpty());
  EXPECT_THAT(remarks_on(config, rated({-1, 0.5f, 2})), IsEmpty());
}

TEST(Advice, ScoresThatAreScaledOrOnTheScaleOfTheirLossAreNotRemarkedOn) {
  SourceConfig config = with_loss(SquaredError{});
  config.source.score_scaling = ScoreScaling::standardize;
  EXPECT_THAT(remarks_on(config, rated({40, 50})), IsEmpty());
  EXPECT_THAT(remarks_on(with_loss(Ordinal{}), rated({4, 5})), IsEmpty());
  EXPECT_THAT(remarks_on(with_loss(BradleyTerry{}), rated({4, 5})), IsEmpty());
}

TEST(Advice, ScoresThatAreEvaluatedAloneAreNotRemarkedOn) {
  SourceConfig config = with_loss(SquaredError{});
  config.source.train.clear();
  SourceData source = rated({40, 50});
  source.options = config.source;
  std::swap(source.train, source.eval);
  source.eval.files = {"a.jsonl"};
  const ScoreTallies tallies = score_tallies(source);
  ASSERT_EQ(tallies.at(0).at(0).moments.count, 2);
  EXPECT_THAT(scale_remarks(config, tallies), IsEmpty());
}

TEST(Advice, EachAttributeHasItsOwnScale) {
  SourceConfig config = with_loss(Huber{});
  config.source.attributes = {"help", "length"};
  SourceData source;
  for (const float length : {100.f, 300.f}) {
    source.train.groups.push_back(
        {.responses = {}, .label = Ratings{{length / 300, length}, {1, 1}}});
  }
  const auto remarks = remarks_on(config, source);
  ASSERT_THAT(remarks, SizeIs(1));
  EXPECT_THAT(remarks[0], HasSubstr("its scores of \"length\" have mean 200"));
}

}  // namespace
}  // namespace laurel::advice_test
