// Best of N: against all subsets one by one, scipy and numpy (oracle_best_of_n.py), and planted curves.
#include "eval/best_of_n.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "core/option_writer.h"
#include "core/random.h"
#include "eval/best_of_n_report.h"
#include "eval/evaluate.h"
#include "eval/synthetic_split.h"

namespace laurel::best_of_n_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// As in oracle_best_of_n.py: rewards with ties.
ScoredAnswers answers(int prompt, int count) {
  ScoredAnswers of{.prompt = static_cast<uint64_t>(prompt)};
  for (int i = 0; i < count; ++i) {
    of.reward.push_back(std::nearbyint(std::sin(i * 1.3 + prompt) * 3) / 2);
    of.score.push_back(std::cos(i * 0.7 + prompt * 0.3) + 0.3 * of.reward.back());
    of.length.push_back((i * 5 + prompt * 3) % 7);
  }
  return of;
}

std::vector<ScoredAnswers> prompts_of(int prompts, int count) {
  std::vector<ScoredAnswers> all;
  for (int p = 0; p < prompts; ++p) all.push_back(answers(p, count));
  return all;
}

// The mean over every subset of n answers of the mean score of its highest rewards.
double over_all_subsets(const ScoredAnswers& of, int n) {
  const size_t m = of.score.size();
  double sum = 0, subsets = 0;
  for (uint32_t subset = 0; subset < (uint32_t{1} << m); ++subset) {
    if (std::popcount(subset) != n) continue;
    double best = -INFINITY, scores = 0, ties = 0;
    for (size_t i = 0; i < m; ++i) {
      if (((subset >> i) & 1) == 0 || of.reward[i] < best) continue;
      if (of.reward[i] > best) scores = ties = 0;
      best = of.reward[i];
      scores += of.score[i];
      ties += 1;
    }
    sum += scores / ties;
    subsets += 1;
  }
  return sum / subsets;
}

TEST(ExpectedBest, EqualsTheMeanOverAllSubsets) {
  for (int prompt = 0; prompt < 6; ++prompt) {
    const ScoredAnswers of = answers(prompt, 11);
    for (int n = 1; n <= 11; ++n) {
      EXPECT_NEAR(expected_best(of.reward, of.score, n), over_all_subsets(of, n), 1e-12)
          << prompt << ", " << n;
    }
  }
}

// Of the subsets {1, 2}, {1, 3}, {2, 3} the best have the scores 20, 30, 30.
TEST(ExpectedBest, OfThreeAnswersByHand) {
  const std::vector<double> reward{1, 2, 3}, score{10, 20, 30};
  EXPECT_NEAR(expected_best(reward, score, 1), 20, 1e-12);
  EXPECT_NEAR(expected_best(reward, score, 2), 80.0 / 3, 1e-12);
  EXPECT_NEAR(expected_best(reward, score, 3), 30, 1e-12);
  const std::vector<double> equal{1, 1, 1};
  EXPECT_NEAR(expected_best(equal, score, 2), 20, 1e-12) << "equal rewards choose nothing";
}

// scipy.special.comb
TEST(ExpectedBest, OfManyAnswersEqualsScipy) {
  const ScoredAnswers of = answers(3, 400);
  EXPECT_NEAR(expected_best(of.reward, of.score, 1), 0.0041330770135883516, 1e-12);
  EXPECT_NEAR(expected_best(of.reward, of.score, 16), 0.4403359216312713, 1e-12);
  EXPECT_NEAR(expected_best(of.reward, of.score, 200), 0.44404435297197975, 1e-12);
}

TEST(BestOfN, BoundsTheDivergence) {
  EXPECT_EQ(best_of_n_divergence_bound(1), 0);
  EXPECT_NEAR(best_of_n_divergence_bound(4), 0.6362943611198906, 1e-12);  // log 4 - 3/4
}

TEST(BestOfN, ShowsNumbersUpToTheLargestAndItsPrompts) {
  std::vector<ScoredAnswers> prompts = prompts_of(40, 24);
  prompts.push_back(answers(40, 23));
  const auto found = best_of_n(prompts, 12);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->prompts, 40);
  EXPECT_EQ(found->answers, 40 * 24);
  EXPECT_EQ(found->left_out, 1);
  std::vector<int64_t> numbers;
  for (const BestOfNPoint& point : found->points) numbers.push_back(point.n);
  EXPECT_THAT(numbers, testing::ElementsAre(1, 2, 3, 4, 6, 8, 12));
  EXPECT_EQ(found->random.value, found->points[0].score.value);
  EXPECT_EQ(found->points[0].gain.value, 0);
  EXPECT_FALSE(best_of_n(prompts, 13)) << "no prompt has 26 answers";
}

