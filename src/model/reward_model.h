// The driver: packed tokens -> blocks -> features of the scored positions -> rewards, and back.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <vector>

#include "data/batch.h"
#include "model/backbone.h"
#include "model/backbone_runner.h"
#include "model/buffer.h"
#include "model/dropout.h"
#include "model/head.h"
#include "model/parameters.h"
#include "model/worker_tokens.h"

namespace laurel {

// Rewards are (P, C) in the head's type: row r is the head applied to the features of position r:
// the final-norm output of its pooled token (or the mean over its pool range), and what a family
// makes of that. No autograd graph is made anywhere.
class RewardModel {
 public:
  // `recompute` is not automatic. It changes memory and time, not one bit of a result.
  // Only `forward` drops what `dropout` says.
  RewardModel(Backbone backbone, Parameters parameters, Recompute recompute = Recompute::none,
              const DropoutOptions& dropout = {});

  // Keeps what backward needs until the next forward or score. `step`: of the run, from 0; what is
  // dropped is chosen anew at each.
  at::Tensor forward(const TokenBatch& tokens, int64_t step = 0);

  // After forward, for a person who looks for the cause: 0 if the embedding gave a number that is
  // not finite, i if layer i (from 1) was the first, none if all layers' outputs are finite. What
  // layers below the first that is trained gave was not kept: they count as one.
  std::optional<int64_t> first_nonfinite_layer();

  // The same tokens as the last forward. Adds to the gradients of all buffers (see
  // make_trainable); grad_loss_parameters (S) may be undefined.
  void backward(const TokenBatch& tokens, const at::Tensor& grad_rewards,
                const at::Tensor& grad_loss_parameters = {});

  // Rewards only; memory for one block.
  at::Tensor score(const TokenBatch& tokens);

  // What the head is applied to, (P, D), as score() computes it; valid until the next pass.
  at::Tensor features(const TokenBatch& tokens);

  // The numbers that losses learn: (S), a view of the head's weights; S = 0 where there are none.
  at::Tensor loss_parameters() const { return parameters_.loss_parameters(); }

  const Backbone& backbone() const { return runner_.backbone(); }
  Parameters& parameters() { return parameters_; }

 private:
  // What one worker keeps and works in; its memory stays from micro-batch to micro-batch. Layers
  // that keep nothing take scoring_inputs in turn.
  struct Worker {
    std::vector<Buffer> training_inputs, scoring_inputs;  // (T, D)
    Buffer grad;                                          // (T, D)
  };

  // The first layer with something to train; its number of layers: none has.
  int64_t first_trained_layer() const;
  Buffer& input_of(Worker& worker, int64_t layer, bool keep);
  void begin(const TokenBatch& tokens);
  at::Tensor run(const TokenBatch& tokens, bool keep);
  // Of what lies before and behind the blocks.
  DropoutMask embedding_mask(const WorkerTokens& part) const;
  DropoutMask pooled_mask() const;
  DropoutMask features_mask() const;
  void forward_part(int64_t part, bool keep, const at::Tensor& hidden);
  void backward_part(int64_t part, OrderedReduction& reduction, const at::Tensor& grad_hidden);

  BackboneRunner runner_;
  int64_t hidden_size_, layers_;
  LengthRule lengths_;
  bool causal_ = true;
  Parameters parameters_;
  int64_t first_trained_ = 0;
  bool trains_embedding_ = false;
  Recompute recompute_;
  DropoutOptions dropout_options_;
  DropoutPlaces places_;
  DropoutPass dropout_;                  // of the last pass
  std::vector<uint64_t> position_rows_;  // (P), where it drops something
  std::vector<WorkerTokens> parts_;      // of the micro-batch at hand
  std::vector<Worker> workers_;          // one per part
  Buffer hidden_, grad_hidden_;          // (N, D), N tokens that positions pool
  at::Tensor features_;                  // (P, D), in the head's type, of the last forward pass
  Buffer dropped_features_;              // (P, D)
};

}  // namespace laurel
