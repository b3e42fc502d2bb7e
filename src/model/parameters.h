// Flat parameters: a layout of Hugging Face tensors in a few flat buffers, block by block.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ops/adamw.h"

namespace laurel {

struct TensorSpec {
  std::string name;  // Hugging Face tensor name
  std::vector<int64_t> shape;
  int32_t block;
  bool decay, trainable;  // decay is false for norms and biases
  bool is_embedding;      // a row takes part only in steps that have its token
  int64_t offset, size;   // elements
};

struct BlockRange {
  int64_t begin, end;  // elements
};

// Blocks begin at multiples of 512 elements, tensors at multiples of 64, except those that continue
// their neighbour so that both can be used as one matrix. Gaps are zero in every buffer.
struct Layout {
  std::vector<TensorSpec> tensors;  // in the order of their offsets
  std::vector<BlockRange> blocks;
  int64_t size = 0;
  int64_t trained_begin = 0;  // nothing before it is trainable: a block's begin, or size

  const TensorSpec* find(std::string_view name) const;  // nullptr: none
  const TensorSpec& at(std::string_view name) const;    // must exist
  bool has_trainable() const;
};

// Builds a layout in order. A tensor placed `contiguous_with_previous` begins where the last one
// ended.
enum class Placement { aligned, contiguous_with_previous };

class LayoutBuilder {
 public:
  void begin_block();
  void matrix(std::string name, int64_t rows, int64_t columns,
              Placement placement = Placement::aligned);
  void vector(std::string name, int64_t size,
              Placement placement = Placement::aligned);  // norms and biases
  void embedding(std::string name, int64_t rows, int64_t columns);
  Layout finish();

 private:
  void add(TensorSpec spec, Placement placement);
  Layout layout_;
};

// Makes the blocks before `first_block` untrainable; of all blocks: nothing is trained.
void train_from_block(Layout& layout, int64_t first_block);

// Weights of layout.size elements, and parallel flat buffers of what may be trained: from
// layout.trained_begin on. Only weights are defined unless something is trained.
struct ParameterBuffer {
  Layout layout;
  at::Tensor weights;
  at::Tensor low;  // int16, of bf16 weights: the other half of their fp32 masters (split_master)
  at::Tensor gradient, moment1, moment2;  // fp32 where weights are bf16
  at::Tensor average;  // moving average of the masters, fp32 where weights are bf16; or undefined
  Rounding rounding = Rounding::nearest;  // of bf16 weights, see split_master
};

// Zero weights of the given type (fp32 or bf16; fp64 in tests).
ParameterBuffer make_parameter_buffer(Layout layout, at::ScalarType type);

// Adds a zero gradient, zero moments and, to bf16 weights, the low halves of their masters; and an
// average that begins with the weights. Nothing where no tensor is trainable.
struct TrainingState {
  std::optional<at::ScalarType> moments;  // bf16 or the default: what the weights compute in
  Rounding rounding = Rounding::nearest;  // of bf16 weights from their masters
  bool average = false;
};
void make_trainable(ParameterBuffer& buffer, const TrainingState& state = {});

// The last of these alone, for buffers that are trained once they have moved.
void add_low_halves(ParameterBuffer& buffer, Rounding rounding);

// The first of these alone: what a backward pass needs.
void add_gradient(ParameterBuffer& buffer);

// Moves all buffers.
void move_to(ParameterBuffer& buffer, at::Device device);

// What training reads and writes of one tensor: the weights, or the fp32 masters where these are
// split. `values` has the tensor's shape and any floating type. On CPU; what is returned may share
// memory with the buffer if that is there too.
void set_values(ParameterBuffer& buffer, const TensorSpec& spec, const at::Tensor& values);
at::Tensor values(const ParameterBuffer& buffer, const TensorSpec& spec);

// What evaluations, saved models and exports have of the tensor: its average where there is one, else
// values().
at::Tensor kept_values(const ParameterBuffer& buffer, const TensorSpec& spec);

// The tensor in its shape; shares memory with `flat`.
at::Tensor view(const at::Tensor& flat, const TensorSpec& spec);

// The same of a buffer of what is trained: gradient, moments, low halves.
at::Tensor trained_view(const Layout& layout, const at::Tensor& flat, const TensorSpec& spec);

// The weights beside those buffers: from layout.trained_begin on.
at::Tensor trained_weights(const ParameterBuffer& buffer);

// Whether the buffer is trained and this tensor of it is trainable.
bool has_gradient(const ParameterBuffer& buffer, const TensorSpec& spec);

// Trainable ranges of a layout, counted from trained_begin, with their decay, neighbours with equal
// decay merged: what AdamW walks. Of embeddings only the rows that `seen_rows` marks, if it is given: where moments are zero
// and nothing decays, AdamW leaves a row without a gradient as it is.
std::vector<UpdateRange> update_ranges(const Layout& layout,
                                       const std::vector<bool>* seen_rows = nullptr);

// Of the head's layout: the numbers that losses learn.
inline constexpr const char* kLossParameters = "loss_parameters";

// The adapter (ops/adapters.h) of a weight: "model.layers.3.mlp.up_proj.weight" has
// "model.layers.3.mlp.up_proj.lora_A.weight" (r, in) and "... .lora_B.weight" (out, r), as PEFT.
std::string adapter_a_name(std::string_view weight);
std::string adapter_b_name(std::string_view weight);

struct Parameters {
  ParameterBuffer backbone;
  ParameterBuffer head;           // fp32; fp64 for fp64 models
  ParameterBuffer adapters = {};  // of the head's type; an empty layout: none
  double adapter_scale = 1;       // of every adapter: alpha / r, or alpha / sqrt(r)

  // Backbone, head, and adapters where there are some, in this order.
  std::vector<std::reference_wrapper<ParameterBuffer>> buffers() {
    if (adapters.layout.size == 0) return {backbone, head};
    return {backbone, head, adapters};
  }
  std::vector<std::reference_wrapper<const ParameterBuffer>> buffers() const {
    if (adapters.layout.size == 0) return {backbone, head};
    return {backbone, head, adapters};
  }

  // The numbers that losses learn: (S), a view of the head's weights or of its gradient; S = 0
  // where there are none.
  at::Tensor loss_parameters() const;
  at::Tensor grad_loss_parameters() const;
};

}  // namespace laurel
