// The average that the optimizer moves, against its recursion, and a model that computes with it.
#include "train/weight_average.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <stdexcept>
#include <string>

#include "support/batches.h"
#include "support/near.h"
#include "support/random_model.h"
#include "train/optimizer.h"

namespace laurel::weight_average_test {
namespace {

OptimizerOptions options_with(double decay) {
  OptimizerOptions options;
  options.average = MovingAverage{{.decay = decay}};
  return options;
}

// An embedding of 50 rows of 64 elements and a matrix; a head with numbers that a loss learns; an
// adapter.
Parameters random_parameters(at::ScalarType type, const OptimizerOptions& options) {
  at::manual_seed(1);
  LayoutBuilder backbone, head, adapters;
  backbone.begin_block();
  backbone.embedding("e", 50, 64);
  backbone.matrix("a", 3, 64);
  head.begin_block();
  head.matrix("score.weight", 1, 64);
  head.vector(kLossParameters, 4);
  adapters.begin_block();
  adapters.matrix("a.lora_A.weight", 2, 64);
  Parameters parameters = {make_parameter_buffer(backbone.finish(), type),
                           make_parameter_buffer(head.finish(), at::kFloat),
                           make_parameter_buffer(adapters.finish(), at::kFloat)};
  TrainingState state = training_state(options);
  for (ParameterBuffer& buffer : parameters.buffers()) {
    add_low_halves(buffer, state.rounding);
    for (const TensorSpec& spec : buffer.layout.tensors) {
      set_values(buffer, spec, at::randn(spec.shape, at::kFloat));
    }
    make_trainable(buffer, {.rounding = state.rounding, .average = state.average});
  }
  return parameters;
}

using Tensors = std::map<std::string, at::Tensor>;

// In fp64, a copy.
Tensors all(const Parameters& parameters, const auto& read) {
  Tensors tensors;
  for (const ParameterBuffer& buffer : parameters.buffers()) {
    for (const TensorSpec& spec : buffer.layout.tensors) {
      tensors[spec.name] = read(buffer, spec).to(at::kDouble).clone();
    }
  }
  return tensors;
}

// One update with random gradients; the embedding's of rows 3 and 7, with NaN where it is `bad`.
void step(Optimizer& optimizer, Parameters& parameters, int seed, bool bad) {
  at::manual_seed(static_cast<uint64_t>(seed));
  for (ParameterBuffer& buffer : parameters.buffers()) {
    for (const TensorSpec& spec : buffer.layout.tensors) {
      at::Tensor gradient = view(buffer.gradient, spec);
      if (spec.is_embedding) {
        for (const int row : {3, 7}) gradient[row].normal_();
      } else {
        gradient.normal_();
      }
    }
  }
  optimizer.mark_seen(at::tensor({3, 7}, at::kInt));
  optimizer.step(0.05, at::full({1}, bad ? NAN : 0.0, at::kDouble), 0.02);
}

TEST(MovingAverageOf, WhatIsTrainedFollowsTheUpdatesThatAreMade) {
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    const OptimizerOptions options = options_with(0.4);
    Parameters parameters = random_parameters(type, options);
    const Tensors start = all(parameters, values);
    Optimizer optimizer(options, parameters, 1, 9);
    Tensors expected;
    int updates = 0;
    for (int i = 0; i < 12; ++i) {
      const bool bad = i == 0 || i == 5;
      step(optimizer, parameters, i, bad);
      const Tensors now = all(parameters, values);
      if (!bad) {
        ++updates;
        const double decay = updates == 1 ? 0 : std::min(0.4, updates / (updates + 9.0));
        for (const auto& [name, weights] : now) {
          expected[name] = updates == 1 ? weights : decay * expected[name] + (1 - decay) * weights;
        }
      }
      const Tensors found = all(parameters, kept_values);
      for (const auto& [name, average] : found) {
        expect_near(average, updates == 0 ? start.at(name) : expected.at(name), 2e-7);
      }
    }
    EXPECT_EQ(optimizer.state().skipped, 2);
    const Tensors weights = all(parameters, values), average = all(parameters, kept_values);
    for (const auto& [name, tensor] : weights) {
      EXPECT_GT(relative_error(average.at(name), tensor), 1e-3) << name;
    }
    // Rows that no step had are as they were.
    EXPECT_TRUE(at::equal(average.at("e")[5], start.at("e")[5]));
    EXPECT_FALSE(at::equal(average.at("e")[7], start.at("e")[7]));
  }
}

TEST(MovingAverageOf, WeightsChangesNoneOfThemAndWithoutItThereIsNone) {
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    Parameters with = random_parameters(type, options_with(0.9)),
               without = random_parameters(type, {});
    Optimizer one(options_with(0.9), with, 1), other({}, without, 1);
    for (int i = 0; i < 5; ++i) {
      step(one, with, i, false);
      step(other, without, i, false);
    }
    for (size_t i = 0; i < 3; ++i) {
      const ParameterBuffer &a = with.buffers()[i], &b = without.buffers()[i];
      EXPECT_TRUE(at::equal(a.weights, b.weights));
      EXPECT_TRUE(at::equal(a.moment2, b.moment2));
      EXPECT_TRUE(a.average.defined());
      EXPECT_EQ(a.average.scalar_type(), at::kFloat);
      EXPECT_FALSE(b.average.defined());
    }
  }
}