// oracle_best_of_n.py: 60 prompts of 16 answers, N up to 8, 20,000 draws of prompts.
TEST(BestOfN, ValuesAndIntervalsAgreeWithNumpy) {
  const auto found = best_of_n(prompts_of(60, 16), 8, {.draws = 20000});
  struct Expected {
    size_t point;
    double score, low, high, gain, gain_low, gain_high, longest;
  };
  for (const Expected& of : std::vector<Expected>{
           {1, 0.19716272661394124, 0.16785452760743852, 0.22500725708687816, 0.19564049101748393,
            0.17711403612220716, 0.21404467437133656, 0.0019058929455132187},
           {2, 0.29486190176385596, 0.2584553974457271, 0.33022739341313945, 0.29333966616739865,
            0.26409188432543, 0.3218250207718731, 0.0014191126700234709},
           {3, 0.35014480565130596, 0.3074777110506719, 0.3918420922210718, 0.3486225700548487,
            0.31172857521018577, 0.3842931887632955, 0.0006571061048380809},
           {4, 0.4069172720023385, 0.35407179425009916, 0.4581283196988712, 0.4053950364058812,
            0.35735373998657066, 0.45198476548982724, -0.00086271041726068},
           {5, 0.4334013013801996, 0.37298157151765093, 0.4920804708949398, 0.43187906578374236,
            0.3754646522151768, 0.4862816141469355, -0.0021426365184966244}}) {
    const BestOfNPoint& point = found->points[of.point];
    EXPECT_NEAR(*point.score.value, of.score, 1e-12);
    EXPECT_NEAR(*point.longest.value, of.longest, 1e-12);
    EXPECT_NEAR(*point.gain.value, of.gain, 1e-12);
    EXPECT_NEAR(*point.score.low, of.low, 0.05 * (of.high - of.low));
    EXPECT_NEAR(*point.score.high, of.high, 0.05 * (of.high - of.low));
    EXPECT_NEAR(*point.gain.low, of.gain_low, 0.05 * (of.gain_high - of.gain_low));
    EXPECT_NEAR(*point.gain.high, of.gain_high, 0.05 * (of.gain_high - of.gain_low));
  }
  EXPECT_EQ(found->units, 60);
}

// Answers of random rewards, whose trusted score is that function of the reward, with noise.
template <class Score>
std::vector<ScoredAnswers> drawn(Random& random, int prompts, const Score& score) {
  std::vector<ScoredAnswers> all;
  for (int p = 0; p < prompts; ++p) {
    ScoredAnswers& of = all.emplace_back(ScoredAnswers{.prompt = static_cast<uint64_t>(p)});
    for (int i = 0; i < 32; ++i) {
      of.reward.push_back(random.uniform());
      of.score.push_back(score(of.reward.back()) + random.uniform() - 0.5);
      of.length.push_back(random.uniform());
    }
  }
  return all;
}

TEST(BestOfN, ClaimsATurnWhereTheHighestRewardsAreBad) {
  Random random(2);
  const auto turning = [](double r) { return r < 0.85 ? r : 0.85 - 10 * (r - 0.85); };
  const auto found = best_of_n(drawn(random, 100, turning), 16);
  EXPECT_TRUE(found->turns);
  EXPECT_GT(found->peak, 1);
  EXPECT_LT(found->peak, 16);
  double highest = 0;
  for (const BestOfNPoint& point : found->points) highest = std::max(highest, *point.score.value);
  EXPECT_NEAR(*found->drop.value, highest - *found->points.back().score.value, 1e-12);
  EXPECT_THAT(best_of_n_table(*found), HasSubstr("  the score turns: best of "));
  EXPECT_EQ(options_to_json(*found)["turns"], true);
}

TEST(BestOfN, ClaimsNoTurnWhereMoreIsBetter) {
  Random random(2);
  const auto found = best_of_n(drawn(random, 100, [](double r) { return 3 * r; }), 16);
  EXPECT_FALSE(found->turns);
  EXPECT_EQ(found->peak, 16);
  EXPECT_FALSE(found->drop.value);
  EXPECT_GT(*found->points.back().gain.low, 0);
  EXPECT_THAT(best_of_n_table(*found), HasSubstr("  the score is highest at the largest N, 16\n"));
}

TEST(BestOfN, SaysWhenChoosingIsWorseThanARandomAnswer) {
  Random random(2);
  const auto worse = best_of_n(drawn(random, 100, [](double r) { return -3 * r; }), 16);
  EXPECT_EQ(worse->peak, 1);
  EXPECT_TRUE(worse->turns);
  EXPECT_THAT(best_of_n_table(*worse),
              AllOf(HasSubstr("  choosing by this reward is worse than a random answer: a random "
                              "one is above best of 16 by "),
                    Not(HasSubstr("turn"))));
  const auto few = best_of_n(drawn(random, 20, [](double r) { return -3 * r; }), 16);
  EXPECT_FALSE(few->turns) << "20 prompts are too few";
  EXPECT_THAT(best_of_n_table(*few), HasSubstr("  choosing by this reward is not better than a "
                                               "random answer, nor worse beyond chance: a random "
                                               "one is above best of 16 by "));
}

