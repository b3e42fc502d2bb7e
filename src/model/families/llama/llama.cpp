// Llama's answers: names, sizes and memory; embedding, blocks and features on flat buffers.
#include "model/families/llama/llama.h"

#include <ATen/ops/cat.h>

#include <algorithm>

#include "model/attention_memory.h"
#include "ops/cuda/device.h"
#include "ops/embedding.h"
#include "ops/types.h"

namespace laurel {

namespace {

std::string classifier_class(const std::string& model_type) {
  if (model_type == "llama") return "LlamaForSequenceClassification";
  if (model_type == "mistral") return "MistralForSequenceClassification";
  if (model_type == "qwen2") return "Qwen2ForSequenceClassification";
  TORCH_INTERNAL_ASSERT(model_type == "qwen3");
  return "Qwen3ForSequenceClassification";
}

// Elements per token of a layer's parts.
struct Widths {
  int64_t model, qkv, attention_output, gate_up;
};

Widths widths_of(const LlamaConfig& config) {
  const int64_t raw = config.qk_norm ? config.heads + config.kv_heads : 0;  // saved before q/k norm
  return {.model = config.hidden_size,
          .qkv = (config.heads + 2 * config.kv_heads + raw) * config.head_dim,
          .attention_output = config.heads * config.head_dim,
          .gate_up = 2 * config.intermediate_size};
}

// Elements per token that so many layers keep together.
int64_t saved_elements(const LlamaConfig& config, int64_t layers, Recompute recompute) {
  const Widths w = widths_of(config);
  const int64_t rest = w.model + w.qkv + w.attention_output;  // but for input and gate_up
  switch (recompute) {
    case Recompute::none: return layers * (w.model + rest + w.gate_up);
    case Recompute::gate_up: return layers * (w.model + rest) + w.gate_up;
    default: return layers * w.model + rest + w.gate_up;
  }
}

// Ropes that stretch positions are made for rows beyond max_position_embeddings.
int64_t longest_row(const LlamaConfig& config) {
  const RopeConfig& rope = config.rope;
  const bool stretches = rope.type == RopeType::dynamic || rope.type == RopeType::yarn ||
                         rope.type == RopeType::longrope;
  if (!stretches) return config.max_positions;
  const double stretched = std::min(rope.factor * rope.original_max_positions, 1e9);
  return std::max(config.max_positions, static_cast<int64_t>(stretched));
}

LengthRule length_rule(const RopeConfig& rope) {
  const bool dynamic = rope.type == RopeType::dynamic;
  if (!dynamic && rope.type != RopeType::longrope) return {};
  return {.bound = static_cast<int32_t>(std::min(rope.original_max_positions, 1e9)),
          .each_length = dynamic};
}

// One layer's weights, with what its adapters drop in this pass.
LlamaBlock llama_weights(const BlockPass& pass, const Parameters& parameters) {
  LlamaBlock block = llama_block(parameters, ParameterViews::Of::weights, pass.layer);
  set_adapter_dropout(pass, block.qkv, {&block.output, &block.gate_up, &block.down});
  return block;
}

}  // namespace

BackboneInfo Llama::info() const {
  return {.classifier_class = classifier_class(config.model_type),
          .tensor_prefix = kLlamaPrefix,
          .hidden_size = config.hidden_size,
          .vocab_size = config.vocab_size,
          .layers = config.layers,
          .max_positions = longest_row(config),
          .pooling = {.lengths = length_rule(config.rope)}};
}

bool Llama::is_ignored_tensor(std::string_view name) {
  return name == "lm_head.weight" || name.ends_with("rotary_emb.inv_freq");
}

ActivationBytes Llama::activation_bytes(const MemoryShape& shape, Recompute recompute) const {
  const Widths w = widths_of(config);
  const int64_t working = 3 * w.model + 2 * w.gate_up + w.qkv + w.attention_output;
  const int64_t scoring = 3 * w.model + w.qkv + w.attention_output + w.gate_up;
  const int64_t layers = kept_layers(shape, config.layers);
  const int64_t saved = layers == 0 ? 0 : saved_elements(config, layers, recompute) + working;
  const int64_t statistics = 4 * layers * (2 + 2 * config.heads + config.kv_heads);
  ActivationBytes bytes;
  bytes.activations = shape.element_bytes *
                          (shape.tokens * saved + scoring_tokens(shape, config.layers) * scoring) +
                      shape.tokens * statistics;
  if (shape.cuda) bytes.attention = cuda_attention_bytes(shape, {config.heads, config.head_dim});
  return bytes;
}

void Llama::prepare(Tables& tables, const PositionTables& needed, const at::Tensor& weights) const {
  const bool longer = tables.made.lengths == needed.lengths && needed.lengths.size() == 1 &&
                      tables.made.positions >= needed.positions;
  if (tables.rope.cos.defined() && (longer || tables.made == needed)) return;
  const at::ScalarType type = compute_type(weights.scalar_type());
  std::vector<at::Tensor> cos, sin;
  for (const int32_t length : needed.lengths) {
    const RopeTable one = rope_table(config.rope, config.head_dim, needed.positions, type, length);
    cos.push_back(one.cos);
    sin.push_back(one.sin);
  }
  tables = {needed,
            {to_device(at::cat(cos), weights.device()), to_device(at::cat(sin), weights.device())}};
}

void Llama::embed(const WorkerTokens& tokens, const Parameters& parameters, SavedEmbedding&,
                  const at::Tensor& out) const {
  embedding_forward(tokens.ids, weights_of(parameters).tensor(kLlamaEmbedding), out);
}

void Llama::embed_backward(const at::Tensor& grad, const WorkerTokens& tokens,
                           const Parameters& parameters, SavedEmbedding&) const {
  embedding_backward(grad, tokens.ids, gradients_of(parameters).tensor(kLlamaEmbedding));
}

void Llama::block_forward(const BlockPass& pass, const Parameters& parameters, const Memory& memory,
                          const at::Tensor& output) const {
  llama_block_forward({pass, config, memory.tables.rope, memory.scratch},
                      llama_weights(pass, parameters), memory.saved, output);
}

void Llama::block_backward(const BlockPass& pass, const Parameters& parameters,
                           const Memory& memory, const at::Tensor& grad_output,
                           const at::Tensor& grad_input) const {
  llama_block_backward({pass, config, memory.tables.rope, memory.scratch},
                       llama_weights(pass, parameters), memory.saved,
                       llama_block(parameters, ParameterViews::Of::gradients, pass.layer),
                       grad_output, grad_input);
}

at::Tensor Llama::features_forward(const at::Tensor& hidden, const TokenBatch& tokens,
                                   const Parameters& parameters, const at::TensorOptions& type,
                                   SavedFeatures& saved) const {
  return rms_features_forward(hidden, tokens,
                              {weights_of(parameters).tensor(kLlamaFinalNorm), config.rms_norm_eps},
                              type, saved);
}

void Llama::features_backward(const at::Tensor& grad, const TokenBatch& tokens,
                              const Parameters& parameters, SavedFeatures& saved,
                              const at::Tensor& grad_hidden) const {
  rms_features_backward(grad, tokens,
                        {weights_of(parameters).tensor(kLlamaFinalNorm), config.rms_norm_eps},
                        saved, gradients_of(parameters).tensor(kLlamaFinalNorm), grad_hidden);
}

}  // namespace laurel
