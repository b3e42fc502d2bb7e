// The driver: packed tokens -> blocks -> rewards, and back.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <span>
#include <vector>

#include "data/batch.h"
#include "model/buffer.h"
#include "model/head.h"
#include "model/lane_tokens.h"
#include "model/llama.h"
#include "model/parameters.h"

namespace laurel {

// Rewards are (R, C) in the head's type: row r is the head applied to the final-norm output of its
// read token (or the mean over its read range). No autograd graph is made anywhere.
class RewardModel {
 public:
  // `recompute` is not automatic. It changes memory and time, not one bit of a result.
  RewardModel(LlamaConfig config, Parameters parameters, Recompute recompute = Recompute::none);

  // Keeps what backward needs until the next forward or score.
  at::Tensor forward(const TokenBatch& tokens);

  // The numbers that losses learn: (S), a view of the head's weights; S = 0 where there are none.
  at::Tensor scalars() const { return scalars_of(parameters_.stores[1].weights); }

  // After forward, for a person who looks for the cause: 0 if the embedding gave a number that is
  // not finite, i if layer i (from 1) was the first, none if all layers' outputs are finite.
  std::optional<int64_t> first_not_finite();

  // The same tokens as the last forward. Adds to the gradient buffers of all stores (see
  // make_trainable); grad_scalars (S) may be undefined.
  void backward(const TokenBatch& tokens, const at::Tensor& grad_rewards,
                const at::Tensor& grad_scalars = {});

  // Rewards only; memory for one block.
  at::Tensor score(const TokenBatch& tokens);

  const LlamaConfig& config() const { return config_; }
  Parameters& parameters() { return parameters_; }

 private:
  // Layers use these in turn: one each, or fewer where not all are kept.
  struct Kept {
    std::vector<Buffer> inputs;  // (T, D), of each layer
    std::vector<LlamaKept> rest;
    Buffer& input(int64_t layer) { return inputs[layer % inputs.size()]; }
    LlamaKept& of(int64_t layer) { return rest[layer % rest.size()]; }
  };

  // What one worker keeps and works in; its memory stays from micro-batch to micro-batch.
  struct Worker {
    Kept training, scoring;
    LlamaScratch scratch;
    Buffer grad;  // (T, D)
  };

  void begin(const TokenBatch& tokens);
  at::Tensor embedding(const at::Tensor& flat) const;
  HeadBlock head_block(bool gradient);
  at::Tensor scalars_of(const at::Tensor& flat) const;
  at::Tensor run(const TokenBatch& tokens, bool keep);
  void forward_lane(const LaneTokens& lane, Worker& worker, bool keep, const at::Tensor& read);
  void backward_lane(int64_t lane, Turns& turns, const at::Tensor& grad_read);

  LlamaConfig config_;
  Parameters parameters_;
  Recompute recompute_;
  RopeTable rope_;
  std::vector<LaneTokens> lanes_;  // of the micro-batch at hand
  std::vector<Worker> workers_;    // one per lane
  HeadKept head_;
  Buffer read_, grad_read_;  // (N, D), N tokens that rows read
};

}  // namespace laurel
