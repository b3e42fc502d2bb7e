// TextProcessor: tokenizer, special tokens and chat template of a Hugging Face model folder.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "text/chat_template.h"
#include "text/tokenizer.h"

namespace laurel {

struct SpecialToken {
  std::string text;
  int32_t id;
};

struct TextProcessor {
  Tokenizer tokenizer;
  std::optional<ChatTemplate> chat_template = std::nullopt;
  std::optional<SpecialToken> bos = std::nullopt, eos = std::nullopt;
  std::optional<SpecialToken> pad = std::nullopt, unk = std::nullopt;
  std::vector<std::string> warnings = {};  // to be printed once
  std::string identity = {};  // SHA-256 of all that it was made from: equal means equal ids
};

// Reads tokenizer.json (required), tokenizer_config.json, special_tokens_map.json and
// chat_template.jinja, which wins over the template in tokenizer_config.json. The post-processor of
// tokenizer.json alone decides what is added to a text: add_bos_token and add_eos_token are
// ignored, as transformers 5 does. Throws Error (model).
TextProcessor load_text_processor(const std::filesystem::path& folder,
                                  const TemplateOptions& options = {});

}  // namespace laurel
