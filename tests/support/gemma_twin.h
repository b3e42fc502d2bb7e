// The oracle of the Gemma family: plain ATen with autograd, one row at a time, without packing.
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

class GemmaTwin {
 public:
  // Copies the model's weights into leaves of an autograd graph. `gelu`: at::gelu's approximation.
  explicit GemmaTwin(RewardModel& model, std::string gelu = "tanh");

  // What the pass of this step drops.
  void drop(const DropoutOptions& options, int64_t step) {
    dropped_ = Dropped{.pass = DropoutPass(options, step)};
  }

  // (P, C), rows in the order of the groups.
  at::Tensor rewards(const std::vector<TestGroup>& groups);

  // Gradients by tensor name, after rewards(...).backward(...).
  const std::map<std::string, at::Tensor>& weights() const { return weights_; }

 private:
  at::Tensor block(const at::Tensor& x, int64_t layer);
  at::Tensor attention(const at::Tensor& x, int64_t layer);
  // With an adapter, of dropout 0.
  at::Tensor project(const at::Tensor& x, const std::string& name) const;
  at::Tensor norm(const at::Tensor& x, const std::string& name) const;
  at::Tensor rotate(const at::Tensor& x, const RopeConfig& rope) const;

  GemmaConfig config_;
  std::string gelu_;
  double adapter_scale_;
  std::optional<Dropped> dropped_;
  std::map<std::string, at::Tensor> weights_;
};

}  // namespace laurel
