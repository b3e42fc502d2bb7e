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

// The contiguous tensors from `first` to `last` as one matrix or vector.
at::Tensor fused(const at::Tensor& flat, const TensorSpec& first, const TensorSpec& last) {
  const at::Tensor range = flat.narrow(0, first.offset, last.offset + last.size - first.offset);
  return first.shape.size() == 2 ? range.view({-1, first.shape[1]}) : range;
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

LlamaBlock llama_block(const LlamaConfig& config, const Layout& layout, const at::Tensor& flat,
                       int64_t layer) {
  const auto spec = [&](std::string_view part) -> const TensorSpec& {
    return layout.at(layer_name(layer, part));
  };
  const auto one = [&](bool present, std::string_view part) {
    return present ? view(flat, spec(part)) : at::Tensor();
  };
  const auto several = [&](bool present, std::string_view first, std::string_view last) {
    return present ? fused(flat, spec(first), spec(last)) : at::Tensor();
  };
  return {
      .attention_norm = one(true, "input_layernorm.weight"),
      .mlp_norm = one(true, "post_attention_layernorm.weight"),
      .q_norm = one(config.qk_norm, "self_attn.q_norm.weight"),
      .k_norm = one(config.qk_norm, "self_attn.k_norm.weight"),
      .qkv = {several(true, "self_attn.q_proj.weight", "self_attn.v_proj.weight"),
              several(config.qkv_bias, "self_attn.q_proj.bias", "self_attn.v_proj.bias")},
      .output = {one(true, "self_attn.o_proj.weight"),
                 one(config.output_bias, "self_attn.o_proj.bias")},
      .gate_up = {several(true, "mlp.gate_proj.weight", "mlp.up_proj.weight"),
                  several(config.mlp_bias, "mlp.gate_proj.bias", "mlp.up_proj.bias")},
      .down = {one(true, "mlp.down_proj.weight"), one(config.mlp_bias, "mlp.down_proj.bias")},
  };
}

}  // namespace laurel
