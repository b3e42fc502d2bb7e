// The Llama family (Llama, Mistral, Qwen2, Qwen3) as an alternative of Backbone: its embedding, its
// blocks, its final norm, its names and sizes.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/json.h"
#include "model/backbone_info.h"
#include "model/families/llama/block.h"
#include "model/memory_shape.h"
#include "model/position_tables.h"
#include "model/rms_features.h"
#include "model/rope_options.h"

namespace laurel {

struct Llama {
  LlamaConfig config;

  struct Tables {  // what all workers read
    PositionTables made;
    RopeTable rope;  // a table for each class of row lengths, one behind the other
  };
  using Scratch = LlamaScratch;                    // of one worker
  using SavedActivations = LlamaSavedActivations;  // of one block
  struct SavedEmbedding {};                        // of one worker
  using SavedFeatures = SavedRmsFeatures;

  static std::vector<std::string> model_types() { return llama_model_types(); }
  static Llama read(const Json& config, const std::string& where) {
    return {llama_config(config, where)};
  }

  BackboneInfo info() const;
  Layout layout() const { return llama_layout(config); }

  // Tensors that other programs store beside a backbone and that nothing here needs.
  static bool is_ignored_tensor(std::string_view name);

  // Keys that an exported config.json has and `config_json`, the loaded one, has not.
  static std::vector<std::pair<std::string, Json>> export_keys(const Json& config_json,
                                                               const std::string& where) {
    return old_rope_keys(config_json, where);
  }

  // T tokens, L layers that keep (MemoryShape::kept_layers), b bytes an element:
  //   none         b T L (2 D + (H + 2 G) K + H K + 2 I)
  //   gate_up      b T (L (2 D + (H + 2 G) K + H K) + 2 I)
  //   inputs       b T (L D + D + (H + 2 G) K + H K + 2 I)
  //   all of them  b T (3 D + 4 I + (H + 2 G) K + H K) to work in, and fp32 statistics of norms
  //                and softmax; b S (3 D + (H + 2 G) K + H K + 2 I) for S scored tokens
  //   attention    model/attention_memory.h
  ActivationBytes activation_bytes(const MemoryShape& shape, Recompute recompute) const;

  // Makes the tables, in the type that `weights` compute in.
  void prepare(Tables& tables, const PositionTables& needed, const at::Tensor& weights) const;

  // As those of BackboneRunner.
  void embed(const WorkerTokens& tokens, const Parameters& parameters, SavedEmbedding& saved,
             const at::Tensor& out) const;
  void embed_backward(const at::Tensor& grad, const WorkerTokens& tokens,
                      const Parameters& parameters, SavedEmbedding& saved) const;

  // As llama_block_forward and llama_block_backward.
  struct Memory {
    const Tables& tables;
    LlamaScratch& scratch;
    LlamaSavedActivations& saved;
  };
  void block_forward(const BlockPass& pass, const Parameters& parameters, const Memory& memory,
                     const at::Tensor& output) const;
  void block_backward(const BlockPass& pass, const Parameters& parameters, const Memory& memory,
                      const at::Tensor& grad_output, const at::Tensor& grad_input) const;

  // As those of BackboneRunner: the RMS norm of `hidden`, then pooling.
  at::Tensor features_forward(const at::Tensor& hidden, const TokenBatch& tokens,
                              const Parameters& parameters, const at::TensorOptions& type,
                              SavedFeatures& saved) const;
  void features_backward(const at::Tensor& grad, const TokenBatch& tokens,
                         const Parameters& parameters, SavedFeatures& saved,
                         const at::Tensor& grad_hidden) const;
};

}  // namespace laurel
