// The device's AdamW against the CPU's, which has its own tests: same masters, moments and halves.
#include "cuda/test_device.h"

namespace laurel::test::adamw_test {
namespace {

const std::vector<UpdateRange> kRanges{{0, 1024, true}, {1024, 1027, false}, {1088, 3000, true}};
constexpr int64_t kSize = 3008;

struct Kind {
  const char* what;
  bool split, bf16_moments, stochastic;
};
const std::vector<Kind> kKinds = {{"fp32", false, false, false},
                                  {"fp32, bf16 moments", false, true, false},
                                  {"split", true, false, false},
                                  {"split, bf16 moments", true, true, false},
                                  {"split, stochastic", true, true, true}};

AdamWBuffers buffers_of(const Kind& kind) {
  const at::Tensor master = at::randn({kSize}) * 0.02;
  const auto moments = kind.bf16_moments ? at::kBFloat16 : at::kFloat;
  AdamWBuffers buffers{master, {}, at::zeros({kSize}, moments), at::zeros({kSize}, moments), {}};
  if (kind.split) {
    buffers.weights = at::empty({kSize}, at::kBFloat16);
    buffers.low = at::empty({kSize}, at::kShort);
    split_master(master, buffers.weights, buffers.low,
                 kind.stochastic ? Rounding::stochastic : Rounding::nearest);
  }
  return buffers;
}

AdamWBuffers copy_there(const AdamWBuffers& b) {
  const auto copy = [](const at::Tensor& x) { return x.defined() ? to_test_device(x).clone() : x; };
  return {copy(b.weights), copy(b.gradient), copy(b.moment1), copy(b.moment2), copy(b.low)};
}

CudaUpdate read(const at::Tensor& update) {
  const at::Tensor bytes = to_cpu(update);
  CudaUpdate result{};
  std::memcpy(&result, bytes.const_data_ptr(), sizeof(result));
  return result;
}

// Bits, because a few results may differ by the last one: the order of two roundings is free.
void expect_nearly_all_equal(const at::Tensor& there_, const at::Tensor& expected) {
  const at::Tensor differ = to_cpu(there_) != expected;
  EXPECT_LE(differ.sum().item<int64_t>(), kSize / 100);
}

TEST(CudaAdamW, FollowsTheCpuOverSeveralUpdates) {
  for (const Kind& kind : kKinds) {
    SCOPED_TRACE(kind.what);
    at::manual_seed(3);
    AdamWBuffers cpu = buffers_of(kind);
    AdamWBuffers device = copy_there(cpu);
    const at::Tensor update = make_update_cuda(test_device());
    AdamW options{.lr = 1e-2, .weight_decay = 0.1, .seed = 7};
    options.rounding = kind.stochastic ? Rounding::stochastic : Rounding::nearest;
    for (options.update = 1; options.update <= 4; ++options.update) {
      cpu.gradient = at::randn({kSize});
      device.gradient = to_test_device(cpu.gradient).clone();
      const double norm = gradient_norm(std::vector<NormPart>{{cpu.gradient, kRanges}});
      options.gradient_scale = clip_factor(norm, 1.0);
      adamw_step(cpu, kRanges, options);
      add_squared_norm_cuda({device.gradient, kRanges}, update);
      decide_update_cuda({.beta1 = 0.9, .beta2 = 0.999, .max_norm = 1, .seed = 7}, update);
      adamw_step_cuda(device, kRanges, options, update);
      EXPECT_NEAR(read(update).norm / norm, 1, 1e-12);
    }
    if (kind.split) {
      at::Tensor exact = at::empty({kSize});
      at::Tensor actual = at::empty({kSize});
      join_master(cpu.weights, cpu.low, exact, options.rounding);
      join_master(to_cpu(device.weights), to_cpu(device.low), actual, options.rounding);
      expect_near(actual, exact, 1e-6);
      expect_nearly_all_equal(device.weights, cpu.weights);
    } else {
      expect_on_device(device.weights, cpu.weights, 1e-6);
    }
    if (kind.bf16_moments) expect_nearly_all_equal(device.moment2, cpu.moment2);
    expect_on_device(device.moment1, cpu.moment1, kind.bf16_moments ? 1e-4 : 1e-6);
    expect_on_device(device.moment2, cpu.moment2, kind.bf16_moments ? 1e-4 : 1e-6);
    EXPECT_TRUE(at::equal(to_cpu(device.gradient), cpu.gradient));  // zero in the ranges only
  }
}

TEST(CudaAverage, FollowsTheCpuAndStaysWhereAnUpdateIsSkipped) {
  for (const Kind& kind : {kKinds[0], kKinds[2], kKinds[4]}) {
    SCOPED_TRACE(kind.what);
    at::manual_seed(4);
    AdamWBuffers device = copy_there(buffers_of(kind));
    const Rounding rounding = kind.stochastic ? Rounding::stochastic : Rounding::nearest;
    const at::Tensor update = make_update_cuda(test_device()), average = at::zeros({kSize}),
                     there_ = to_test_device(average).clone();
    int64_t made = 0;
    for (int step = 0; step < 14; ++step) {
      const bool bad = step == 0 || step == 4;
      device.gradient = to_test_device(at::randn({kSize}));
      if (bad) device.gradient[7] = INFINITY;
      add_squared_norm_cuda({device.gradient, kRanges}, update);
      decide_update_cuda({.beta1 = 0.9,
                          .beta2 = 0.999,
                          .max_norm = 1,
                          .max_skipped = 2,
                          .seed = 7,
                          .average_decay = 0.5},
                         update);
      adamw_step_cuda(device, kRanges, {.lr = 1e-2, .rounding = rounding}, update);
      average_step_cuda({device.weights, device.low, there_}, kRanges, rounding, update);
      const at::Tensor before = average.clone();
      if (!bad) {
        const at::Tensor low = device.low.defined() ? to_cpu(device.low) : at::Tensor();
        average_step({to_cpu(device.weights), low, average}, kRanges, average_rate(0.5, ++made),
                     rounding);
      }
      EXPECT_EQ(at::equal(average, before), bad);
      expect_on_device(there_, average, 3e-7);
    }
    EXPECT_EQ(read(update).updates, 12);
  }
}

TEST(CudaAdamW, AGradientThatIsNotFiniteSkipsTheUpdateAndIsCounted) {
  const Kind kind = kKinds[2];
  const AdamWBuffers before = buffers_of(kind);
  const std::vector<UpdateRange> all{{0, kSize, true}};
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    AdamWBuffers device = copy_there(before);
    const at::Tensor update = make_update_cuda(test_device());
    device.gradient = to_test_device(at::ones({kSize}));
    device.gradient[1234] = bad;
    add_squared_norm_cuda({device.gradient, all}, update);
    decide_update_cuda({.beta1 = 0.9, .beta2 = 0.999, .max_skipped = 3}, update);
    adamw_step_cuda(device, all, {.lr = 1}, update);
    EXPECT_TRUE(at::equal(to_cpu(device.weights), before.weights));
    EXPECT_TRUE(at::equal(to_cpu(device.low), before.low));
    EXPECT_TRUE(at::equal(to_cpu(device.moment1), before.moment1));
    EXPECT_EQ(to_cpu(device.gradient).abs().max().item<float>(), 0);
    const CudaUpdate state = read(update);
    EXPECT_EQ(state.skipped, 1);
    EXPECT_EQ(state.updates, 0);
    EXPECT_EQ(state.squares, 0);
  }
}

TEST(CudaAdamW, OverTheBudgetOfSkipsAllLaterUpdatesAreSkipped) {
  const at::Tensor update = make_update_cuda(test_device());
  const std::vector<UpdateRange> all{{0, 8, true}};
  const CudaDecision decision{.beta1 = 0.9, .beta2 = 0.999, .max_norm = 0, .max_skipped = 1};
  std::vector<int32_t> skips;
  for (const float value : {INFINITY, 1.0f, NAN, 1.0f, NAN}) {
    add_squared_norm_cuda({to_test_device(at::full({8}, value)), all}, update);
    decide_update_cuda(decision, update);
    skips.push_back(read(update).skip);
  }
  EXPECT_EQ(skips, (std::vector<int32_t>{1, 0, 1, 1, 1}));
  EXPECT_EQ(read(update).stopped, 1);
  EXPECT_EQ(read(update).skipped, 3);
  EXPECT_EQ(read(update).updates, 1);
}

TEST(CudaAdamW, ABudgetThatIsUsedUpStopsAtTheNextSkip) {
  const at::Tensor update = make_update_cuda(test_device(), 5, 2);  // updates made, skipped
  const std::vector<UpdateRange> all{{0, 8, true}};
  std::vector<int32_t> skips, stopped;
  for (const float value : {1.0f, 1.0f, INFINITY, 1.0f}) {
    add_squared_norm_cuda({to_test_device(at::full({8}, value)), all}, update);
    decide_update_cuda({.beta1 = 0.9, .beta2 = 0.999, .max_skipped = 1}, update);
    skips.push_back(read(update).skip);
    stopped.push_back(read(update).stopped);
  }
  EXPECT_EQ(skips, (std::vector<int32_t>{0, 0, 1, 1}));
  EXPECT_EQ(stopped, (std::vector<int32_t>{0, 0, 1, 1}));
  EXPECT_EQ(read(update).updates, 7);
}

TEST(CudaAdamW, TheNormIsExactForSizesOfEveryKindAndForLargeNumbers) {
  for (const int64_t size : {int64_t{1}, int64_t{5}, int64_t{1024}, int64_t{100003}}) {
    const at::Tensor gradient = random({size}, at::kFloat) * 1e25;  // squares overflow fp32
    const std::vector<UpdateRange> all{{0, size, true}};
    const at::Tensor update = make_update_cuda(test_device());
    add_squared_norm_cuda({gradient, all}, update);
    decide_update_cuda({.beta1 = 0.9, .beta2 = 0.999, .max_norm = 2}, update);
    const double norm = to_cpu(gradient).to(at::kDouble).norm().item<double>();
    EXPECT_NEAR(read(update).norm / norm, 1, 1e-12);
    EXPECT_NEAR(read(update).gradient_scale * norm / 2, 1, 1e-6);
    EXPECT_EQ(read(update).skip, 0);
  }
}

}  // namespace
}  // namespace laurel::test::adamw_test