// Of a model with the last layers trained, or adapters.
RewardModel model_with_average(const TrainedParts& parts, at::ScalarType type) {
  const Backbone backbone = small_backbone("llama");
  const OptimizerOptions options = options_with(0.9);
  Parameters parameters = random_model(backbone, 1, at::kFloat).parameters();
  Layout layout = backbone_layout(backbone);
  choose_trained(layout, backbone_info(backbone), parts);
  ParameterBuffer trained = make_parameter_buffer(layout, type);
  trained.weights.copy_(parameters.backbone.weights);
  make_trainable(trained, training_state(options));
  parameters.backbone = trained;
  make_trainable(parameters.head, {.average = true});
  for (ParameterBuffer& buffer : parameters.buffers()) {
    if (buffer.average.defined()) buffer.average += 0.1 * at::randn_like(buffer.average);
    if (buffer.low.defined()) buffer.low.random_(-100, 100);
  }
  return {backbone, std::move(parameters)};
}

TEST(WithAverage, AModelComputesWithAveragesAndGetsItsWeightsBack) {
  at::manual_seed(4);
  const std::vector<TestGroup> pair{{{random_ids(9, 31, 1), {}}, {random_ids(7, 31, 2), {}}}};
  const TokenBatch batch = make_batch(pair);
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    for (const TrainedParts& parts :
         {TrainedParts(TrainedWhole::all), TrainedParts(TrainedLayers{1}),
          TrainedParts(TrainedWhole::head)}) {
      RewardModel model = model_with_average(parts, type),
                  averaged = model_with_average(parts, type);
      averaged.parameters() = model.parameters();
      for (ParameterBuffer& buffer : averaged.parameters().buffers()) {
        buffer.weights = buffer.weights.clone();
        for (const TensorSpec& spec : buffer.layout.tensors) {
          if (!buffer.average.defined() || !spec.trainable) continue;
          view(buffer.weights, spec).copy_(trained_view(buffer.layout, buffer.average, spec));
        }
      }
      std::vector<ParameterBuffer> before;
      for (ParameterBuffer& buffer : model.parameters().buffers()) {
        before.push_back(buffer);
        before.back().weights = buffer.weights.clone();
        if (buffer.low.defined()) before.back().low = buffer.low.clone();
        if (buffer.average.defined()) before.back().average = buffer.average.clone();
      }
      const at::Tensor trained = model.score(batch).clone();
      try {
        const WithAverage with(model.parameters());
        EXPECT_TRUE(at::equal(model.score(batch), averaged.score(batch)));
        EXPECT_FALSE(at::equal(model.score(batch), trained));
        throw std::runtime_error("an evaluation failed");
      } catch (const std::runtime_error&) {
      }
      EXPECT_TRUE(at::equal(model.score(batch), trained));
      for (size_t i = 0; i < before.size(); ++i) {
        const ParameterBuffer& now = model.parameters().buffers()[i];
        EXPECT_TRUE(at::equal(now.weights, before[i].weights));
        EXPECT_TRUE(!now.low.defined() || at::equal(now.low, before[i].low));
        if (!now.average.defined()) continue;
        EXPECT_TRUE(at::equal(now.average, before[i].average));
        EXPECT_EQ(now.gradient.abs().max().item<float>(), 0);
        EXPECT_EQ(now.average.numel(), now.layout.size - now.layout.trained_begin);
      }
      EXPECT_EQ(model.parameters().backbone.average.defined(),
                parts != TrainedParts(TrainedWhole::head));
    }
  }
}

}  // namespace
}  // namespace laurel::weight_average_test
