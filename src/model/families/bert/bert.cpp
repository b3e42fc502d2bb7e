// BERT's answers: names, sizes and memory; embeddings, blocks and the map behind the pooling.
#include "model/families/bert/bert.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cumsum.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/zeros_like.h>

#include "core/str.h"
#include "model/attention_memory.h"
#include "model/block_parts.h"
#include "model/position_pooling.h"
#include "ops/embedding.h"

namespace laurel {

namespace {

std::string bert_classifier(const std::string& model_type) {
  if (model_type == "bert") return "BertForSequenceClassification";
  if (model_type == "roberta") return "RobertaForSequenceClassification";
  TORCH_INTERNAL_ASSERT(model_type == "xlm-roberta");
  return "XLMRobertaForSequenceClassification";
}

// RoBERTa's positions, from those of tokens in their rows, which share no prefix: token t, if it is
// not the pad token, has the pad token's number plus how many of its row up to it are not; the pad
// token has its own number.
at::Tensor roberta_positions(const WorkerTokens& tokens, int64_t pad) {
  const at::Tensor counts = tokens.ids.ne(pad).to(at::kInt);
  const at::Tensor before = at::cumsum(counts, 0, at::kInt) - counts;  // in all rows
  const at::Tensor place = at::cumsum(at::ones_like(counts), 0, at::kInt) - 1;
  const at::Tensor first_of_row = place - tokens.position_ids;
  const at::Tensor in_row = before - before.index_select(0, first_of_row) + 1;
  return in_row * counts + pad;
}

// The map behind the pooling, in the type that the features are computed in.
Linear pooled_layer(const BertConfig& config, const Parameters& parameters, at::ScalarType type) {
  const Linear layer = weights_of(parameters).linear({bert_pooled_layer(config)});
  return {layer.weight.to(type), layer.bias.to(type)};
}

// One layer's weights, with what its adapters drop in this pass.
BertBlock bert_weights(const BertConfig& config, const BlockPass& pass,
                       const Parameters& parameters) {
  BertBlock block = bert_block(config, parameters, ParameterViews::Of::weights, pass.layer);
  set_adapter_dropout(pass, block.qkv, {&block.output, &block.intermediate, &block.down});
  return block;
}

}  // namespace

BackboneInfo Bert::info() const {
  const std::string layer = bert_pooled_layer(config), head = "classifier.out_proj";
  return {.classifier_class = bert_classifier(config.model_type),
          .tensor_prefix = bert_prefix(config),
          .head = config.is_roberta() ? HeadNames{head + ".weight", head + ".bias"}
                                      : HeadNames{"classifier.weight", "classifier.bias"},
          .head_has_bias = true,
          .hidden_size = config.hidden_size,
          .vocab_size = config.vocab_size,
          .layers = config.layers,
          .max_positions = config.max_positions(),
          .learned_positions = true,
          .pooling = {.rule = PoolingRule::first,
                      .causal = false,
                      .token_types = static_cast<int32_t>(config.token_types)},
          .pooled_layers = {layer + ".weight", layer + ".bias"},
          .initializer_range = config.initializer_range,
          .dropout = config.dropout,
          .dropout_places = {.embedding = true,
                             .pooled = config.is_roberta(),
                             .features = true,
                             .text = config.is_roberta()
                                         ? "the embedding, attention probabilities, the output of "
                                           "attention and MLP, and what dense layer and head take"
                                         : "the embedding, attention probabilities, the output of "
                                           "attention and MLP, and what the head takes"}};
}

bool Bert::is_ignored_tensor(std::string_view name) const {
  const bool other_head = name.starts_with("cls.") || name.starts_with("lm_head.");
  const bool other_pooler =
      config.is_roberta() && (name.starts_with("pooler.") || name.starts_with("roberta.pooler."));
  return other_head || other_pooler || name.ends_with("embeddings.position_ids");
}

std::optional<std::string> Bert::older_name(std::string_view name) {
  for (const auto& [now, then] : {std::pair("LayerNorm.weight", "LayerNorm.gamma"),
                                  std::pair("LayerNorm.bias", "LayerNorm.beta")}) {
    if (!name.ends_with(now)) continue;
    return str(name.substr(0, name.size() - std::string_view(now).size()), then);
  }
  return std::nullopt;
}

ActivationBytes Bert::activation_bytes(const MemoryShape& shape, Recompute recompute) const {
  const int64_t d = config.hidden_size, wide = config.intermediate_size,
                layers = kept_layers(shape, config.layers);
  const int64_t saved = recompute == Recompute::none      ? layers * (7 * d + wide)
                        : recompute == Recompute::gate_up ? layers * 7 * d + wide
                                                          : layers * d + 6 * d + wide;
  const int64_t working = 10 * d + 4 * wide, scoring = 8 * d + 2 * wide;
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

void Bert::embed(const WorkerTokens& tokens, const Parameters& parameters, SavedEmbedding& saved,
                 const at::Tensor& out) const {
  const BertEmbeddings tables = bert_embeddings(config, parameters, ParameterViews::Of::weights);
  saved.positions =
      config.is_roberta() ? roberta_positions(tokens, *config.pad_id) : tokens.position_ids;
  saved.types = tokens.token_types.defined() ? tokens.token_types : at::zeros_like(tokens.ids);
  const at::Tensor sum = saved.sum.take(out.sizes(), out.options());
  embedding_forward(tokens.ids, tables.words, sum);
  embedding_add_forward(saved.types, tables.types, sum);
  embedding_add_forward(saved.positions, tables.positions, sum);
  layer_norm_forward(sum, tables.norm, config.layer_norm_eps, out,
                     saved.norm.take(sum.size(0), sum.options()));
}

void Bert::embed_backward(const at::Tensor& grad, const WorkerTokens& tokens,
                          const Parameters& parameters, SavedEmbedding& saved) const {
  const BertEmbeddings gradient =
      bert_embeddings(config, parameters, ParameterViews::Of::gradients);
  const BertEmbeddings tables = bert_embeddings(config, parameters, ParameterViews::Of::weights);
  layer_norm_backward(grad, saved.sum.get(), saved.norm.get(), tables.norm.weight, grad,
                      gradient.norm, WriteMode::overwrite);
  const auto add = [&](const at::Tensor& ids, const at::Tensor& table) {
    if (table.defined()) embedding_backward(grad, ids, table);
  };
  add(tokens.ids, gradient.words);
  add(saved.types, gradient.types);
  add(saved.positions, gradient.positions);
  if (!config.pad_id) return;  // transformers trains no row of the pad token
  if (gradient.words.defined()) gradient.words[*config.pad_id].zero_();
  if (config.is_roberta() && gradient.positions.defined()) {
    gradient.positions[*config.pad_id].zero_();
  }
}

void Bert::block_forward(const BlockPass& pass, const Parameters& parameters, const Memory& memory,
                         const at::Tensor& output) const {
  bert_block_forward({pass, config, memory.scratch}, bert_weights(config, pass, parameters),
                     memory.saved, output);
}

void Bert::block_backward(const BlockPass& pass, const Parameters& parameters, const Memory& memory,
                          const at::Tensor& grad_output, const at::Tensor& grad_input) const {
  bert_block_backward({pass, config, memory.scratch}, bert_weights(config, pass, parameters),
                      memory.saved,
                      bert_block(config, parameters, ParameterViews::Of::gradients, pass.layer),
                      grad_output, grad_input);
}

at::Tensor Bert::features_forward(const at::Tensor& hidden, const TokenBatch& tokens,
                                  const Parameters& parameters, const at::TensorOptions& type,
                                  SavedFeatures& saved) const {
  const auto scalar = c10::typeMetaToScalarType(type.dtype());
  const std::vector<int64_t> shape{tokens.pool_begin.size(0), hidden.size(1)};
  const at::Tensor pooled = saved.pooled.take(shape, type);
  at::Tensor features = saved.features.take(shape, type);
  pool_forward(hidden.to(scalar), tokens, pooled);
  linear_forward(pooled, pooled_layer(config, parameters, scalar), features);
  return features.tanh_();
}

void Bert::features_backward(const at::Tensor& grad, const TokenBatch& tokens,
                             const Parameters& parameters, SavedFeatures& saved,
                             const at::Tensor& grad_hidden) const {
  const Linear layer = pooled_layer(config, parameters, grad.scalar_type());
  const at::Tensor features = saved.features.get();
  grad.mul_(1 - features * features);
  linear_backward_weight(grad, saved.pooled.get(), layer,
                         gradients_of(parameters).linear({bert_pooled_layer(config)}));
  const at::Tensor grad_pooled = saved.grad.take(grad.sizes(), grad.options());
  linear_backward_input(grad, layer, grad_pooled);
  pool_backward(grad_pooled, tokens, grad_hidden);
}

}  // namespace laurel
