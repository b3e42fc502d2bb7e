// The tokens that tokenizer_config.json and its older companions name, as in transformers 5.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/json.h"
#include "text/tokenizer.h"

namespace laurel {

// Empty objects where the folder has no such file.
struct TokenFiles {
  Json tokenizer_config, special_tokens_map, added_tokens;
};

struct NamedTokens {
  std::map<std::string, NewToken> named;  // "bos_token" -> token
  std::vector<NewToken> extra;            // special tokens without a name
  std::vector<NewToken> added;            // all, in the order in which they are added
};

// `class_name` is what tokenizer_class gives: some classes name tokens themselves. Throws
// Json::exception for a field of another type than transformers writes.
NamedTokens read_named_tokens(const TokenFiles& files, const Tokenizer& tokenizer,
                              const std::string& class_name);

}  // namespace laurel
