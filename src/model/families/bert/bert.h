// BERT, RoBERTa and XLM-RoBERTa as an alternative of Backbone: embeddings of words, positions and
// token types, post-norm blocks, and the map with tanh behind the first token.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/json.h"
#include "model/backbone_info.h"
#include "model/families/bert/block.h"
#include "model/memory_shape.h"
#include "model/position_tables.h"

namespace laurel {

struct Bert {
  BertConfig config;

  struct Tables {};                               // what all workers read
  using Scratch = BertScratch;                    // of one worker
  using SavedActivations = BertSavedActivations;  // of one block
  struct SavedEmbedding {                         // of one worker
    at::Tensor positions, types;                  // (T) int32: rows of their tables
    Buffer sum;                                   // (T, D), before the norm
    SavedLayerNorm norm;
  };
  struct SavedFeatures {
    Buffer pooled, features, grad;  // (P, D), in the head's type
  };

  static std::vector<std::string> model_types() { return bert_model_types(); }
  static Bert read(const Json& config, const std::string& where) {
    return {bert_config(config, where)};
  }

  BackboneInfo info() const;
  Layout layout() const { return bert_layout(config); }

  // Tensors that other programs store beside a backbone and that nothing here needs.
  bool is_ignored_tensor(std::string_view name) const;

  // What TensorFlow's checkpoints called a tensor: LayerNorm.gamma and LayerNorm.beta.
  static std::optional<std::string> older_name(std::string_view name);

  // Keys that an exported config.json has and the loaded one has not: none.
  static std::vector<std::pair<std::string, Json>> export_keys(const Json&, const std::string&) {
    return {};
  }

  // T tokens, L layers, b bytes an element:
  //   none         b T L (7 D + I)
  //   gate_up      b T (7 L D + I), the intermediate products
  //   inputs       b T (L D + 6 D + I)
  //   all of them  b T (10 D + 4 I) to work in, and fp32 statistics of norms and softmax;
  //                b S (8 D + 2 I) for S scored tokens
  //   attention    attention_memory.h
  ActivationBytes activation_bytes(const MemoryShape& shape, Recompute recompute) const;

  void prepare(Tables&, const PositionTables&, const at::Tensor&) const {}

  // As those of BackboneRunner.
  void embed(const WorkerTokens& tokens, const Parameters& parameters, SavedEmbedding& saved,
             const at::Tensor& out) const;
  void embed_backward(const at::Tensor& grad, const WorkerTokens& tokens,
                      const Parameters& parameters, SavedEmbedding& saved) const;

  // As bert_block_forward and bert_block_backward.
  struct Memory {
    const Tables& tables;
    BertScratch& scratch;
    BertSavedActivations& saved;
  };
  void block_forward(const BlockPass& pass, const Parameters& parameters, const Memory& memory,
                     const at::Tensor& output) const;
  void block_backward(const BlockPass& pass, const Parameters& parameters, const Memory& memory,
                      const at::Tensor& grad_output, const at::Tensor& grad_input) const;

  // As those of BackboneRunner: tanh(W x + b) of the first token.
  at::Tensor features_forward(const at::Tensor& hidden, const TokenBatch& tokens,
                              const Parameters& parameters, const at::TensorOptions& type,
                              SavedFeatures& saved) const;
  void features_backward(const at::Tensor& grad, const TokenBatch& tokens,
                         const Parameters& parameters, SavedFeatures& saved,
                         const at::Tensor& grad_hidden) const;
};

}  // namespace laurel
