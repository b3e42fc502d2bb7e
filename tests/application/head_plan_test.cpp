// Which columns of the head each source sees, and what does not fit.
#include "application/head_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/option_writer.h"
#include "core/str.h"
#include "support/error_of.h"

namespace laurel::test::head_plan_test {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

static Config config_of(const std::string& sources) {
  return parse_config(str(R"({"model": {"path": "m", "max_length": 8}, "run": {"folder": "r"},
                             "sources": [)",
                          sources, "]}"),
                      "test", "/", {});
}

static const std::string kStars = R"({"name": "stars", "format": "pointwise", "train": ["a.jsonl"],
    "attributes": ["help", "truth"], "loss": {"type": "squared_error"}})";
static const std::string kPairs = R"({"name": "pairs", "format": "pairwise", "train": ["b.jsonl"],
    "reward_weights": {"truth": 2}, "loss": {"type": "bradley_terry"}})";

static RewardConfig kept_head() {
  RewardConfig kept;
  kept.attributes = {"truth", "help"};
  return kept;
}

static std::string problem(const std::string& sources,
                           const std::optional<RewardConfig>& kept = std::nullopt) {
  return error_of(ErrorKind::usage, [&] { plan_head(config_of(sources), kept.has_value(), kept); });
}

TEST(HeadPlan, OfOneUnnamedRewardHasOneColumn) {
  const HeadPlan plan = plan_head(config_of(R"({"name": "p", "format": "pairwise",
      "train": ["b.jsonl"], "loss": {"type": "bradley_terry"}})"),
                                  false, std::nullopt);
  EXPECT_THAT(plan.attributes, IsEmpty());
  EXPECT_EQ(plan.shape().columns, 1);
  EXPECT_THAT(plan.sources[0].reward_weights, ElementsAre(1));
}

TEST(HeadPlan, NumbersAttributesInTheOrderOfTheConfig) {
  const HeadPlan plan = plan_head(config_of(kStars + "," + kPairs), false, std::nullopt);
  EXPECT_THAT(plan.attributes, ElementsAre("help", "truth"));
  EXPECT_THAT(plan.sources[0].attributes, ElementsAre(0, 1));
  EXPECT_THAT(plan.sources[1].reward_weights, ElementsAre(0, 2));
}

TEST(HeadPlan, FollowsTheAttributesOfAKeptHead) {
  const HeadPlan plan = plan_head(config_of(kStars + "," + kPairs), true, kept_head());
  EXPECT_THAT(plan.sources[0].attributes, ElementsAre(1, 0));
  EXPECT_THAT(plan.sources[1].reward_weights, ElementsAre(2, 0));
}

TEST(HeadPlan, AssignsColumnsToVariancesAndRangesToLossParameters) {
  const std::string gaussian = R"({"name": "g", "format": "pointwise", "train": ["a.jsonl"],
      "attributes": ["help"], "loss": {"type": "gaussian"}})";
  const std::string ties = R"({"name": "t", "format": "pairwise", "train": ["b.jsonl"],
      "loss": {"type": "davidson"}})";
  const HeadPlan plan = plan_head(config_of(gaussian + "," + ties), false, std::nullopt);
  EXPECT_EQ(plan.shape().columns, 2);
  EXPECT_EQ(plan.sources[1].first_loss_parameter, 0);
  EXPECT_EQ(plan.sources[1].loss_parameters, 1);
  RewardConfig kept{.attributes = {"help"}, .log_variances = true};
  kept.sources = {{.name = "t", .loss = {{"type", "davidson"}}, .loss_parameters = {0.75}}};
  EXPECT_EQ(plan_head(config_of(ties), true, kept).loss_parameters.size(), 1u);
  EXPECT_THAT(problem(gaussian, RewardConfig{.attributes = {"help"}}),
              HasSubstr("sources.g.loss: found gaussian, which needs variances"));
}

TEST(HeadPlan, TakesWhatLossesHadLearnedUnlessTheHeadWasDividedSince) {
  const std::string ties = R"({"name": "t", "format": "pairwise", "train": ["b.jsonl"],
      "loss": {"type": "davidson"}})";
  RewardConfig kept;
  kept.sources = {{.name = "t",
                   .loss = options_to_json(config_of(ties).sources[0])["loss"],
                   .loss_parameters = {0.75}}};
  EXPECT_THAT(plan_head(config_of(ties), true, kept).loss_parameters, ElementsAre(0.75));
  kept.scale = RewardScale{.divisor = 2};
  EXPECT_THAT(plan_head(config_of(ties), true, kept).loss_parameters,
              ElementsAreArray(plan_head(config_of(ties), false, {}).loss_parameters));
}

TEST(HeadPlan, NamesWhatDoesNotFit) {
  const std::string plain = R"({"name": "s", "format": "pointwise", "train": ["a.jsonl"],
      "loss": {"type": "squared_error"}})";
  const std::string unmerged = R"({"name": "p", "format": "pairwise", "train": ["b.jsonl"],
      "loss": {"type": "bradley_terry"}})";
  EXPECT_THAT(problem(kStars + "," + plain),
              HasSubstr("sources.s.attributes: found none, expected which of"));
  EXPECT_THAT(problem(kStars + "," + unmerged),
              HasSubstr("sources.p.reward_weights: found none, expected the weight of each"));
  EXPECT_THAT(
      problem(kPairs),
      HasSubstr("sources.pairs.reward_weights: found \"truth\", an attribute that "
                "the head does not have, expected none: it has one reward, without a name"));
  RewardConfig other;
  other.attributes = {"truth"};
  EXPECT_THAT(problem(kStars, other), HasSubstr("sources.stars.attributes: found \"help\", an "
                                                "attribute that the head does not have, expected "
                                                "one of: truth; "
                                                "model.head \"new\" starts a head"));
}

}  // namespace laurel::test::head_plan_test
