// The Gemma family (Gemma, Gemma 2, Gemma 3 text) as an alternative of Backbone: its embedding, its
// blocks, its final norm, its names and sizes.
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
#include "model/families/gemma/block.h"
#include "model/memory_shape.h"
#include "model/position_tables.h"
#include "model/rms_features.h"

namespace laurel {

struct Gemma {
  GemmaConfig config;

  using Tables = GemmaRopes;                       // what all workers read
  using Scratch = GemmaScratch;                    // of one worker
  using SavedActivations = GemmaSavedActivations;  // of one block
  struct SavedEmbedding {};                        // of one worker
  using SavedFeatures = SavedRmsFeatures;

  static std::vector<std::string> model_types() { return gemma_model_types(); }
  static Gemma read(const Json& config, const std::string& where) {
    return {gemma_config(config, where)};
  }

  // Of a config.json of "gemma3": its text_config as that of "gemma3_text"; none of another type.
  static std::optional<Json> text_part_of(const Json& config, const std::string& where) {
    return gemma3_text_part(config, where);
  }

  BackboneInfo info() const;
  Layout layout() const { return gemma_layout(config); }

  // Tensors that other programs store beside a backbone and that nothing here needs.
  static bool is_ignored_tensor(std::string_view name);

  // Keys that an exported config.json has and `config_json`, the loaded one, has not.
  std::vector<std::pair<std::string, Json>> export_keys(const Json& config_json,
                                                        const std::string& where) const;

  // As Llama's, with B = 2 D where norms follow attention and MLP, else 0: b T B more of each layer
  // kept (of one, with inputs), b T B more to work in, b S 3/2 B more for S scored tokens.
  ActivationBytes activation_bytes(const MemoryShape& shape, Recompute recompute) const;

  // Makes tables of at least so many positions, in the type that `weights` compute in.
  void prepare(GemmaRopes& ropes, const PositionTables& needed, const at::Tensor& weights) const;

  // As those of BackboneRunner.
  void embed(const WorkerTokens& tokens, const Parameters& parameters, SavedEmbedding& saved,
             const at::Tensor& out) const;
  void embed_backward(const at::Tensor& grad, const WorkerTokens& tokens,
                      const Parameters& parameters, SavedEmbedding& saved) const;

  // As gemma_block_forward and gemma_block_backward.
  struct Memory {
    const GemmaRopes& ropes;
    GemmaScratch& scratch;
    GemmaSavedActivations& saved;
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
