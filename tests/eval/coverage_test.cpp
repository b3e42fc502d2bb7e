// Whether 95 % intervals contain the truth of the population that a set was drawn from, by a thousand
// simulated sets. Minutes, so it is no part of the suite (ctest -L long).
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <map>
#include <numbers>
#include <string>
#include <vector>

#include "core/parallel.h"
#include "core/random.h"
#include "eval/pair_metrics.h"
#include "eval/rating_metrics.h"
#include "eval/summarise.h"

namespace laurel::coverage_test {
namespace {

constexpr int kSets = 1000;
constexpr uint64_t kSeed = 20261130;

struct Population {
  // Margins of a prompt's pairs: kMean + deviation kBetween of the prompt + kWithin of the pair.
  static constexpr double kMean = 0.8, kBetween = 0.7, kWithin = 1.0;
  static constexpr double kCorrelation = 0.6;  // of scores and predictions
};

using Truths = std::map<std::string, double>;

double normal_density(double z) { return std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi); }

Truths truths_of_pairs() {
  const double deviation = std::hypot(Population::kBetween, Population::kWithin);
  double log_loss = 0;
  constexpr double kStep = 1e-3, kFar = 9;
  for (double z = -kFar; z < kFar; z += kStep) {
    log_loss += kStep * normal_density(z) * negative_log_sigmoid(Population::kMean + deviation * z);
  }
  return {{"margin", Population::kMean},
          {"accuracy", std::erfc(-Population::kMean / deviation / std::numbers::sqrt2) / 2},
          {"log_loss", log_loss}};
}

// Scores and predictions of variance 1, half of it the prompt's. Squared errors are skewed: of 30
// prompts the intervals of mse cover 90 %.
Truths truths_of_ratings() { return {{"pearson", Population::kCorrelation}}; }

template <class Outcome>
struct Simulated {
  std::vector<Outcome> outcomes;
  std::vector<Origin> origins;
};

// visit(random, prompt) once for each of a prompt's one to five outcomes.
void for_each_outcome(uint64_t set, int prompts, const auto& begin, const auto& visit) {
  Random random(kSeed, set);
  uint64_t response = 0;
  for (int prompt = 0; prompt < prompts; ++prompt) {
    begin(random);
    const auto rows = 1 + random.below(5);
    for (uint64_t row = 0; row < rows; ++row, response += 2) {
      visit(random,
            Origin{.prompt = static_cast<uint64_t>(prompt), .responses = {response, response + 1}});
    }
  }
}

MetricSet of_pairs(uint64_t set, int prompts) {
  Simulated<PairOutcome> simulated;
  double of_prompt = 0;
  for_each_outcome(
      set, prompts, [&](Random& random) { of_prompt = Population::kBetween * random.normal(); },
      [&](Random& random, const Origin& origin) {
        const double noise = Population::kWithin * random.normal();
        simulated.outcomes.push_back({.better = Population::kMean + of_prompt + noise, .worse = 0});
        simulated.origins.push_back(origin);
      });
  return summarise("pairs", "", pair_metrics(simulated.outcomes), simulated.origins);
}

MetricSet of_ratings(uint64_t set, int prompts) {
  Simulated<RatingOutcome> simulated;
  const double half = std::sqrt(0.5), rho = Population::kCorrelation;
  double score = 0, other = 0;
  for_each_outcome(
      set, prompts,
      [&](Random& random) {
        score = half * random.normal();
        other = half * random.normal();
      },
      [&](Random& random, const Origin& origin) {
        const double a = score + half * random.normal(), b = other + half * random.normal();
        simulated.outcomes.push_back(
            {.score = a, .prediction = rho * a + std::sqrt(1 - rho * rho) * b});
        simulated.origins.push_back(origin);
      });
  return summarise("rows", "", rating_metrics(simulated.outcomes), simulated.origins);
}

// By metric, the share of sets whose interval contains the truth.
std::map<std::string, double> coverage(const Truths& truths, int prompts, const auto& simulate) {
  std::map<std::string, std::atomic<int>> contained;
  for (const auto& [name, truth] : truths) contained[name] = 0;
  parallel_for(kSets, available_cores(), [&](int64_t set) {
    for (const Metric& metric : simulate(static_cast<uint64_t>(set), prompts).metrics) {
      const auto truth = truths.find(metric.name);
      if (truth == truths.end() || !metric.low) continue;
      contained.at(metric.name) += *metric.low <= truth->second && truth->second <= *metric.high;
    }
  });
  std::map<std::string, double> shares;
  for (const auto& [name, count] : contained) shares[name] = static_cast<double>(count) / kSets;
  return shares;
}

void expect_coverage(int prompts, double least, double most) {
  auto shares = coverage(truths_of_pairs(), prompts, of_pairs);
  shares.merge(coverage(truths_of_ratings(), prompts, of_ratings));
  ASSERT_EQ(shares.size(), 4u);
  for (const auto& [name, share] : shares) {
    std::printf("%d prompts: %s %.3f\n", prompts, name.c_str(), share);
    EXPECT_GE(share, least) << name;
    EXPECT_LE(share, most) << name;
  }
}

TEST(Coverage, DISABLED_OfThirtyPromptsIsAtLeast91Percent) { expect_coverage(30, 0.91, 0.97); }
TEST(Coverage, DISABLED_Of200PromptsIs93To97Percent) { expect_coverage(200, 0.93, 0.97); }
TEST(Coverage, DISABLED_Of2000PromptsIs93To97Percent) { expect_coverage(2000, 0.93, 0.97); }

}  // namespace
}  // namespace laurel::coverage_test
