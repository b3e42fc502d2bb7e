// The driver: packed tokens -> blocks -> rewards, and back.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <span>
#include <vector>

#include "data/batch.h"
#include "model/buffer.h"
#include "model/head.h"
#include "model/families/llama/block.h"
#include "model/parameters.h"
#include "model/worker_tokens.h"

namespace laurel {

// Rewards are (P, C) in the head's type: row r is the head applied to the final-norm output of its
// pooled token (or the mean over its pool range). No autograd graph is made anywhere.
class RewardModel {
 public:
  // `recompute` is not automatic. It changes memory and time, not one bit of a result.
  RewardModel(LlamaConfig config, Parameters parameters, Recompute recompute = Recompute::none);

  // Keeps what backward needs until the next forward or score.
  at::Tensor forward(const TokenBatch& tokens);

  // The numbers that losses learn: (S), a view of the head's weights; S = 0 where there are none.
  at::Tensor loss_parameters() const { return loss_parameters_of(parameters_.buffers[1].weights); }

  // After forward, for a person who looks for the cause: 0 if the embedding gave a number that is
  // not finite, i if layer i (from 1) was the first, none if all layers' outputs are finite.
  std::optional<int64_t> first_nonfinite_layer();

  // The same tokens as the last forward. Adds to the gradients of all buffers (see
  // make_trainable); grad_loss_parameters (S) may be undefined.
  void backward(const TokenBatch& tokens, const at::Tensor& grad_rewards,
                const at::Tensor& grad_loss_parameters = {});

  // Rewards only; memory for one block.
  at::Tensor score(const TokenBatch& tokens);

  const LlamaConfig& config() const { return config_; }
  Parameters& parameters() { return parameters_; }

 private:
  // Layer i uses element i modulo the size: one for each layer, or fewer where not all are saved.
  struct SavedActivations {
    std::vector<Buffer> inputs;  // (T, D), of each layer
    std::vector<LlamaSavedActivations> layers;
    Buffer& input(int64_t layer) { return inputs[layer % inputs.size()]; }
    LlamaSavedActivations& of(int64_t layer) { return layers[layer % layers.size()]; }
  };

  // What one worker keeps and works in; its memory stays from micro-batch to micro-batch.
  struct Worker {
    SavedActivations training, scoring;
    LlamaScratch scratch;
    Buffer grad;  // (T, D)
  };

  void begin(const TokenBatch& tokens);
  at::Tensor embedding(const at::Tensor& flat) const;
  HeadBlock head_block(bool gradient);
  at::Tensor loss_parameters_of(const at::Tensor& flat) const;
  at::Tensor run(const TokenBatch& tokens, bool keep);
  void forward_part(const WorkerTokens& part, Worker& worker, bool keep, const at::Tensor& hidden);
  void backward_part(int64_t part, OrderedReduction& reduction, const at::Tensor& grad_hidden);

  LlamaConfig config_;
  Parameters parameters_;
  Recompute recompute_;
  RopeTable rope_;
  std::vector<WorkerTokens> parts_;  // of the micro-batch at hand
  std::vector<Worker> workers_;      // one per part
  HeadSavedActivations head_;
  Buffer hidden_, grad_hidden_;  // (N, D), N tokens that positions pool
};

}  // namespace laurel
