// The layout of the Llama family's parameters, and a layer's views of them.
#include "model/families/llama/layout.h"

#include <string>

#include "core/str.h"

namespace laurel {

namespace {

std::string layer_name(int64_t layer, std::string_view part) {
  return str(kLlamaPrefix, "layers.", layer, ".", part);
}

void add_layer(LayoutBuilder& layout, const LlamaConfig& config, int64_t layer) {
  const auto name = [&](std::string_view part) { return layer_name(layer, part); };
  const int64_t width = config.hidden_size;
  const int64_t q = config.heads * config.head_dim;
  const int64_t kv = config.kv_heads * config.head_dim;
  layout.vector(name("input_layernorm.weight"), width);
  layout.matrix(name("self_attn.q_proj.weight"), q, width);
  layout.matrix(name("self_attn.k_proj.weight"), kv, width, Placement::contiguous_with_previous);
  layout.matrix(name("self_attn.v_proj.weight"), kv, width, Placement::contiguous_with_previous);
  if (config.qkv_bias) {
    layout.vector(name("self_attn.q_proj.bias"), q);
    layout.vector(name("self_attn.k_proj.bias"), kv, Placement::contiguous_with_previous);
    layout.vector(name("self_attn.v_proj.bias"), kv, Placement::contiguous_with_previous);
  }
  if (config.qk_norm) {
    layout.vector(name("self_attn.q_norm.weight"), config.head_dim);
    layout.vector(name("self_attn.k_norm.weight"), config.head_dim);
  }
  layout.matrix(name("self_attn.o_proj.weight"), width, q);
  if (config.output_bias) layout.vector(name("self_attn.o_proj.bias"), width);
  layout.vector(name("post_attention_layernorm.weight"), width);
  layout.matrix(name("mlp.gate_proj.weight"), config.intermediate_size, width);
  layout.matrix(name("mlp.up_proj.weight"), config.intermediate_size, width,
                Placement::contiguous_with_previous);
  if (config.mlp_bias) {
    layout.vector(name("mlp.gate_proj.bias"), config.intermediate_size);
    layout.vector(name("mlp.up_proj.bias"), config.intermediate_size,
                  Placement::contiguous_with_previous);
  }
  layout.matrix(name("mlp.down_proj.weight"), width, config.intermediate_size);
  if (config.mlp_bias) layout.vector(name("mlp.down_proj.bias"), width);
}

}  // namespace

Layout llama_layout(const LlamaConfig& config) {
  LayoutBuilder layout;
  layout.begin_block();
  layout.embedding(kLlamaEmbedding, config.vocab_size, config.hidden_size);
  for (int64_t layer = 0; layer < config.layers; ++layer) {
    layout.begin_block();
    add_layer(layout, config, layer);
  }
  layout.begin_block();
  layout.vector(kLlamaFinalNorm, config.hidden_size);
  return layout.finish();
}

LlamaBlock llama_block(const Parameters& parameters, ParameterViews::Of of, int64_t layer) {
  const ParameterViews views(parameters, of, layer_name(layer, ""));
  return {
      .attention_norm = views.tensor("input_layernorm.weight"),
      .mlp_norm = views.tensor("post_attention_layernorm.weight"),
      .q_norm = views.tensor_if_there("self_attn.q_norm.weight"),
      .k_norm = views.tensor_if_there("self_attn.k_norm.weight"),
      .qkv = views.linear({"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"}),
      .output = views.linear({"self_attn.o_proj"}),
      .gate_up = views.linear({"mlp.gate_proj", "mlp.up_proj"}),
      .down = views.linear({"mlp.down_proj"}),
  };
}

}  // namespace laurel
