// The flat parameters of BERT, RoBERTa and XLM-RoBERTa, and views of them.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

#include "model/families/bert/config.h"
#include "model/parameter_views.h"
#include "model/parameters.h"
#include "ops/layer_norm.h"
#include "ops/linear.h"

namespace laurel {

// "bert." or "roberta."
std::string bert_prefix(const BertConfig& config);

// The linear map behind the pooling, with tanh: "bert.pooler.dense" or "classifier.dense".
std::string bert_pooled_layer(const BertConfig& config);

// Block 0: embeddings; blocks 1 .. layers: the layers; the last block: the map behind the pooling.
Layout bert_layout(const BertConfig& config);

struct BertEmbeddings {
  at::Tensor words, positions, types;  // (V, D), (rows, D), (types, D)
  LayerNorm norm;
};
BertEmbeddings bert_embeddings(const BertConfig& config, const Parameters& parameters,
                               ParameterViews::Of of);

// One layer's views of the parameters: weights, or gradients in the same places.
struct BertBlock {
  Linear qkv;     // (3 D, D), rows q, k, v
  Linear output;  // (D, D)
  LayerNorm attention_norm;
  Linear intermediate;  // (I, D)
  Linear down;          // (D, I)
  LayerNorm output_norm;
};
BertBlock bert_block(const BertConfig& config, const Parameters& parameters, ParameterViews::Of of,
                     int64_t layer);

}  // namespace laurel
