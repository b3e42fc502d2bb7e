// The architecture of BERT, RoBERTa and XLM-RoBERTa, from a Hugging Face config.json.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"

namespace laurel {

struct BertConfig {
  std::string model_type;  // bert, roberta, xlm-roberta
  int64_t vocab_size = 0, hidden_size = 0, intermediate_size = 0, layers = 0, heads = 0;
  int64_t position_rows = 0;      // of the table of positions: max_position_embeddings
  int64_t token_types = 1;        // rows of the table of token types
  std::optional<int32_t> pad_id;  // a token whose embedding is not trained
  double layer_norm_eps = 1e-12;
  double initializer_range = 0.02;  // standard deviation of new matrices
  double dropout = 0;               // the largest that it asks for; not applied

  int64_t head_dim() const { return hidden_size / heads; }

  // Positions count the tokens that are not the pad token and begin after its number; the layers
  // behind the pooling are the classifier's own, not a pooler of the backbone.
  bool is_roberta() const { return model_type != "bert"; }

  // Tokens of the longest row.
  int64_t max_positions() const {
    return is_roberta() ? position_rows - *pad_id - 1 : position_rows;
  }
};

std::vector<std::string> bert_model_types();

// `where` names the file in messages. `model_type` is one of these. Throws Error (model), naming
// the key, for a decoder, another activation than the exact GELU, relative positions, and for
// missing, mistyped or impossible values. Keys that may be absent take the defaults of the class in
// transformers 5.23.
BertConfig bert_config(const Json& config, const std::string& where);

}  // namespace laurel
