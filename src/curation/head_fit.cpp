// L-BFGS (Nocedal and Wright, algorithm 7.4) with backtracking, in fp64.
#include "curation/head_fit.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/dot.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mv.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <deque>
#include <functional>
#include <type_traits>

#include "loss/loss.h"

namespace laurel {

namespace {

constexpr int kMemory = 10, kMostIterations = 300;
constexpr double kGridL2[] = {30, 10, 3, 1, 0.3, 0.1, 0.03, 0.01};

PairwiseLabels labels_of(std::span<const FeaturePair> pairs) {
  PairwiseLabels out;
  const auto column = [&](const char*, at::Tensor& tensor, auto number) {
    using Number = std::remove_cvref_t<decltype(pairs[0].*number)>;
    const auto n = static_cast<int64_t>(pairs.size());
    if constexpr (std::is_integral_v<Number>) {
      tensor = at::empty({n}, at::kLong);
      for (int64_t i = 0; i < n; ++i) tensor.mutable_data_ptr<int64_t>()[i] = pairs[i].*number;
    } else {
      tensor = at::empty({n}, at::kFloat);
      for (int64_t i = 0; i < n; ++i) tensor.mutable_data_ptr<float>()[i] = pairs[i].*number;
    }
  };
  column("better", out.better, &FeaturePair::better);
  column("worse", out.worse, &FeaturePair::worse);
  column("margin", out.margin, &FeaturePair::margin);
  column("strength", out.strength, &FeaturePair::strength);
  column("target", out.target, &FeaturePair::target);
  column("tie", out.tie, &FeaturePair::tie);
  column("weight", out.weight, &FeaturePair::weight);
  return out;
}

double weight_of(std::span<const FeaturePair> pairs) {
  double count = 0;
  for (const FeaturePair& pair : pairs) count += pair.weight;
  return count;
}

// The mean loss at these rewards (N); its gradient where it is asked for.
double mean_loss(const at::Tensor& rewards, const PairwiseLabels& labels, double count,
                 at::Tensor* gradient) {
  const at::Tensor leaf = rewards.detach().unsqueeze(1).requires_grad_(gradient != nullptr);
  const at::Tensor loss = objective(BradleyTerry{}, labels, {.reward = leaf}) / count;
  if (gradient) {
    loss.backward();
    *gradient = leaf.grad().squeeze(1);
  }
  return loss.item<double>();
}

using Function = std::function<double(const at::Tensor& at, at::Tensor& gradient)>;

struct Change {
  at::Tensor step, gradient;
  double product;
};

at::Tensor direction(const at::Tensor& gradient, const std::deque<Change>& memory) {
  at::Tensor q = -gradient;
  std::vector<double> alpha(memory.size());
  for (size_t i = memory.size(); i-- > 0;) {
    alpha[i] = at::dot(memory[i].step, q).item<double>() / memory[i].product;
    q = q - alpha[i] * memory[i].gradient;
  }
  if (!memory.empty()) {
    const Change& last = memory.back();
    q = q * (last.product / at::dot(last.gradient, last.gradient).item<double>());
  }
  for (size_t i = 0; i < memory.size(); ++i) {
    const double beta = at::dot(memory[i].gradient, q).item<double>() / memory[i].product;
    q = q + (alpha[i] - beta) * memory[i].step;
  }
  return q;
}

at::Tensor minimum(const Function& of, at::Tensor at, double tolerance) {
  at::Tensor gradient;
  double value = of(at, gradient);
  std::deque<Change> memory;
  for (int step = 0; step < kMostIterations; ++step) {
    if (gradient.abs().max().item<double>() <= tolerance) break;
    const at::Tensor towards = direction(gradient, memory);
    const double slope = at::dot(gradient, towards).item<double>();
    double length = memory.empty() ? 1 / std::max(1.0, towards.norm().item<double>()) : 1;
    at::Tensor next, next_gradient;
    double next_value = INFINITY;
    for (int halved = 0; halved < 40; ++halved, length /= 2) {
      next = at + length * towards;
      next_value = of(next, next_gradient);
      if (next_value <= value + 1e-4 * length * slope) break;
    }
    if (!(next_value < value)) break;  // rounding is all that is left
    Change change{next - at, next_gradient - gradient, 0};
    change.product = at::dot(change.step, change.gradient).item<double>();
    if (change.product > 0) memory.push_back(std::move(change));
    if (memory.size() > kMemory) memory.pop_front();
    at = next;
    gradient = next_gradient;
    value = next_value;
  }
  return at;
}

}  // namespace

at::Tensor standardised(const at::Tensor& features) {
  constexpr int64_t kRows = 0;
  const at::Tensor values = features.to(at::kDouble);
  const at::Tensor centred = values - values.mean(kRows);
  const at::Tensor deviation = centred.square().mean(kRows).sqrt();
  const at::Tensor known = deviation > 1e-12;
  return at::where(known, centred / deviation.clamp_min(1e-12), at::zeros({}, at::kDouble));
}

at::Tensor zero_head(const at::Tensor& features) {
  return at::zeros({features.size(1)}, at::kDouble);
}

at::Tensor fit_head(const at::Tensor& features, std::span<const FeaturePair> pairs, double l2,
                    const at::Tensor& start) {
  const PairwiseLabels labels = labels_of(pairs);
  const double count = weight_of(pairs);
  const at::Tensor transposed = features.t().contiguous();
  const Function of = [&](const at::Tensor& weight, at::Tensor& gradient) {
    at::Tensor of_rewards;
    const double loss = mean_loss(at::mv(features, weight), labels, count, &of_rewards);
    gradient = at::mv(transposed, of_rewards) + l2 * weight;
    return loss + l2 / 2 * at::dot(weight, weight).item<double>();
  };
  return minimum(of, start, 1e-7);
}

std::vector<double> margins_of(const at::Tensor& features, std::span<const FeaturePair> pairs,
                               const at::Tensor& weight) {
  const at::Tensor rewards = at::mv(features, weight).contiguous();
  const double* const reward = rewards.const_data_ptr<double>();
  std::vector<double> margins;
  for (const FeaturePair& pair : pairs) margins.push_back(reward[pair.better] - reward[pair.worse]);
  return margins;
}

ChosenL2 choose_l2(const at::Tensor& features, std::span<const FeaturePair> pairs,
                   std::span<const FeaturePair> held_out) {
  const PairwiseLabels labels = labels_of(held_out);
  ChosenL2 best{.l2 = 0, .log_loss = INFINITY};
  at::Tensor weight = zero_head(features);
  for (const double l2 : kGridL2) {
    weight = fit_head(features, pairs, l2, weight);
    const double loss = mean_loss(at::mv(features, weight), labels, weight_of(held_out), nullptr);
    if (loss < best.log_loss) best = {l2, loss};
  }
  return best;
}

}  // namespace laurel
