// ModernBERT's answers: names, sizes and memory; embedding, blocks and features.
#include "model/families/modernbert/modernbert.h"

#include <algorithm>

#include "model/attention_memory.h"
#include "model/block_parts.h"
#include "model/position_pooling.h"
#include "ops/cuda/device.h"
#include "ops/embedding.h"
#include "ops/exact_gelu.h"
#include "ops/types.h"

namespace laurel {

namespace {

at::Tensor in_type(const at::Tensor& tensor, at::ScalarType type) {
  return tensor.defined() ? tensor.to(type) : tensor;
}

// The weights behind the blocks, in the type that the features are computed in.
ModernBertEnds features_weights(const Parameters& parameters, at::ScalarType type) {
  ModernBertEnds ends = modernbert_ends(parameters, ParameterViews::Of::weights);
  for (LayerNorm* norm : {&ends.final_norm, &ends.dense_norm}) {
    *norm = {in_type(norm->weight, type), in_type(norm->bias, type)};
  }
  ends.dense = {in_type(ends.dense.weight, type), in_type(ends.dense.bias, type)};
  return ends;
}

std::vector<std::string> classifier_tensors(const ModernBertConfig& config) {
  std::vector<std::string> names{"head.dense.weight", "head.norm.weight"};
  if (config.classifier_bias) names.emplace_back("head.dense.bias");
  if (config.norm_bias) names.emplace_back("head.norm.bias");
  return names;
}

RopeTable rope_table_on(double theta, int64_t head_dim, int64_t positions,
                        const at::Tensor& weights) {
  const RopeTable table = rope_table({.theta = theta}, head_dim, std::max<int64_t>(positions, 512),
                                     compute_type(weights.scalar_type()));
  return {to_device(table.cos, weights.device()), to_device(table.sin, weights.device())};
}

// One layer's weights, with what its adapters drop in this pass.
ModernBertBlock modernbert_weights(const BlockPass& pass, const Parameters& parameters) {
  ModernBertBlock block = modernbert_block(parameters, ParameterViews::Of::weights, pass.layer);
  set_adapter_dropout(pass, block.qkv, {&block.output, &block.gate_up, &block.down});
  return block;
}

}  // namespace

BackboneInfo ModernBert::info() const {
  return {.classifier_class = "ModernBertForSequenceClassification",
          .tensor_prefix = kModernBertPrefix,
          .head = {"classifier.weight", "classifier.bias"},
          .head_has_bias = true,
          .hidden_size = config.hidden_size,
          .vocab_size = config.vocab_size,
          .layers = config.layers,
          .max_positions = config.max_positions,
          .pooling = {.rule = config.pooling, .causal = false},
          .pooled_layers = classifier_tensors(config),
          .initializer_range = config.initializer_range,
          .dropout = config.dropout,
          .dropout_places = {.embedding = true,
                             .features = true,
                             .text = "the embedding, attention probabilities, the output of "
                                     "attention, the activations of the MLP, and what the head "
                                     "takes"}};
}

ActivationBytes ModernBert::activation_bytes(const MemoryShape& shape, Recompute recompute) const {
  const int64_t d = config.hidden_size, wide = config.intermediate_size,
                layers = kept_layers(shape, config.layers);
  const int64_t saved = recompute == Recompute::none      ? layers * (6 * d + 2 * wide)
                        : recompute == Recompute::gate_up ? layers * 6 * d + 2 * wide
                                                          : layers * d + 5 * d + 2 * wide;
  const int64_t working = 8 * d + 6 * wide, scoring = 8 * d + 3 * wide;
  const int64_t statistics = 4 * layers * (4 + config.heads);
  ActivationBytes bytes;
  const int64_t kept = layers == 0 ? 0 : saved + working;
  bytes.activations =
      shape.element_bytes * (shape.tokens * kept + scoring_tokens(shape, config.layers) * scoring) +
      shape.tokens * statistics;
  if (shape.cuda) {
    bytes.attention =
        cuda_attention_bytes(shape, {.heads = config.heads, .head_dim = config.head_dim()});
  }
  return bytes;
}

void ModernBert::prepare(ModernBertRopes& ropes, const PositionTables& needed,
                         const at::Tensor& weights) const {
  if (ropes.global.cos.defined() && ropes.global.cos.size(0) >= needed.positions) return;
  ropes.global = rope_table_on(config.global_theta, config.head_dim(), needed.positions, weights);
  ropes.local = rope_table_on(config.local_theta, config.head_dim(), needed.positions, weights);
}

void ModernBert::embed(const WorkerTokens& tokens, const Parameters& parameters,
                       SavedEmbedding& saved, const at::Tensor& out) const {
  const ModernBertEnds weights = modernbert_ends(parameters, ParameterViews::Of::weights);
  const at::Tensor words = saved.words.take(out.sizes(), out.options());
  embedding_forward(tokens.ids, weights.words, words);
  layer_norm_forward(words, weights.embedding_norm, config.norm_eps, out,
                     saved.norm.take(words.size(0), words.options()));
}

void ModernBert::embed_backward(const at::Tensor& grad, const WorkerTokens& tokens,
                                const Parameters& parameters, SavedEmbedding& saved) const {
  const ModernBertEnds weights = modernbert_ends(parameters, ParameterViews::Of::weights);
  const ModernBertEnds gradient = modernbert_ends(parameters, ParameterViews::Of::gradients);
  layer_norm_backward(grad, saved.words.get(), saved.norm.get(), weights.embedding_norm.weight,
                      grad, gradient.embedding_norm, WriteMode::overwrite);
  if (!gradient.words.defined()) return;
  embedding_backward(grad, tokens.ids, gradient.words);
  // transformers trains no row of the pad token
  if (config.pad_id) gradient.words[*config.pad_id].zero_();
}

void ModernBert::block_forward(const BlockPass& pass, const Parameters& parameters,
                               const Memory& memory, const at::Tensor& output) const {
  modernbert_block_forward({pass, config, memory.ropes, memory.scratch},
                           modernbert_weights(pass, parameters), memory.saved, output);
}

void ModernBert::block_backward(const BlockPass& pass, const Parameters& parameters,
                                const Memory& memory, const at::Tensor& grad_output,
                                const at::Tensor& grad_input) const {
  modernbert_block_backward({pass, config, memory.ropes, memory.scratch},
                            modernbert_weights(pass, parameters), memory.saved,
                            modernbert_block(parameters, ParameterViews::Of::gradients, pass.layer),
                            grad_output, grad_input);
}

at::Tensor ModernBert::features_forward(const at::Tensor& hidden, const TokenBatch& tokens,
                                        const Parameters& parameters, const at::TensorOptions& type,
                                        SavedFeatures& saved) const {
  const auto scalar = c10::typeMetaToScalarType(type.dtype());
  const ModernBertEnds weights = features_weights(parameters, scalar);
  const std::vector<int64_t> shape{tokens.pool_begin.size(0), hidden.size(1)};
  saved.hidden = hidden.to(scalar);
  const at::Tensor normed = saved.normed.take(hidden.sizes(), type);
  const at::Tensor pooled = saved.pooled.take(shape, type), dense = saved.dense.take(shape, type);
  const at::Tensor activated = saved.activated.take(shape, type);
  const at::Tensor features = saved.features.take(shape, type);
  layer_norm_forward(saved.hidden, weights.final_norm, config.norm_eps, normed,
                     saved.final_norm.take(hidden.size(0), type));
  pool_forward(normed, tokens, pooled);
  linear_forward(pooled, weights.dense, dense);
  exact_gelu_forward(dense, activated);
  layer_norm_forward(activated, weights.dense_norm, config.norm_eps, features,
                     saved.dense_norm.take(shape[0], type));
  return features;
}

void ModernBert::features_backward(const at::Tensor& grad, const TokenBatch& tokens,
                                   const Parameters& parameters, SavedFeatures& saved,
                                   const at::Tensor& grad_hidden) const {
  const ModernBertEnds weights = features_weights(parameters, grad.scalar_type());
  const ModernBertEnds gradient = modernbert_ends(parameters, ParameterViews::Of::gradients);
  const at::Tensor activated = saved.activated.get();
  layer_norm_backward(grad, activated, saved.dense_norm.get(), weights.dense_norm.weight, grad,
                      gradient.dense_norm, WriteMode::overwrite);
  const at::Tensor grad_dense = saved.grad_dense.take(grad.sizes(), grad.options());
  exact_gelu_backward(grad, saved.dense.get(), activated, grad_dense);
  linear_backward_weight(grad_dense, saved.pooled.get(), weights.dense, gradient.dense);
  const at::Tensor grad_pooled = saved.grad_pooled.take(grad.sizes(), grad.options());
  linear_backward_input(grad_dense, weights.dense, grad_pooled);
  const at::Tensor grad_normed = saved.grad_normed.take(grad_hidden.sizes(), grad.options());
  pool_backward(grad_pooled, tokens, grad_normed);
  layer_norm_backward(grad_normed, saved.hidden, saved.final_norm.get(), weights.final_norm.weight,
                      grad_normed, gradient.final_norm, WriteMode::overwrite);
  grad_hidden.copy_(grad_normed);
}

}  // namespace laurel
