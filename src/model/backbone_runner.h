// Runs the parts of a backbone, whatever its family, in the memory that the family saves and works
// in.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <variant>
#include <vector>

#include "model/backbone.h"
#include "model/block_pass.h"
#include "model/position_tables.h"

namespace laurel {

class BackboneRunner {
 public:
  explicit BackboneRunner(Backbone backbone);

  const Backbone& backbone() const { return backbone_; }

  // Before a pass of so many workers that reads these tables. Memory stays from pass to pass. Block i saves in element i modulo `saved_blocks`; without keeping, all blocks in one.
  struct PassSize {
    int64_t workers, saved_blocks;
    PositionTables tables;
  };
  void begin(const PassSize& size, const Parameters& parameters);

  // out (T, D) = embeddings of the worker's tokens, what the first block takes; the gradient is
  // added to that of the parameters, grad is used as scratch.
  void embed(const WorkerTokens& tokens, int64_t worker, const Parameters& parameters,
             const at::Tensor& out);
  void embed_backward(const at::Tensor& grad, const WorkerTokens& tokens, int64_t worker,
                      const Parameters& parameters);

  // output (N, D) = block(pass.input) at all tokens, in the last block at the pooled tokens.
  // `keep`: for the backward pass. Called by the worker pass.worker on its thread.
  void block_forward(const BlockPass& pass, const Parameters& parameters, bool keep,
                     const at::Tensor& output);

  // grad_output (N, D) -> grad_input (T, D), the same tensor but in the last block; grad_output is
  // used as scratch. Parameter gradients are added in the order of workers.
  void block_backward(const BlockPass& pass, const Parameters& parameters,
                      const at::Tensor& grad_output, const at::Tensor& grad_input);

  // hidden (N, D), the last block's output at the pooled tokens -> the features (P, D) that the
  // head reads: final norm, pooling, and the family's own layers behind it where it has some.
  // Computed in the head's `type`; the result is good until the next call.
  at::Tensor features_forward(const at::Tensor& hidden, const TokenBatch& tokens,
                              const Parameters& parameters, const at::TensorOptions& type);

  // grad (P, D), of those features, in the head's type -> grad_hidden (N, D), overwritten, in the
  // backbone's. Adds to the gradient of the parameters; uses grad as scratch.
  void features_backward(const at::Tensor& grad, const TokenBatch& tokens,
                         const Parameters& parameters, const at::Tensor& grad_hidden);

 private:
  template <class Family>
  struct Worker {
    std::vector<typename Family::SavedActivations> training, scoring;
    typename Family::Scratch scratch;
    typename Family::SavedEmbedding embedding;
  };
  template <class Family>
  struct Memory {
    typename Family::Tables tables;
    typename Family::SavedFeatures features;
    std::vector<Worker<Family>> workers;
  };
  template <class List>
  struct MemoryOf;
  template <class... Families>
  struct MemoryOf<std::variant<Families...>> {
    using Type = std::variant<Memory<Families>...>;
  };

  // run(family, memory) with both of the backbone's family.
  template <class Run>
  auto visit(const Run& run);

  Backbone backbone_;
  MemoryOf<Backbone>::Type memory_;  // of the backbone's family
};

}  // namespace laurel
