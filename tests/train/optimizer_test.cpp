// The optimizer leaves out rows that no token has touched, and changes nothing by it.
#include "train/optimizer.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "ops/adamw.h"

namespace laurel {
namespace {

const at::Tensor kFinite = at::zeros({1}, at::kDouble);

// An embedding of 50 rows of 64 elements and a matrix; a head.
Parameters random_parameters(at::ScalarType type) {
  at::manual_seed(1);
  LayoutBuilder backbone, head;
  backbone.begin_block();
  backbone.embedding("e", 50, 64);
  backbone.matrix("a", 3, 64);
  head.begin_block();
  head.matrix("score.weight", 1, 64);
  Parameters parameters;
  parameters.stores = {make_store(backbone.finish(), type), make_store(head.finish(), at::kFloat)};
  for (Store& store : parameters.stores) {
    make_trainable(store);
    for (const Entry& entry : store.layout.entries) {
      set_values(store, entry, at::randn(entry.shape, at::kFloat));
    }
  }
  return parameters;
}

// As a step whose tokens are `ids` would.
void fill_gradients(Parameters& parameters, const std::vector<int32_t>& ids) {
  for (Store& store : parameters.stores) {
    for (const Entry& entry : store.layout.entries) {
      at::Tensor gradient = view(store.gradient, entry);
      if (!entry.lookup) gradient.copy_(at::randn(entry.shape, at::kFloat));
      for (const int32_t id : ids) {
        if (entry.lookup) gradient[id].copy_(at::randn({64}, at::kFloat));
      }
    }
  }
}

TEST(Optimizer, UntouchedRowsStayAsTheyAreAndAllOthersAreAdamWs) {
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    Parameters parameters = random_parameters(type), expected = random_parameters(type);
    Optimizer optimizer({.lr = 0.01, .max_grad_norm = 0.5}, parameters, 1);
    const std::vector<std::vector<int32_t>> steps{{3, 4, 49}, {7}, {3, 8}};
    for (size_t i = 0; i < steps.size(); ++i) {
      at::manual_seed(static_cast<uint64_t>(i));
      fill_gradients(parameters, steps[i]);
      at::manual_seed(static_cast<uint64_t>(i));
      fill_gradients(expected, steps[i]);
      double squares = 0;
      for (const Store& store : expected.stores) {
        squares += store.gradient.to(at::kDouble).square().sum().item<double>();
      }
      optimizer.touch(at::tensor(steps[i], at::kInt));
      const double norm = optimizer.step(0.01, kFinite).item<double>();
      EXPECT_NEAR(norm, std::sqrt(squares), 1e-9 * norm);
      for (Store& store : expected.stores) {
        adamw_step({store.weights, store.gradient, store.moment1, store.moment2, store.low},
                   update_ranges(store.layout),
                   {.lr = 0.01,
                    .update = static_cast<int64_t>(i) + 1,
                    .gradient_scale = clip_factor(norm, 0.5)});
      }
      for (size_t s = 0; s < 2; ++s) {
        const Store &found = parameters.stores[s], &wanted = expected.stores[s];
        EXPECT_TRUE(at::equal(found.weights, wanted.weights));
        EXPECT_TRUE(at::equal(found.moment2, wanted.moment2));
        EXPECT_EQ(found.gradient.abs().sum().item<double>(), 0);
      }
    }
  }
}

// An update far below half a bf16 step is lost to the nearest weight, not to its expectation.
TEST(Optimizer, StochasticRoundingShowsSmallUpdatesOnAverage) {
  for (const bool stochastic : {false, true}) {
    const OptimizerOptions options{.lr = 1e-4, .stochastic_rounding = stochastic};
    LayoutBuilder backbone, head;
    backbone.begin_block();
    backbone.matrix("a", 64, 64);
    head.begin_block();
    head.matrix("score.weight", 1, 64);
    Parameters parameters;
    parameters.stores = {make_store(backbone.finish(), at::kBFloat16),
                         make_store(head.finish(), at::kFloat)};
    make_trainable(parameters.backbone(), training_state(options));
    make_trainable(parameters.head());
    const Entry& entry = parameters.backbone().layout.entries[0];
    set_values(parameters.backbone(), entry, at::ones({64, 64}));
    parameters.backbone().gradient.fill_(-1);
    Optimizer optimizer(options, parameters, 1);
    optimizer.step(1e-4, kFinite);
    const double mean =
        view(parameters.backbone().weights, entry).to(at::kDouble).mean().item<double>() - 1;
    EXPECT_NEAR(mean, stochastic ? 1e-4 : 0, 2e-5);
    const at::Tensor master = values(parameters.backbone(), entry);
    EXPECT_LE((master - (1 + 1e-4)).abs().max().item<double>(), 2.5e-7);
  }
}

TEST(Optimizer, DecayReachesRowsThatNoTokenHasTouched) {
  Parameters parameters = random_parameters(at::kFloat);
  const Entry& entry = parameters.backbone().layout.at("e");
  const at::Tensor before = view(parameters.backbone().weights, entry).clone();
  Optimizer optimizer({.weight_decay = 0.5}, parameters, 1);
  optimizer.touch(at::tensor(std::vector<int32_t>{3}, at::kInt));
  optimizer.step(0.1, kFinite);
  const at::Tensor after = view(parameters.backbone().weights, entry);
  EXPECT_LE((after - before * 0.95).abs().max().item<float>(), 1e-6);
}

TEST(Optimizer, MakesNoUpdateWhereGradientOrLossIsNotFinite) {
  for (const bool gradient : {false, true}) {
    Parameters parameters = random_parameters(at::kFloat);
    const at::Tensor before = parameters.backbone().weights.clone();
    Optimizer optimizer({}, parameters, 1);
    parameters.head().gradient.fill_(gradient ? NAN : 1);
    const at::Tensor sums = at::full({2}, gradient ? 1 : INFINITY, at::kDouble);
    const double norm = optimizer.step(0.1, sums).item<double>();
    EXPECT_EQ(std::isfinite(norm), !gradient);
    EXPECT_TRUE(at::equal(parameters.backbone().weights, before));
  }
}

}  // namespace
}  // namespace laurel
