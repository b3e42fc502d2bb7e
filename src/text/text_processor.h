// TextProcessor: tokenizer, special tokens and chat template of a Hugging Face model folder.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "text/chat_template.h"
#include "text/tokenizer.h"
#include "text/tokenizer_class.h"

namespace laurel {

struct SpecialToken {
  std::string text;
  int32_t id;
};

struct TextProcessor {
  Tokenizer tokenizer;
  std::optional<ChatTemplate> chat_template = std::nullopt;
  std::optional<ChatTemplate> tool_template = std::nullopt;  // of dialogues with tools, where named
  std::optional<SpecialToken> bos = std::nullopt, eos = std::nullopt;
  std::optional<SpecialToken> pad = std::nullopt, unk = std::nullopt;
  std::vector<std::string> warnings = {};                    // to be printed once
  std::optional<std::string> given_template = std::nullopt;  // of TemplateOptions, its text
  std::string identity = {};  // SHA-256 of all that it was made from: equal means equal ids
  // The text of a tokenizer.json with the pipeline that was used, where that is not the folder's.
  std::optional<std::string> tokenizer_json = std::nullopt;
  std::string tokenizer_class = {};  // that transformers chooses; empty: TokenizersBackend
  bool class_differs = false;        // the pipeline is tokenizer.json's, this class builds another
  bool auto_tokenizer = true;        // AutoTokenizer gives these ids on what is saved
  bool has_token_types = true;       // transformers hands the model the tokenizer's token types
};

// Reads tokenizer.json (required), tokenizer_config.json, special_tokens_map.json,
// added_tokens.json and chat_template.jinja, which wins over the template in tokenizer_config.json;
// of config.json, which may lie in another folder (an adapter's base), what chooses the tokenizer
// class. The pipeline is that of this class, or under
// TokenizerRule::file that of tokenizer.json. The post-processor of tokenizer.json alone decides what is added to a text
// (GPTNeoXTokenizer drops it): add_bos_token and add_eos_token are ignored, as transformers 5 does.
// Throws Error (model), also for a class that laurel does not know, by its name.
TextProcessor load_text_processor(const std::filesystem::path& folder,
                                  const TemplateOptions& options = {},
                                  TokenizerRule rule = TokenizerRule::transformers,
                                  const std::filesystem::path& config_folder = {});

}  // namespace laurel
