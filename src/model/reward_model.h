// The driver: packed tokens -> blocks -> rewards, and back.
#pragma once

#include <ATen/core/Tensor.h>

#include <span>
#include <vector>

#include "data/batch.h"
#include "model/buffer.h"
#include "model/head.h"
#include "model/llama.h"
#include "model/parameters.h"

namespace laurel {

// Rewards are (R, C) in the head's type: row r is the head applied to the final-norm output of its
// read token (or the mean over its read range). No autograd graph is made anywhere.
class RewardModel {
 public:
  RewardModel(LlamaConfig config, Parameters parameters);

  // Keeps what backward needs until the next forward or score.
  at::Tensor forward(const TokenBatch& tokens);

  // The same tokens as the last forward. Adds to the gradient buffers of all stores (see
  // make_trainable).
  void backward(const TokenBatch& tokens, const at::Tensor& grad_rewards);

  // Rewards only; memory for two blocks.
  at::Tensor score(const TokenBatch& tokens);

  const LlamaConfig& config() const { return config_; }
  Parameters& parameters() { return parameters_; }

 private:
  void begin(const TokenBatch& tokens);
  LlamaPass pass(const TokenBatch& tokens, int64_t layer);
  HeadBlock head_block(bool gradient);
  at::Tensor run_blocks(const TokenBatch& tokens, std::span<LlamaKept> all_kept);
  at::Tensor finish(const TokenBatch& tokens, const at::Tensor& hidden);

  LlamaConfig config_;
  Parameters parameters_;
  RopeTable rope_;
  std::vector<LlamaKept> kept_;   // one per layer
  std::vector<LlamaKept> spare_;  // score's two, in turn
  LlamaScratch scratch_;
  HeadKept head_;
  Buffer hidden_, grad_;  // (T, D)
};

}  // namespace laurel
