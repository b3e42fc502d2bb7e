// The moving average of masters: its rate worked by hand, and the recursion in double precision.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "ops/adamw.h"
#include "support/near.h"

namespace laurel::average_test {
namespace {

constexpr int64_t kSize = 150000;  // more than one chunk
const std::vector<UpdateRange> kRanges{{0, 70000, true}, {70016, 149001, false}};

TEST(AverageRate, IsOneThenThatOfTheGrowingDecayUntilItIsReached) {
  struct Row {
    double decay;
    int64_t update;
    double rate;
  };
  for (const Row& row :
       {Row{0.5, 1, 1.0}, Row{0.5, 2, 9.0 / 11}, Row{0.5, 3, 0.75}, Row{0.5, 9, 0.5},
        Row{0.5, 10, 0.5}, Row{0.1, 1, 1.0}, Row{0.1, 2, 0.9}, Row{0.999, 91, 0.09},
        Row{0.999, 8982, 9.0 / 8991}, Row{0.999, 8991, 0.001}, Row{0.999, 1000000, 0.001}}) {
    EXPECT_NEAR(average_rate(row.decay, row.update), row.rate, 1e-15) << row.update;
  }
}

// Masters that a buffer of this kind can hold, as weights with their low halves.
struct Kind {
  const char* what;
  bool split;
  Rounding rounding;
};
const std::vector<Kind> kKinds{{"fp32", false, Rounding::nearest},
                               {"split", true, Rounding::nearest},
                               {"split, stochastic", true, Rounding::stochastic}};

AverageBuffers buffers_of(const at::Tensor& master, const Kind& kind) {
  if (!kind.split) return {master.clone(), {}, master.clone()};
  AverageBuffers buffers{at::empty({kSize}, at::kBFloat16), at::empty({kSize}, at::kShort),
                         master.clone()};
  split_master(master, buffers.weights, buffers.low, kind.rounding);
  return buffers;
}

void set(const AverageBuffers& buffers, const at::Tensor& master, const Kind& kind) {
  if (kind.split) {
    split_master(master, buffers.weights, buffers.low, kind.rounding);
  } else {
    buffers.weights.copy_(master);
  }
}

// Weights that move by far less than a bf16 step, as trained ones do.
TEST(Average, FollowsTheRecursionInDoublePrecision) {
  for (const Kind& kind : kKinds) {
    SCOPED_TRACE(kind.what);
    at::manual_seed(11);
    at::Tensor master = 1 + at::rand({kSize});
    const AverageBuffers buffers = buffers_of(master, kind);
    const at::Tensor first = master.clone();
    at::Tensor expected;
    for (int64_t n = 1; n <= 40; ++n) {
      master = master + 1e-4 * at::randn({kSize}) + 1e-4;
      set(buffers, master, kind);
      average_step(buffers, kRanges, average_rate(0.7, n), kind.rounding);
      const double decay = n == 1 ? 0 : std::min(0.7, static_cast<double>(n) / (n + 9));
      const at::Tensor exact = master.to(at::kDouble);
      expected = n == 1 ? exact : decay * expected + (1 - decay) * exact;
    }
    for (const auto& [begin, end, decay] : kRanges) {
      const at::Tensor error = (buffers.average - expected).slice(0, begin, end).abs();
      EXPECT_LE(error.max().item<double>(), 1e-6);  // of values of 1 to 2
    }
    EXPECT_GT((expected - first).mean().item<double>(), 3e-3);  // it has moved
    EXPECT_TRUE(at::equal(buffers.average.slice(0, 70000, 70016), first.slice(0, 70000, 70016)));
    EXPECT_TRUE(at::equal(buffers.average.slice(0, 149001), first.slice(0, 149001)));
  }
}

TEST(Average, IsTheMasterAtRateOneAndStaysWhereItIsTheMaster) {
  at::manual_seed(12);
  for (const Kind& kind : kKinds) {
    SCOPED_TRACE(kind.what);
    at::Tensor master = at::randn({kSize});
    if (kind.rounding == Rounding::stochastic) {  // whose last bit is not the master's
      master = master.view(at::kInt).bitwise_and(~1).view(at::kFloat);
    }
    const AverageBuffers buffers = buffers_of(master, kind);
    buffers.average.normal_();
    const std::vector<UpdateRange> all{{0, kSize, false}};
    average_step(buffers, all, 1, kind.rounding);
    EXPECT_TRUE(at::equal(buffers.average, master));
    for (const double rate : {0.001, 0.3, 0.5, 0.9}) {
      average_step(buffers, all, rate, kind.rounding);
      EXPECT_TRUE(at::equal(buffers.average, master));
    }
  }
}

TEST(Average, OfDoublesIsInDoublePrecision) {
  const at::Tensor weights = at::full({8}, 2.0, at::kDouble), average = at::zeros({8}, at::kDouble);
  average_step({weights, {}, average}, std::vector<UpdateRange>{{0, 4, false}}, 1e-3);
  expect_near(average, doubles({2e-3, 2e-3, 2e-3, 2e-3, 0, 0, 0, 0}, {8}), 1e-15);
}

TEST(Average, HasTheSameBitsForAnyNumberOfThreads) {
  at::manual_seed(13);
  const at::Tensor master = at::randn({kSize}), before = at::randn({kSize});
  const int threads = at::get_num_threads();
  std::vector<at::Tensor> found;
  for (const int n : {1, 2, 5}) {
    at::set_num_threads(n);
    const AverageBuffers buffers = buffers_of(master, kKinds[2]);
    buffers.average.copy_(before);
    average_step(buffers, kRanges, 0.07, Rounding::stochastic);
    found.push_back(buffers.average);
  }
  at::set_num_threads(threads);
  EXPECT_FALSE(at::equal(found[0], before));
  EXPECT_TRUE(at::equal(found[0], found[1]));
  EXPECT_TRUE(at::equal(found[0], found[2]));
}

}  // namespace
}  // namespace laurel::average_test
