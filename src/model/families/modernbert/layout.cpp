// The layout of ModernBERT's parameters, and a layer's views of them.
#include "model/families/modernbert/layout.h"

#include <string>

#include "core/str.h"

namespace laurel {

namespace {

std::string modernbert_layer(int64_t layer) {
  return str(kModernBertPrefix, "layers.", layer, ".");
}

void add_modernbert_norm(LayoutBuilder& layout, const ModernBertConfig& config,
                         const std::string& name) {
  layout.vector(name + ".weight", config.hidden_size);
  if (config.norm_bias) layout.vector(name + ".bias", config.hidden_size);
}

struct MatrixShape {
  int64_t rows, columns;
};

void add_modernbert_linear(LayoutBuilder& layout, const std::string& name, const MatrixShape& shape,
                           bool bias) {
  layout.matrix(name + ".weight", shape.rows, shape.columns);
  if (bias) layout.vector(name + ".bias", shape.rows);
}

void add_modernbert_layer(LayoutBuilder& layout, const ModernBertConfig& config, int64_t layer) {
  const std::string name = modernbert_layer(layer);
  const int64_t width = config.hidden_size, wide = config.intermediate_size;
  if (layer > 0) add_modernbert_norm(layout, config, name + "attn_norm");
  add_modernbert_linear(layout, name + "attn.Wqkv", {3 * width, width}, config.attention_bias);
  add_modernbert_linear(layout, name + "attn.Wo", {width, width}, config.attention_bias);
  add_modernbert_norm(layout, config, name + "mlp_norm");
  add_modernbert_linear(layout, name + "mlp.Wi", {2 * wide, width}, config.mlp_bias);
  add_modernbert_linear(layout, name + "mlp.Wo", {width, wide}, config.mlp_bias);
}

LayerNorm modernbert_norm(const ParameterViews& views, const std::string& name) {
  return {views.tensor_if_there(name + ".weight"), views.tensor_if_there(name + ".bias")};
}

}  // namespace

Layout modernbert_layout(const ModernBertConfig& config) {
  const std::string prefix = kModernBertPrefix;
  LayoutBuilder layout;
  layout.begin_block();
  layout.embedding(prefix + "embeddings.tok_embeddings.weight", config.vocab_size,
                   config.hidden_size);
  add_modernbert_norm(layout, config, prefix + "embeddings.norm");
  for (int64_t layer = 0; layer < config.layers; ++layer) {
    layout.begin_block();
    add_modernbert_layer(layout, config, layer);
  }
  layout.begin_block();
  add_modernbert_norm(layout, config, prefix + "final_norm");
  add_modernbert_linear(layout, "head.dense", {config.hidden_size, config.hidden_size},
                        config.classifier_bias);
  add_modernbert_norm(layout, config, "head.norm");
  return layout.finish();
}

ModernBertEnds modernbert_ends(const Parameters& parameters, ParameterViews::Of of) {
  const ParameterViews views(parameters, of);
  const std::string prefix = kModernBertPrefix;
  return {.words = views.tensor(prefix + "embeddings.tok_embeddings.weight"),
          .embedding_norm = modernbert_norm(views, prefix + "embeddings.norm"),
          .final_norm = modernbert_norm(views, prefix + "final_norm"),
          .dense = views.linear({"head.dense"}),
          .dense_norm = modernbert_norm(views, "head.norm")};
}

ModernBertBlock modernbert_block(const Parameters& parameters, ParameterViews::Of of,
                                 int64_t layer) {
  const ParameterViews views(parameters, of, modernbert_layer(layer));
  return {.attention_norm = modernbert_norm(views, "attn_norm"),
          .mlp_norm = modernbert_norm(views, "mlp_norm"),
          .qkv = views.linear({"attn.Wqkv"}),
          .output = views.linear({"attn.Wo"}),
          .gate_up = views.linear({"mlp.Wi"}),
          .down = views.linear({"mlp.Wo"})};
}

}  // namespace laurel
