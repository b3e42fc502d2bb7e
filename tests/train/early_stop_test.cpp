// When a metric that no longer improves ends a run.
#include "train/early_stop.h"

#include <gmock/gmock.h>

#include "support/error_of.h"

namespace laurel::test::early_stop_test {
namespace {

using ::testing::HasSubstr;

std::vector<Evaluation> evaluation_of(const std::string& metric, std::optional<double> value) {
  Evaluation evaluation;
  evaluation.source = "ukp";
  evaluation.sets.push_back({.name = "pairs", .metrics = {{metric, value, {}, {}}}});
  return {evaluation};
}

// How many evaluations it takes; 0: the run is not ended.
int ended_after(const StopEarly& options, const std::string& metric,
                const std::vector<std::optional<double>>& values) {
  TrainState state;
  for (size_t i = 0; i < values.size(); ++i) {
    state.step += 10;
    record_early_stop(options, evaluation_of(metric, values[i]), state);
    if (early_stop_reason(options, state)) return static_cast<int>(i) + 1;
  }
  return 0;
}

TEST(EarlyStop, EndsAfterSoManyEvaluationsWithoutImprovement) {
  const StopEarly larger{.metric = "ukp.accuracy", .patience = 2};
  EXPECT_EQ(ended_after(larger, "accuracy", {0.5, 0.6, 0.6, 0.55}), 4);
  EXPECT_EQ(ended_after(larger, "accuracy", {0.5, 0.4, 0.6, 0.55, 0.61}), 0);
  const StopEarly smaller{.metric = "ukp.log_loss", .patience = 1};
  EXPECT_EQ(ended_after(smaller, "log_loss", {0.7, 0.6, 0.65}), 3);
}

TEST(EarlyStop, ImprovementIsMoreThanMinDelta) {
  const StopEarly options{.metric = "ukp.accuracy", .patience = 2, .min_delta = 0.05};
  EXPECT_EQ(ended_after(options, "accuracy", {0.5, 0.54, 0.549}), 3);
  EXPECT_EQ(ended_after(options, "accuracy", {0.5, 0.54, 0.56, 0.57}), 0);
}

TEST(EarlyStop, AValueThatIsNotDefinedIsNoImprovement) {
  const StopEarly options{.metric = "ukp.accuracy", .patience = 2};
  EXPECT_EQ(ended_after(options, "accuracy", {std::nullopt, NAN}), 2);
}

TEST(EarlyStop, SaysTheBestStepAndRefusesAMetricThatIsNotThere) {
  const StopEarly options{.metric = "ukp.accuracy", .patience = 1};
  TrainState state{.step = 10};
  record_early_stop(options, evaluation_of("accuracy", 0.75), state);
  state.step = 20;
  record_early_stop(options, evaluation_of("accuracy", 0.5), state);
  EXPECT_EQ(early_stop_reason(options, state),
            "ukp.accuracy has not improved by more than 0 in 1 evaluation running; its best value "
            "is 0.75, after step 10");
  EXPECT_EQ(early_stop_reason(std::nullopt, state), std::nullopt);
  EXPECT_THAT(error_of(ErrorKind::usage,
                       [&] { record_early_stop(options, evaluation_of("mse", 1), state); }),
              HasSubstr("train.stop_early.metric: found \"ukp.accuracy\", but the evaluation has"));
}

TEST(EarlyStop, AnEvaluationOfOthersAloneDoesNotCount) {
  const StopEarly options{.metric = "ukp.accuracy", .patience = 1};
  TrainState state{.step = 10};
  record_early_stop(options, evaluation_of("accuracy", 0.75), state);
  std::vector<Evaluation> others = evaluation_of("total", 0.5);
  others[0].source = "rb2";
  for (int i = 0; i < 3; ++i) record_early_stop(options, others, state);
  EXPECT_EQ(early_stop_reason(options, state), std::nullopt);
}

}  // namespace
}  // namespace laurel::test::early_stop_test
