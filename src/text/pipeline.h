// The pipeline that makes ids of a folder's texts: tokenizer.json's, or that of a tokenizer class.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "text/tokenizer.h"
#include "text/tokenizer_class.h"

namespace laurel {

struct Pipeline {
  Tokenizer tokenizer;
  std::string class_name;                   // that transformers chooses; empty: TokenizersBackend
  std::optional<std::string> rebuilt_json;  // a tokenizer.json with the class's parts
  Json parts;                               // of the class, where they were taken; else null
  bool class_differs = false;               // tokenizer.json was followed, and the class differs
  bool auto_tokenizer = true;  // AutoTokenizer can be told to follow tokenizer.json where need be
  std::vector<std::string> warnings;
};

// config.json of the folder; an empty object where there is none or it is no object.
Json read_config_json(const std::filesystem::path& folder);

// `json`: the folder's tokenizer.json. Throws Error (model).
Pipeline choose_pipeline(const std::filesystem::path& folder, const std::string& json,
                         const TokenizerFolder& about, TokenizerRule rule);

}  // namespace laurel
