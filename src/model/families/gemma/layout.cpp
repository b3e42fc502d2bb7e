// The layout of the Gemma family's parameters, and a layer's views of them.
#include "model/families/gemma/layout.h"

#include <string>

#include "core/str.h"

namespace laurel {

namespace {

std::string gemma_layer_prefix(int64_t layer) { return str(kGemmaPrefix, "layers.", layer, "."); }

void add_gemma_attention(LayoutBuilder& layout, const GemmaConfig& config,
                         const std::string& prefix) {
  const auto name = [&](std::string_view part) { return str(prefix, "self_attn.", part); };
  const int64_t width = config.hidden_size;
  const int64_t q = config.heads * config.head_dim;
  const int64_t kv = config.kv_heads * config.head_dim;
  layout.matrix(name("q_proj.weight"), q, width);
  layout.matrix(name("k_proj.weight"), kv, width, Placement::contiguous_with_previous);
  layout.matrix(name("v_proj.weight"), kv, width, Placement::contiguous_with_previous);
  if (config.attention_bias) {
    layout.vector(name("q_proj.bias"), q);
    layout.vector(name("k_proj.bias"), kv, Placement::contiguous_with_previous);
    layout.vector(name("v_proj.bias"), kv, Placement::contiguous_with_previous);
  }
  if (config.qk_norm) {
    layout.vector(name("q_norm.weight"), config.head_dim);
    layout.vector(name("k_norm.weight"), config.head_dim);
  }
  layout.matrix(name("o_proj.weight"), width, q);
  if (config.attention_bias) layout.vector(name("o_proj.bias"), width);
}

void add_gemma_layer(LayoutBuilder& layout, const GemmaConfig& config, const std::string& prefix) {
  const auto name = [&](std::string_view part) { return str(prefix, part); };
  const int64_t width = config.hidden_size;
  layout.vector(name("input_layernorm.weight"), width);
  add_gemma_attention(layout, config, prefix);
  // The name of the norm after attention in Gemma 2 and 3 is that of the MLP's in Gemma.
  layout.vector(name("post_attention_layernorm.weight"), width);
  if (config.post_norms) layout.vector(name("pre_feedforward_layernorm.weight"), width);
  layout.matrix(name("mlp.gate_proj.weight"), config.intermediate_size, width);
  layout.matrix(name("mlp.up_proj.weight"), config.intermediate_size, width,
                Placement::contiguous_with_previous);
  layout.matrix(name("mlp.down_proj.weight"), width, config.intermediate_size);
  if (config.post_norms) layout.vector(name("post_feedforward_layernorm.weight"), width);
}

}  // namespace

Layout gemma_layout(const GemmaConfig& config) {
  LayoutBuilder layout;
  layout.begin_block();
  layout.embedding(kGemmaEmbedding, config.vocab_size, config.hidden_size);
  for (int64_t layer = 0; layer < config.layers; ++layer) {
    layout.begin_block();
    add_gemma_layer(layout, config, gemma_layer_prefix(layer));
  }
  layout.begin_block();
  layout.vector(kGemmaFinalNorm, config.hidden_size);
  return layout.finish();
}

GemmaBlock gemma_block(const GemmaConfig& config, const Parameters& parameters,
                       ParameterViews::Of of, int64_t layer) {
  const ParameterViews views(parameters, of, gemma_layer_prefix(layer));
  const auto one = [&](bool present, std::string_view name) {
    return present ? views.tensor(name) : at::Tensor();
  };
  return {
      .attention_norm = views.tensor("input_layernorm.weight"),
      .attention_post_norm = one(config.post_norms, "post_attention_layernorm.weight"),
      .mlp_norm = views.tensor(config.post_norms ? "pre_feedforward_layernorm.weight"
                                                 : "post_attention_layernorm.weight"),
      .mlp_post_norm = one(config.post_norms, "post_feedforward_layernorm.weight"),
      .q_norm = one(config.qk_norm, "self_attn.q_norm.weight"),
      .k_norm = one(config.qk_norm, "self_attn.k_norm.weight"),
      .qkv = views.linear({"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"}),
      .output = views.linear({"self_attn.o_proj"}),
      .gate_up = views.linear({"mlp.gate_proj", "mlp.up_proj"}),
      .down = views.linear({"mlp.down_proj"}),
  };
}

}  // namespace laurel
