// Reads the config.json of BERT, RoBERTa and XLM-RoBERTa; what is not computed exactly is an error.
#include "model/families/bert/config.h"

#include <algorithm>

#include "core/str.h"
#include "model/config_reader.h"

namespace laurel {

namespace {

// Options that would change the model's results in a way this family does not compute.
void refuse_other_berts(const ConfigReader& config) {
  config.check(!config.has("quantization_config"), "quantization_config",
               "none: weights must be fp32, bf16 or fp16");
  config.check(config.text("hidden_act", "gelu") == "gelu", "hidden_act", "\"gelu\"");
  config.check(config.text("position_embedding_type", "absolute") == "absolute",
               "position_embedding_type", "\"absolute\"");
  config.check(!config.boolean("is_decoder", false), "is_decoder", "false");
  config.check(!config.boolean("add_cross_attention", false), "add_cross_attention", "false");
}

void read_bert_sizes(const ConfigReader& config, BertConfig& out) {
  const auto size = [&](std::string_view key, int64_t absent, int64_t most) {
    const int64_t value = config.integer(key, absent);
    config.check(value >= 1 && value <= most, key, str("an integer from 1 to ", most));
    return value;
  };
  out.vocab_size = size("vocab_size", out.model_type == "roberta" ? 50265 : 30522, 1 << 24);
  out.hidden_size = size("hidden_size", 768, 1 << 17);
  out.intermediate_size = size("intermediate_size", 3072, 1 << 20);
  out.layers = size("num_hidden_layers", 12, 512);
  out.heads = size("num_attention_heads", 12, 1024);
  out.position_rows = size("max_position_embeddings", 512, 1 << 24);
  out.token_types = size("type_vocab_size", 2, 1 << 16);
  config.check(out.hidden_size % out.heads == 0 && out.head_dim() <= 1024, "hidden_size",
               str("a multiple of \"num_attention_heads\", ", out.heads,
                   ", and at most 1024 times "
                   "it"));
}

// A null pad token is none; an absent one that of the class.
void read_bert_pad(const ConfigReader& config, BertConfig& out) {
  const bool none = config.contains("pad_token_id") && !config.has("pad_token_id");
  if (none) {
    config.check(!out.is_roberta(), "pad_token_id", "a token: positions begin after its number");
    return;
  }
  const int64_t pad = config.integer("pad_token_id", out.is_roberta() ? 1 : 0);
  config.check(pad >= 0 && pad < out.vocab_size, "pad_token_id",
               str("a token, 0 to ", out.vocab_size - 1));
  config.check(!out.is_roberta() || pad + 1 < out.position_rows, "pad_token_id",
               str("less than \"max_position_embeddings\" - 1, ", out.position_rows - 1,
                   ": positions begin after its number"));
  out.pad_id = static_cast<int32_t>(pad);
}

double read_bert_dropout(const ConfigReader& config) {
  const double hidden = config.number("hidden_dropout_prob", 0.1);
  return std::max({hidden, config.number("attention_probs_dropout_prob", 0.1),
                   config.number("classifier_dropout", hidden)});
}

}  // namespace

std::vector<std::string> bert_model_types() { return {"bert", "roberta", "xlm-roberta"}; }

BertConfig bert_config(const Json& json, const std::string& where) {
  const ConfigReader config(json, where);
  BertConfig out;
  out.model_type = config.text("model_type");
  refuse_other_berts(config);
  read_bert_sizes(config, out);
  read_bert_pad(config, out);
  out.layer_norm_eps = config.number("layer_norm_eps", 1e-12);
  config.check(out.layer_norm_eps > 0 && out.layer_norm_eps < 1, "layer_norm_eps",
               "a number between 0 and 1");
  out.initializer_range = config.number("initializer_range", 0.02);
  config.check(out.initializer_range >= 0 && out.initializer_range <= 10, "initializer_range",
               "a number from 0 to 10");
  out.dropout = read_bert_dropout(config);
  return out;
}

}  // namespace laurel
