// The oracle of encoders: plain ATen with autograd, one row at a time, without packing.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/reward_model.h"
#include "support/batches.h"
#include "support/dropped.h"

namespace laurel {

// BERT, RoBERTa and ModernBERT, whose head reads the first token. Token types are 0.
class EncoderTwin {
 public:
  // Copies the model's weights into leaves of an autograd graph.
  explicit EncoderTwin(RewardModel& model);

  // What the pass of this step drops.
  void drop(const DropoutOptions& options, int64_t step) {
    dropped_ = Dropped{.pass = DropoutPass(options, step), .causal = false};
  }

  // (P, C), rows in the order of the groups.
  at::Tensor rewards(const std::vector<TestGroup>& groups);

  // Gradients by tensor name, after rewards(...).backward(...).
  const std::map<std::string, at::Tensor>& weights() const { return weights_; }

 private:
  struct Place {  // of a linear map, for the mask of its adapter
    int64_t layer;
    uint64_t number;
    int64_t first_row;
  };
  at::Tensor bert_features(const at::Tensor& ids);
  at::Tensor bert_block(const at::Tensor& x, int64_t layer);
  at::Tensor modernbert_features(const at::Tensor& ids);
  at::Tensor modernbert_block(const at::Tensor& x, int64_t layer);
  at::Tensor attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, int64_t layer,
                    int64_t window);
  at::Tensor project(const at::Tensor& x, const std::string& name,
                     const std::optional<Place>& place = {}) const;
  at::Tensor norm(const at::Tensor& x, const std::string& name, double eps) const;
  at::Tensor drop(const at::Tensor& x, DropoutPlace place, int64_t layer = 0) const;
  at::Tensor drop_first(const at::Tensor& x, DropoutPlace place) const;

  Backbone backbone_;
  int64_t hidden_size_, heads_;
  double adapter_scale_;
  std::optional<Dropped> dropped_;
  std::map<std::string, at::Tensor> weights_;
};

}  // namespace laurel
