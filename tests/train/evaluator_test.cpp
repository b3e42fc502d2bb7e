// After which steps an evaluation is due.
#include "train/evaluator.h"

#include <gmock/gmock.h>

namespace laurel::evaluator_test {
namespace {

using testing::ElementsAre;

// Steps of three groups, of eight in all: an epoch is 8/3 steps.
std::vector<int64_t> due_steps(std::optional<std::variant<int64_t, EvalAt>> eval_every) {
  std::vector<SourceData> sources(1);
  for (int i = 0; i < 8; ++i) sources[0].train.groups.push_back({});
  sources[0].eval.report.rows = 1;
  Training training{.sources = sources, .length = {.steps = 7, .groups = 21}};
  training.options.batches.batch_size = 3;
  training.options.eval_every = eval_every;
  const Evaluator evaluator(training);
  std::vector<int64_t> steps;
  for (int64_t step = 0; step <= 7; ++step) {
    if (evaluator.due(step)) steps.push_back(step);
  }
  return steps;
}

TEST(Evaluator, IsDueAsEvalEverySays) {
  EXPECT_THAT(due_steps(std::nullopt), ElementsAre(0, 7));
  EXPECT_THAT(due_steps(int64_t{0}), ElementsAre());
  EXPECT_THAT(due_steps(int64_t{3}), ElementsAre(3, 6, 7));
  EXPECT_THAT(due_steps(EvalAt::end), ElementsAre(7));
}

// The step that ends an epoch is the one in which its last group is: of 9, 18 and 21 groups.
TEST(Evaluator, AfterAnEpochIsTheStepThatEndsIt) {
  EXPECT_THAT(due_steps(EvalAt::epoch), ElementsAre(3, 6, 7));
}

TEST(Evaluator, ABenchmarkHasStepsOfItsOwnOrThoseOfTheSources) {
  std::vector<SourceData> sources(1);
  std::vector<TrainingBenchmark> benchmarks(1);
  Training training{
      .sources = sources, .length = {.steps = 7, .groups = 21}, .benchmarks = benchmarks};
  training.options.eval_every = int64_t{5};
  const auto due = [&] {
    const Evaluator evaluator(training);
    std::vector<int64_t> steps;
    for (int64_t step = 0; step <= 7; ++step) {
      if (evaluator.due(step)) steps.push_back(step);
    }
    return steps;
  };
  EXPECT_THAT(due(), ElementsAre(5, 7));
  benchmarks[0].eval_every = 3;
  EXPECT_THAT(due(), ElementsAre(3, 6, 7));
  benchmarks[0].eval_every = 0;
  EXPECT_THAT(due(), ElementsAre());
  sources[0].eval.report.rows = 1;
  EXPECT_THAT(due(), ElementsAre(5, 7));
}

}  // namespace
}  // namespace laurel::evaluator_test