TEST(BestOfN, SaysWhenNothingIsChosen) {
  std::vector<ScoredAnswers> prompts = prompts_of(40, 16);
  for (ScoredAnswers& of : prompts) of.score.assign(16, 0.1);
  const auto equal_scores = best_of_n(prompts, 8);
  EXPECT_EQ(equal_scores->peak, 1);
  EXPECT_FALSE(equal_scores->drop.value) << "sums of 0.1 differ by rounding";
  EXPECT_THAT(best_of_n_table(*equal_scores), HasSubstr("  no N is better than a random answer\n"));
  prompts = prompts_of(40, 16);
  for (ScoredAnswers& of : prompts) of.reward.assign(16, 2);
  const auto equal_rewards = best_of_n(prompts, 8);
  EXPECT_TRUE(equal_rewards->equal_rewards);
  EXPECT_THAT(best_of_n_table(*equal_rewards),
              HasSubstr("  the answers of each prompt have equal rewards: none is chosen\n"));
}

// 200 sets whose score has nothing to do with the reward: the highest of several points is never the
// last alone by chance.
TEST(BestOfN, SeldomClaimsATurnThatIsChance) {
  Random random(8);
  int turns = 0;
  for (int set = 0; set < 200; ++set) {
    turns += best_of_n(drawn(random, 40, [](double) { return 0.0; }), 16, {.draws = 300})->turns;
  }
  EXPECT_LE(turns, 18);  // at most 10 expected
}

TEST(BestOfN, OfOnePromptHasNoIntervals) {
  const auto found = best_of_n(prompts_of(1, 16), 8);
  EXPECT_TRUE(found->points[1].score.value);
  EXPECT_FALSE(found->points[1].score.low);
  EXPECT_FALSE(found->turns);
  EXPECT_THAT(best_of_n_table(*found), HasSubstr("intervals: none, of 1 prompt, too few for them "
                                                 "to be relied on\n"));
}

// Ratings of the same prompt are its answers, wherever their rows are.
TEST(BestOfN, IsPartOfAnEvaluationThatAsksForIt) {
  Split split = empty_split();
  for (int i = 0; i < 160; ++i) {
    add_rating(split, i * 7 % 50, static_cast<float>(i * 7 % 50), 1, static_cast<uint64_t>(i % 40));
  }
  EvaluationTask task{
      .source = "ukp", .split = split, .pooling = {}, .packing = {.tokens_per_micro_batch = 10}};
  EXPECT_FALSE(evaluate(tenth_of_last_token, task).best_of_n);
  task.best_of_n = 2;
  const Evaluation evaluation = evaluate(tenth_of_last_token, task);
  ASSERT_TRUE(evaluation.best_of_n);
  EXPECT_EQ(evaluation.best_of_n->prompts, 40);
  EXPECT_EQ(evaluation.best_of_n->answers, 160);
  EXPECT_GT(*evaluation.best_of_n->points[1].gain.low, 0) << "the reward is the score";
  EXPECT_THAT(
      evaluation_table(std::vector{evaluation}),
      AllOf(HasSubstr("  best of N                         KL bound       score"),
            HasSubstr("  1 (random)                          0.0000"),
            HasSubstr("  of 160 answers to 40 prompts; intervals: 1000 draws of 40 prompts\n"),
            Not(HasSubstr("left out"))));
  EXPECT_EQ(evaluation_json(evaluation, 0, 0)["best_of_n"]["points"][1]["n"], 2);
}

TEST(BestOfN, TakesEachListByItself) {
  SplitOutcomes outcomes;
  for (uint64_t i = 0; i < 2; ++i) {
    outcomes.lists.add({.reward = {1, 2, 3, 4},
                        .rank = {4, 3, 2, 1},
                        .score = {1, 2, 3, 4},
                        .length = {5, 6, 7, 8}},
                       {.prompt = 7, .responses = {i, i}});
  }
  const auto prompts = scored_answers(outcomes);
  ASSERT_EQ(prompts.size(), 2u);
  EXPECT_EQ(prompts[1].length, (std::vector<double>{5, 6, 7, 8}));
  const auto found = best_of_n(prompts, 2);
  EXPECT_EQ(found->prompts, 2);
  EXPECT_EQ(found->units, 1) << "they share a prompt";
}

}  // namespace
}  // namespace laurel::best_of_n_test
