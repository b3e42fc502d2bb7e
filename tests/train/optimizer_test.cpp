// The optimizer leaves out rows that no token has touched, and changes nothing by it.
#include "train/optimizer.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "ops/adamw.h"

namespace laurel::optimizer_test {
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
  Parameters parameters = {make_parameter_buffer(backbone.finish(), type),
                           make_parameter_buffer(head.finish(), at::kFloat)};
  for (ParameterBuffer& buffer : parameters.buffers()) {
    make_trainable(buffer);
    for (const TensorSpec& spec : buffer.layout.tensors) {
      set_values(buffer, spec, at::randn(spec.shape, at::kFloat));
    }
  }
  return parameters;
}

// As a step whose tokens are `ids` would.
void fill_gradients(Parameters& parameters, const std::vector<int32_t>& ids) {
  for (ParameterBuffer& buffer : parameters.buffers()) {
    for (const TensorSpec& spec : buffer.layout.tensors) {
      at::Tensor gradient = view(buffer.gradient, spec);
      if (!spec.is_embedding) gradient.copy_(at::randn(spec.shape, at::kFloat));
      for (const int32_t id : ids) {
        if (spec.is_embedding) gradient[id].copy_(at::randn({64}, at::kFloat));
      }
    }
  }
}

TEST(Optimizer, UnseenRowsStayUnchangedAndOthersMatchAdamW) {
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
      for (const ParameterBuffer& buffer : expected.buffers()) {
        squares += buffer.gradient.to(at::kDouble).square().sum().item<double>();
      }
      optimizer.mark_seen(at::tensor(steps[i], at::kInt));
      const double norm = optimizer.step(0.01, kFinite).item<double>();
      EXPECT_NEAR(norm, std::sqrt(squares), 1e-9 * norm);
      for (ParameterBuffer& buffer : expected.buffers()) {
        adamw_step({buffer.weights, buffer.gradient, buffer.moment1, buffer.moment2, buffer.low},
                   update_ranges(buffer.layout),
                   {.lr = 0.01,
                    .update = static_cast<int64_t>(i) + 1,
                    .gradient_scale = clip_factor(norm, 0.5)});
      }
      for (size_t s = 0; s < 2; ++s) {
        const ParameterBuffer &found = parameters.buffers()[s], &wanted = expected.buffers()[s];
        EXPECT_TRUE(at::equal(found.weights, wanted.weights));
        EXPECT_TRUE(at::equal(found.moment2, wanted.moment2));
        EXPECT_EQ(found.gradient.abs().sum().item<double>(), 0);
      }
    }
  }
}

// An update far below half a bf16 step is lost to the nearest weight, not to its expectation.
TEST(Optimizer, StochasticRoundingAppliesSmallUpdatesOnAverage) {
  for (const bool stochastic : {false, true}) {
    const OptimizerOptions options{.lr = 1e-4, .stochastic_rounding = stochastic};
    LayoutBuilder backbone, head;
    backbone.begin_block();
    backbone.matrix("a", 64, 64);
    head.begin_block();
    head.matrix("score.weight", 1, 64);
    Parameters parameters = {make_parameter_buffer(backbone.finish(), at::kBFloat16),
                             make_parameter_buffer(head.finish(), at::kFloat)};
    make_trainable(parameters.backbone, training_state(options));
    make_trainable(parameters.head);
    const TensorSpec& spec = parameters.backbone.layout.tensors[0];
    set_values(parameters.backbone, spec, at::ones({64, 64}));
    parameters.backbone.gradient.fill_(-1);
    Optimizer optimizer(options, parameters, 1);
    optimizer.step(1e-4, kFinite);
    const double mean =
        view(parameters.backbone.weights, spec).to(at::kDouble).mean().item<double>() - 1;
    EXPECT_NEAR(mean, stochastic ? 1e-4 : 0, 2e-5);
    const at::Tensor master = values(parameters.backbone, spec);
    EXPECT_LE((master - (1 + 1e-4)).abs().max().item<double>(), 2.5e-7);
  }
}

TEST(Optimizer, DecayAlsoAppliesToUnseenRows) {
  Parameters parameters = random_parameters(at::kFloat);
  const TensorSpec& spec = parameters.backbone.layout.at("e");
  const at::Tensor before = view(parameters.backbone.weights, spec).clone();
  Optimizer optimizer({.weight_decay = 0.5}, parameters, 1);
  optimizer.mark_seen(at::tensor(std::vector<int32_t>{3}, at::kInt));
  optimizer.step(0.1, kFinite);
  const at::Tensor after = view(parameters.backbone.weights, spec);
  EXPECT_LE((after - before * 0.95).abs().max().item<float>(), 1e-6);
}

