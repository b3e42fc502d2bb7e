// Reads named, extra and added tokens in transformers' order.
#include "text/named_tokens.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <set>

#include "core/str.h"

namespace laurel {

namespace {

// A token as a string or as {"content": ..., flags}; nullopt for anything else.
std::optional<NewToken> token_of(const Json& value) {
  if (value.is_string()) return NewToken{.text = value.get<std::string>()};
  if (!value.is_object() || !value.contains("content")) return std::nullopt;
  const bool special = value.value("special", false);
  return NewToken{.text = value["content"].get<std::string>(),
                  .special = special,
                  .normalized = value.value("normalized", !special),
                  .lstrip = value.value("lstrip", false),
                  .rstrip = value.value("rstrip", false),
                  .single_word = value.value("single_word", false)};
}

constexpr std::array kStandard{"bos_token", "eos_token", "unk_token", "sep_token",
                               "pad_token", "cls_token", "mask_token"};

// Every "..._token" that names a token: the standard ones and those of this model.
void read_named(const Json& json, NamedTokens& tokens) {
  for (const auto& [name, value] : json.items()) {
    if (!name.ends_with("_token")) continue;
    auto token = token_of(value);
    if (!token) continue;
    token->special = true;
    tokens.named.insert_or_assign(name, *token);
  }
}

void read_extra(const Json& json, NamedTokens& tokens) {
  for (const char* name : {"extra_special_tokens", "additional_special_tokens"}) {
    const auto list = json.find(name);
    if (list == json.end() || list->empty()) continue;
    for (const auto& [key, value] : list->items()) {
      auto token = token_of(value);
      if (!token) continue;
      token->special = true;
      if (list->is_object()) tokens.named.insert_or_assign(key, *token);
      tokens.extra.push_back(*token);
    }
    return;
  }
}

// Only where no other name of the file's own is a token: transformers replaces them by those.
void read_model_specific(const Json& json, NamedTokens& tokens) {
  const auto own = json.find("model_specific_special_tokens");
  if (own == json.end() || !own->is_object()) return;
  for (const auto& [name, value] : json.items()) {
    const bool is_standard = std::ranges::find(kStandard, name) != kStandard.end();
    if (name.ends_with("_token") && !is_standard && value.is_string()) return;
  }
  const auto extra = json.find("extra_special_tokens");
  if (extra != json.end() && extra->is_object() && !extra->empty()) return;
  for (const auto& [name, value] : own->items()) {
    auto token = token_of(value);
    if (!token) continue;
    token->special = true;
    tokens.named.insert_or_assign(name, *token);
  }
}

int64_t id_of(const std::string& digits) {
  int64_t id = 0;
  const char* const end = digits.data() + digits.size();
  const auto [last, error] = std::from_chars(digits.data(), end, id);
  if (error == std::errc() && last == end) return id;
  throw Json::other_error::create(501, str("\"", digits, "\" is no id"), nullptr);
}

void read_added_decoder(const Json& json, NamedTokens& tokens) {
  const auto decoder = json.find("added_tokens_decoder");
  if (decoder == json.end() || !decoder->is_object()) return;
  std::map<int64_t, NewToken> by_id;
  for (const auto& [id, value] : decoder->items()) {
    if (auto token = token_of(value)) by_id.insert_or_assign(id_of(id), *token);
  }
  for (auto& [id, token] : by_id) {
    token.replace = true;
    for (auto& [name, named] : tokens.named) {
      if (named.text != token.text) continue;
      token.special = true;
      named = token;
    }
    tokens.added.push_back(token);
  }
}

// added_tokens.json of older folders, {"text": id}; ids that tokenizer.json has are its own. A
// token gets the next id, whatever the file says, as in transformers.
void read_added_json(const TokenFiles& files, const Tokenizer& tokenizer, NamedTokens& tokens) {
  if (files.tokenizer_config.contains("added_tokens_decoder")) return;
  std::set<int64_t> taken;
  std::map<std::string, int64_t> present;
  std::set<std::string> special;
  for (const AddedToken& token : tokenizer.added_tokens()) {
    taken.insert(token.id);
    present[token.text] = token.id;
  }
  for (const auto& [name, token] : tokens.named) special.insert(token.text);
  for (const NewToken& token : tokens.extra) special.insert(token.text);
  std::map<int64_t, std::string> by_id;
  for (const auto& [text, id] : files.added_tokens.items()) by_id[id.get<int64_t>()] = text;
  std::vector<NewToken> added;
  for (const auto& [id, text] : by_id) {
    const auto known = present.find(text);
    if (taken.contains(id) || (known != present.end() && id < known->second)) continue;
    const bool is_special = special.contains(text);
    added.push_back(
        {.text = text, .special = is_special, .normalized = !is_special, .replace = true});
  }
  tokens.added.insert(tokens.added.begin(), added.begin(), added.end());
}

using Names = std::map<std::string, std::string>;

const std::map<std::string, Names>& tokens_of_classes() {
  static const Names angle_tokens = {{"bos_token", "<s>"},   {"cls_token", "<s>"},
                                     {"eos_token", "</s>"},  {"mask_token", "<mask>"},
                                     {"pad_token", "<pad>"}, {"sep_token", "</s>"},
                                     {"unk_token", "<unk>"}};
  static const std::map<std::string, Names> classes = {
      {"LlamaTokenizer", {{"bos_token", "<s>"}, {"eos_token", "</s>"}, {"unk_token", "<unk>"}}},
      {"Qwen2Tokenizer",
       {{"eos_token", "<|endoftext|>"},
        {"pad_token", "<|endoftext|>"},
        {"unk_token", "<|endoftext|>"}}},
      {"GPT2Tokenizer",
       {{"bos_token", "<|endoftext|>"},
        {"eos_token", "<|endoftext|>"},
        {"unk_token", "<|endoftext|>"}}},
      {"GPTNeoXTokenizer",
       {{"bos_token", "<|endoftext|>"},
        {"eos_token", "<|endoftext|>"},
        {"pad_token", "<|padding|>"},
        {"unk_token", "<|endoftext|>"}}},
      {"CohereTokenizer",
       {{"bos_token", "<BOS_TOKEN>"},
        {"cls_token", "<CLS>"},
        {"eos_token", "<|END_OF_TURN_TOKEN|>"},
        {"mask_token", "<MASK_TOKEN>"},
        {"pad_token", "<PAD>"},
        {"sep_token", "<SEP>"},
        {"unk_token", "<UNK>"}}},
      {"BertTokenizer",
       {{"cls_token", "[CLS]"},
        {"mask_token", "[MASK]"},
        {"pad_token", "[PAD]"},
        {"sep_token", "[SEP]"},
        {"unk_token", "[UNK]"}}},
      {"RobertaTokenizer", angle_tokens},
      {"XLMRobertaTokenizer", angle_tokens},
      {"GemmaTokenizer",
       {{"bos_token", "<bos>"},
        {"eos_token", "<eos>"},
        {"mask_token", "<mask>"},
        {"pad_token", "<pad>"},
        {"unk_token", "<unk>"}}}};
  return classes;
}

// What a class adds to a config that does not name its tokens (transformers' defaults).
void add_class_defaults(const Json& config, const std::string& class_name,
                        const Tokenizer& tokenizer, NamedTokens& tokens) {
  const auto found = tokens_of_classes().find(class_name);
  if (found == tokens_of_classes().end()) return;
  for (const auto& [key, text] : found->second) {
    const bool known = tokenizer.id_of(text).has_value();
    if (known && !config.contains(key)) tokens.named.insert({key, NewToken{.text = text}});
  }
}

// The standard names in transformers' order, then those of this model.
std::vector<std::pair<std::string, NewToken>> in_order(std::map<std::string, NewToken> named) {
  std::vector<std::pair<std::string, NewToken>> ordered;
  for (const char* name : kStandard) {
    if (auto found = named.extract(name)) ordered.emplace_back(name, found.mapped());
  }
  ordered.insert(ordered.end(), named.begin(), named.end());
  return ordered;
}

// The class adds its special tokens once more, with plain flags.
void add_again(NamedTokens& tokens) {
  std::vector<NewToken> again = tokens.extra;
  for (const auto& [name, token] : tokens.named) again.push_back(token);
  for (const NewToken& token : again) {
    tokens.added.push_back({.text = token.text, .replace = true});
  }
}

}  // namespace

NamedTokens read_named_tokens(const TokenFiles& files, const Tokenizer& tokenizer,
                              const std::string& class_name) {
  const Json& config = files.tokenizer_config;
  NamedTokens tokens;
  read_named(config, tokens);
  read_model_specific(config, tokens);
  const bool has_decoder = config.contains("added_tokens_decoder");
  const Json map = has_decoder ? Json::object() : files.special_tokens_map;
  read_named(map, tokens);
  add_class_defaults(config, class_name, tokenizer, tokens);
  read_added_decoder(config, tokens);
  if (const auto pad = tokenizer.pad_token(); pad && !config.contains("pad_token")) {
    tokens.named.insert({"pad_token", NewToken{.text = *pad}});
  }
  for (const auto& [name, token] : in_order(tokens.named)) tokens.added.push_back(token);
  read_extra(config, tokens);
  read_extra(map, tokens);
  tokens.added.insert(tokens.added.end(), tokens.extra.begin(), tokens.extra.end());
  read_added_json(files, tokenizer, tokens);
  if (class_name == "Qwen2Tokenizer") add_again(tokens);
  return tokens;
}

}  // namespace laurel
