// The layout of BERT's parameters, and a layer's views of them.
#include "model/families/bert/layout.h"

#include "core/str.h"

namespace laurel {

namespace {

void add_bert_norm(LayoutBuilder& layout, const std::string& name, int64_t width) {
  layout.vector(name + ".weight", width);
  layout.vector(name + ".bias", width);
}

void add_bert_linear(LayoutBuilder& layout, const std::string& name, int64_t rows,
                     int64_t columns) {
  layout.matrix(name + ".weight", rows, columns);
  layout.vector(name + ".bias", rows);
}

std::string bert_layer(const BertConfig& config, int64_t layer) {
  return str(bert_prefix(config), "encoder.layer.", layer, ".");
}

void add_bert_layer(LayoutBuilder& layout, const BertConfig& config, int64_t layer) {
  const std::string name = bert_layer(config, layer), self = name + "attention.self.";
  const int64_t width = config.hidden_size;
  constexpr auto kNext = Placement::contiguous_with_previous;
  layout.matrix(self + "query.weight", width, width);
  layout.matrix(self + "key.weight", width, width, kNext);
  layout.matrix(self + "value.weight", width, width, kNext);
  layout.vector(self + "query.bias", width);
  layout.vector(self + "key.bias", width, kNext);
  layout.vector(self + "value.bias", width, kNext);
  add_bert_linear(layout, name + "attention.output.dense", width, width);
  add_bert_norm(layout, name + "attention.output.LayerNorm", width);
  add_bert_linear(layout, name + "intermediate.dense", config.intermediate_size, width);
  add_bert_linear(layout, name + "output.dense", width, config.intermediate_size);
  add_bert_norm(layout, name + "output.LayerNorm", width);
}

LayerNorm bert_norm(const ParameterViews& views, const std::string& name) {
  return {views.tensor(name + ".weight"), views.tensor(name + ".bias")};
}

}  // namespace

std::string bert_prefix(const BertConfig& config) {
  return config.is_roberta() ? "roberta." : "bert.";
}

std::string bert_pooled_layer(const BertConfig& config) {
  return config.is_roberta() ? "classifier.dense" : "bert.pooler.dense";
}

Layout bert_layout(const BertConfig& config) {
  const std::string embeddings = bert_prefix(config) + "embeddings.";
  LayoutBuilder layout;
  layout.begin_block();
  layout.embedding(embeddings + "word_embeddings.weight", config.vocab_size, config.hidden_size);
  layout.matrix(embeddings + "position_embeddings.weight", config.position_rows,
                config.hidden_size);
  layout.matrix(embeddings + "token_type_embeddings.weight", config.token_types,
                config.hidden_size);
  add_bert_norm(layout, embeddings + "LayerNorm", config.hidden_size);
  for (int64_t layer = 0; layer < config.layers; ++layer) {
    layout.begin_block();
    add_bert_layer(layout, config, layer);
  }
  layout.begin_block();
  add_bert_linear(layout, bert_pooled_layer(config), config.hidden_size, config.hidden_size);
  return layout.finish();
}

BertEmbeddings bert_embeddings(const BertConfig& config, const Parameters& parameters,
                               ParameterViews::Of of) {
  const ParameterViews views(parameters, of, bert_prefix(config) + "embeddings.");
  return {.words = views.tensor("word_embeddings.weight"),
          .positions = views.tensor("position_embeddings.weight"),
          .types = views.tensor("token_type_embeddings.weight"),
          .norm = bert_norm(views, "LayerNorm")};
}

BertBlock bert_block(const BertConfig& config, const Parameters& parameters, ParameterViews::Of of,
                     int64_t layer) {
  const ParameterViews views(parameters, of, bert_layer(config, layer));
  return {
      .qkv = views.linear({"attention.self.query", "attention.self.key", "attention.self.value"}),
      .output = views.linear({"attention.output.dense"}),
      .attention_norm = bert_norm(views, "attention.output.LayerNorm"),
      .intermediate = views.linear({"intermediate.dense"}),
      .down = views.linear({"output.dense"}),
      .output_norm = bert_norm(views, "output.LayerNorm")};
}

}  // namespace laurel