TEST(Optimizer, SkipsTheUpdateIfGradientOrLossIsNotFinite) {
  for (const bool gradient : {false, true}) {
    Parameters parameters = random_parameters(at::kFloat);
    const at::Tensor before = parameters.backbone.weights.clone();
    Optimizer optimizer({}, parameters, 1);
    parameters.head.gradient.fill_(gradient ? NAN : 1);
    const at::Tensor sums = at::full({2}, gradient ? 1 : INFINITY, at::kDouble);
    const double norm = optimizer.step(0.1, sums).item<double>();
    EXPECT_EQ(std::isfinite(norm), !gradient);
    EXPECT_TRUE(at::equal(parameters.backbone.weights, before));
  }
}

TEST(Optimizer, AFrozenBackboneStaysAndTheHeadMoves) {
  Parameters parameters = random_parameters(at::kFloat);
  ParameterBuffer& backbone = parameters.backbone;
  for (TensorSpec& spec : backbone.layout.tensors) spec.trainable = false;
  backbone.gradient = backbone.moment1 = backbone.moment2 = at::Tensor();
  const at::Tensor before = backbone.weights.clone(), head = parameters.head.weights.clone();
  for (const double decay : {0.0, 0.5}) {
    parameters.head.gradient.fill_(1);
    Optimizer optimizer({.weight_decay = decay}, parameters, 1);
    const double size = static_cast<double>(parameters.head.layout.tensors[0].size);
    EXPECT_NEAR(optimizer.step(0.1, kFinite).item<double>(), std::sqrt(size), 1e-6);
    EXPECT_TRUE(at::equal(backbone.weights, before));
  }
  EXPECT_FALSE(at::equal(parameters.head.weights, head));
}

// An embedding and two matrices, a block each; of the blocks from `first` on.
Parameters with_blocks(at::ScalarType type, int64_t first) {
  at::manual_seed(2);
  LayoutBuilder backbone, head;
  backbone.begin_block();
  backbone.embedding("e", 50, 64);
  for (const char* name : {"a", "b"}) {
    backbone.begin_block();
    backbone.matrix(name, 30, 64);
  }
  head.begin_block();
  head.matrix("score.weight", 1, 64);
  Layout layout = backbone.finish();
  train_from_block(layout, first);
  Parameters parameters = {make_parameter_buffer(std::move(layout), type),
                           make_parameter_buffer(head.finish(), at::kFloat)};
  for (ParameterBuffer& buffer : parameters.buffers()) {
    make_trainable(buffer);
    for (const TensorSpec& spec : buffer.layout.tensors) {
      set_values(buffer, spec, at::randn(spec.shape, at::kFloat));
    }
  }
  return parameters;
}

TEST(Optimizer, BlocksThatAreTrainedAloneMoveAsTheyDoBesideOthersWithoutAGradient) {
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    Parameters whole = with_blocks(type, 0), last = with_blocks(type, 1);
    ASSERT_TRUE(at::equal(whole.backbone.weights, last.backbone.weights));
    const at::Tensor before = whole.backbone.weights.clone();
    for (Parameters* const parameters : {&whole, &last}) {
      Optimizer optimizer({.max_grad_norm = 0.5}, *parameters, 1);
      at::manual_seed(3);
      for (int i = 0; i < 2; ++i) {
        for (const char* name : {"a", "b"}) {
          const ParameterBuffer& buffer = parameters->backbone;
          trained_view(buffer.layout, buffer.gradient, buffer.layout.at(name))
              .copy_(at::randn({30, 64}));
        }
        parameters->head.gradient.fill_(0.1);
        EXPECT_GT(optimizer.step(0.01, kFinite).item<double>(), 1);
      }
    }
    EXPECT_TRUE(at::equal(whole.backbone.weights, last.backbone.weights));
    EXPECT_FALSE(at::equal(before, last.backbone.weights));
    const TensorSpec& a = last.backbone.layout.at("a");
    EXPECT_TRUE(at::equal(values(whole.backbone, a), values(last.backbone, a)));
    EXPECT_EQ(last.backbone.moment1.numel(), last.backbone.layout.size - a.offset);
  }
}

TEST(Optimizer, TheHeadMayHaveARateOfItsOwn) {
  Parameters parameters = random_parameters(at::kFloat);
  fill_gradients(parameters, {1});
  const at::Tensor backbone = parameters.backbone.weights.clone(),
                   head = parameters.head.weights.clone();
  Optimizer optimizer({}, parameters, 1);
  optimizer.step(0, kFinite, 0.1);
  EXPECT_TRUE(at::equal(parameters.backbone.weights, backbone));
  // Adam's first step is the rate, whatever the gradient.
  EXPECT_NEAR((parameters.head.weights - head).abs().max().item<double>(), 0.1, 1e-4);
}

}  // namespace
}  // namespace laurel::optimizer_test
