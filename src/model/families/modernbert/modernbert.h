// ModernBERT as an alternative of Backbone: its normed embedding, its blocks, its final norm, and
// the classifier's dense layer and norm.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/json.h"
#include "model/backbone_info.h"
#include "model/families/modernbert/block.h"
#include "model/memory_shape.h"
#include "model/position_tables.h"

namespace laurel {

struct ModernBert {
  ModernBertConfig config;

  using Tables = ModernBertRopes;                       // what all workers read
  using Scratch = ModernBertScratch;                    // of one worker
  using SavedActivations = ModernBertSavedActivations;  // of one block
  struct SavedEmbedding {                               // of one worker
    Buffer words;                                       // (T, D), before the norm
    SavedLayerNorm norm;
  };
  struct SavedFeatures {  // in the head's type
    at::Tensor hidden;    // (N, D)
    SavedLayerNorm final_norm, dense_norm;
    Buffer normed;                              // (N, D)
    Buffer pooled, dense, activated, features;  // (P, D)
    Buffer grad_dense, grad_pooled;             // (P, D)
    Buffer grad_normed;                         // (N, D)
  };

  static std::vector<std::string> model_types() { return {"modernbert"}; }
  static ModernBert read(const Json& config, const std::string& where) {
    return {modernbert_config(config, where)};
  }

  BackboneInfo info() const;
  Layout layout() const { return modernbert_layout(config); }

  // Tensors that other programs store beside a backbone and that nothing here needs.
  static bool is_ignored_tensor(std::string_view name) { return name.starts_with("decoder."); }

  // Keys that an exported config.json has and `config_json`, the loaded one, has not.
  std::vector<std::pair<std::string, Json>> export_keys(const Json& config_json,
                                                        const std::string&) const {
    return old_modernbert_keys(config, config_json);
  }

  // T tokens, L layers, b bytes an element:
  //   none         b T L (6 D + 2 I)
  //   gate_up      b T (6 L D + 2 I)
  //   inputs       b T (L D + 5 D + 2 I)
  //   all of them  b T (8 D + 6 I) to work in, and fp32 statistics of norms and softmax;
  //                b S (8 D + 3 I) for S scored tokens
  //   attention    attention_memory.h
  ActivationBytes activation_bytes(const MemoryShape& shape, Recompute recompute) const;

  // Makes tables of at least so many positions, in the type that `weights` compute in.
  void prepare(ModernBertRopes& ropes, const PositionTables& needed,
               const at::Tensor& weights) const;

  // As those of BackboneRunner.
  void embed(const WorkerTokens& tokens, const Parameters& parameters, SavedEmbedding& saved,
             const at::Tensor& out) const;
  void embed_backward(const at::Tensor& grad, const WorkerTokens& tokens,
                      const Parameters& parameters, SavedEmbedding& saved) const;

  // As modernbert_block_forward and modernbert_block_backward.
  struct Memory {
    const ModernBertRopes& ropes;
    ModernBertScratch& scratch;
    ModernBertSavedActivations& saved;
  };
  void block_forward(const BlockPass& pass, const Parameters& parameters, const Memory& memory,
                     const at::Tensor& output) const;
  void block_backward(const BlockPass& pass, const Parameters& parameters, const Memory& memory,
                      const at::Tensor& grad_output, const at::Tensor& grad_input) const;

  // As those of BackboneRunner: final norm, pooling, then norm(gelu(W x)).
  at::Tensor features_forward(const at::Tensor& hidden, const TokenBatch& tokens,
                              const Parameters& parameters, const at::TensorOptions& type,
                              SavedFeatures& saved) const;
  void features_backward(const at::Tensor& grad, const TokenBatch& tokens,
                         const Parameters& parameters, SavedFeatures& saved,
                         const at::Tensor& grad_hidden) const;
};

}  // namespace laurel
