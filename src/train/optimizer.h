// AdamW over the buffers of a model: one norm over all gradients, then one update of each range, and
// its average.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "checkpoint/train_state.h"
#include "core/options.h"
#include "model/parameters.h"
#include "train/weight_average.h"

namespace laurel {

enum class Moments { fp32, bf16 };
constexpr auto enum_names(Moments) { return std::array{"fp32", "bf16"}; }

// The peak rate where none is given and nobody chose one by the size of the model.
inline constexpr double kDefaultRate = 1e-5;

struct OptimizerOptions {
  std::optional<double> lr;
  std::optional<double> head_lr;
  std::vector<double> betas = {0.9, 0.999};
  double eps = 1e-8;
  double weight_decay = 0;
  double max_grad_norm = 1.0;
  Moments moments = Moments::fp32;
  bool stochastic_rounding = true;
  WeightAverage average;

  void fields(auto& visit) {
    visit("lr", lr, "Peak learning rate.", Range{.min = 0},
          WhenNull{"1e-5 for models of less than 2e9 parameters, 3e-6 from 7e9 on, a straight line "
                   "of the logarithms between them; adapters: 1e-4, of models of less than 1e9 "
                   "2e-4; the head alone: 1e-3"});
    visit("head_lr", head_lr, "Peak learning rate of the head.", Range{.min = 0}, WhenNull{"lr"});
    visit("betas", betas, "AdamW's decay of the first and the second moment.",
          Range{.min = 0, .max = 0.9999999});
    visit("eps", eps, "AdamW's epsilon.", Above{.min = 0});
    visit("weight_decay", weight_decay, "Decoupled decay of matrices; never of norms and biases.",
          Range{.min = 0});
    visit("max_grad_norm", max_grad_norm, "Clip the global gradient norm to this; 0 disables.",
          Range{.min = 0});
    visit("moments", moments, "Storage of AdamW's moments; bf16 takes half their memory.");
    visit("stochastic_rounding", stochastic_rounding,
          "With precision bf16: round the weights that compute from their fp32 masters up or down "
          "at random, so that updates smaller than a bf16 step count from the first one on.");
    visit("average", average,
          "Which weights evaluations, final/ and export/ have: the last ones, or a moving average "
          "(\"ema\": with its defaults).");
  }

  double peak_rate() const { return lr.value_or(kDefaultRate); }
  double head_rate() const { return head_lr.value_or(peak_rate()); }
};

// What a buffer needs for these options.
TrainingState training_state(const OptimizerOptions& options);

class Optimizer {
 public:
  // The buffers must have been made trainable and must outlive this. `seed` is that of stochastic
  // rounding; `max_skipped` updates are skipped at most, then none is made any more.
  Optimizer(const OptimizerOptions& options, Parameters& parameters, uint64_t seed,
            int64_t max_skipped = 0, const OptimizerState& start = {});

  OptimizerState state() const;  // waits for CUDA

  // Tokens (T, int32) of this step, before it: without weight decay, rows of the embedding that no
  // step has had yet are left out of norm and update, which changes neither.
  void mark_seen(const at::Tensor& ids);

  // Clips, updates with rate `lr`, the head with `head_lr` if it is given, moves averages, zeroes the
  // gradients. Where the gradient or one of `sums` (fp64, of losses) is not finite, the update is
  // skipped, and averages stay. Returns the Euclidean norm of all gradients before clipping, (1)
  // fp64; the host does not wait for CUDA.
  at::Tensor step(double lr, const at::Tensor& sums, std::optional<double> head_lr = {});

 private:
  at::Tensor decide_on_device(const at::Tensor& sums);
  void update(double lr, double head_lr, double norm);
  void move_averages();
  ParameterBuffer& buffer_at(size_t i) { return parameters_.buffers()[i]; }

  OptimizerOptions options_;
  Parameters& parameters_;
  void skip();

  uint64_t seed_;
  int64_t max_skipped_;
  OptimizerState state_;                          // on CUDA its numbers are in update_
  std::vector<std::vector<UpdateRange>> ranges_;  // by buffer, of this step
  at::Tensor update_;  // on CUDA: the state that its kernels share (CudaUpdate)
};

}  // namespace laurel
