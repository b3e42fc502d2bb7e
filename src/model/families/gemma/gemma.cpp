// Gemma's answers: names, sizes and memory; embedding, blocks and features on flat buffers.
#include "model/families/gemma/gemma.h"

#include <algorithm>

#include "core/str.h"
#include "model/attention_memory.h"
#include "model/families/gemma/rope.h"
#include "model/rope_options.h"
#include "ops/cuda/device.h"
#include "ops/embedding.h"
#include "ops/types.h"

namespace laurel {

namespace {

std::string gemma_class(const std::string& model_type) {
  if (model_type == "gemma") return "GemmaForSequenceClassification";
  if (model_type == "gemma2") return "Gemma2ForSequenceClassification";
  TORCH_INTERNAL_ASSERT(model_type == "gemma3_text");
  return "Gemma3TextForSequenceClassification";
}

// Elements per token of a layer's parts.
struct GemmaWidths {
  int64_t model, qkv, attention_output, gate_up, branches;
};

GemmaWidths widths_of(const GemmaConfig& config) {
  const int64_t raw = config.qk_norm ? config.heads + config.kv_heads : 0;  // saved before q/k norm
  return {.model = config.hidden_size,
          .qkv = (config.heads + 2 * config.kv_heads + raw) * config.head_dim,
          .attention_output = config.heads * config.head_dim,
          .gate_up = 2 * config.intermediate_size,
          .branches = config.post_norms ? 2 * config.hidden_size : 0};
}

// Elements per token that all layers keep together.
int64_t saved_elements(const GemmaConfig& config, int64_t layers, Recompute recompute) {
  const GemmaWidths w = widths_of(config);
  const int64_t rest = w.model + w.qkv + w.attention_output + w.branches;  // but input and gate_up
  switch (recompute) {
    case Recompute::none: return layers * (w.model + rest + w.gate_up);
    case Recompute::gate_up: return layers * (w.model + rest) + w.gate_up;
    default: return layers * w.model + rest + w.gate_up;
  }
}

// The scale in the type of the weights, as transformers multiplies: 55.4256 is 55.5 in bf16.
double scale_in_type_of(const at::Tensor& weight, double scale) {
  switch (weight.scalar_type()) {
    case at::kBFloat16: return static_cast<float>(at::BFloat16(static_cast<float>(scale)));
    case at::kFloat: return static_cast<float>(scale);
    default: return scale;
  }
}

FinalNorm final_norm_of(const GemmaConfig& config, const Parameters& parameters) {
  return {weights_of(parameters).tensor(kGemmaFinalNorm), config.rms_norm_eps,
          NormScale::one_plus_weight};
}

// One layer's weights, with what its adapters drop in this pass.
GemmaBlock gemma_weights(const GemmaConfig& config, const BlockPass& pass,
                         const Parameters& parameters) {
  GemmaBlock block = gemma_block(config, parameters, ParameterViews::Of::weights, pass.layer);
  set_adapter_dropout(pass, block.qkv, {&block.output, &block.gate_up, &block.down});
  return block;
}

}  // namespace

BackboneInfo Gemma::info() const {
  return {.classifier_class = gemma_class(config.model_type),
          .tensor_prefix = kGemmaPrefix,
          .other_prefixes = {"model.language_model.", "language_model.model."},
          .hidden_size = config.hidden_size,
          .vocab_size = config.vocab_size,
          .layers = config.layers,
          .max_positions = config.max_positions};
}

bool Gemma::is_ignored_tensor(std::string_view name) {
  // Of Gemma 3 with images: the vision tower and what joins it to the text.
  for (const std::string_view part : {"vision_tower.", "multi_modal_projector."}) {
    if (name.starts_with(part) || name.starts_with(str("model.", part))) return true;
  }
  return name == "lm_head.weight" || name == "language_model.lm_head.weight" ||
         name.ends_with("rotary_emb.inv_freq");
}

std::vector<std::pair<std::string, Json>> Gemma::export_keys(const Json& config_json,
                                                             const std::string& where) const {
  return config.model_type == "gemma3_text" ? old_gemma3_rope_keys(config_json)
                                            : old_rope_keys(config_json, where);
}

ActivationBytes Gemma::activation_bytes(const MemoryShape& shape, Recompute recompute) const {
  const GemmaWidths w = widths_of(config);
  const int64_t working = 3 * w.model + 2 * w.gate_up + w.qkv + w.attention_output + w.branches;
  const int64_t scoring =
      3 * w.model + w.qkv + w.attention_output + w.gate_up + w.branches + w.branches / 2;
  const int64_t norms = config.post_norms ? 4 : 2;
  const int64_t layers = kept_layers(shape, config.layers);
  const int64_t saved = layers == 0 ? 0 : saved_elements(config, layers, recompute) + working;
  const int64_t statistics = 4 * layers * (norms + 2 * config.heads + config.kv_heads);
  ActivationBytes bytes;
  bytes.activations = shape.element_bytes *
                          (shape.tokens * saved + scoring_tokens(shape, config.layers) * scoring) +
                      shape.tokens * statistics;
  if (shape.cuda) {
    bytes.attention =
        cuda_attention_bytes(shape, {config.heads, config.head_dim, config.soft_cap > 0});
  }
  return bytes;
}

void Gemma::prepare(GemmaRopes& ropes, const PositionTables& needed,
                    const at::Tensor& weights) const {
  if (ropes.full.cos.defined() && ropes.full.cos.size(0) >= needed.positions) return;
  const auto table = [&](const RopeConfig& rope) {
    const RopeTable made =
        rope_table(rope, config.head_dim, std::max<int64_t>(needed.positions, 512),
                   compute_type(weights.scalar_type()));
    return RopeTable{to_device(made.cos, weights.device()), to_device(made.sin, weights.device())};
  };
  ropes.full = table(config.rope);
  ropes.sliding = config.model_type == "gemma3_text" ? table(config.sliding_rope) : ropes.full;
}

void Gemma::embed(const WorkerTokens& tokens, const Parameters& parameters, SavedEmbedding&,
                  const at::Tensor& out) const {
  const at::Tensor weight = weights_of(parameters).tensor(kGemmaEmbedding);
  embedding_forward(tokens.ids, weight, out, scale_in_type_of(weight, config.embedding_scale));
}

void Gemma::embed_backward(const at::Tensor& grad, const WorkerTokens& tokens,
                           const Parameters& parameters, SavedEmbedding&) const {
  embedding_backward(grad, tokens.ids, gradients_of(parameters).tensor(kGemmaEmbedding),
                     scale_in_type_of(grad, config.embedding_scale));
}

void Gemma::block_forward(const BlockPass& pass, const Parameters& parameters, const Memory& memory,
                          const at::Tensor& output) const {
  gemma_block_forward({pass, config, memory.ropes, memory.scratch},
                      gemma_weights(config, pass, parameters), memory.saved, output);
}

void Gemma::block_backward(const BlockPass& pass, const Parameters& parameters,
                           const Memory& memory, const at::Tensor& grad_output,
                           const at::Tensor& grad_input) const {
  gemma_block_backward({pass, config, memory.ropes, memory.scratch},
                       gemma_weights(config, pass, parameters), memory.saved,
                       gemma_block(config, parameters, ParameterViews::Of::gradients, pass.layer),
                       grad_output, grad_input);
}

at::Tensor Gemma::features_forward(const at::Tensor& hidden, const TokenBatch& tokens,
                                   const Parameters& parameters, const at::TensorOptions& type,
                                   SavedFeatures& saved) const {
  return rms_features_forward(hidden, tokens, final_norm_of(config, parameters), type, saved);
}

void Gemma::features_backward(const at::Tensor& grad, const TokenBatch& tokens,
                              const Parameters& parameters, SavedFeatures& saved,
                              const at::Tensor& grad_hidden) const {
  rms_features_backward(grad, tokens, final_norm_of(config, parameters), saved,
                        gradients_of(parameters).tensor(kGemmaFinalNorm), grad_hidden);
}

}  // namespace laurel
