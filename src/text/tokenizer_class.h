// The class of transformers 5.23 that tokenises a folder, and what it builds itself.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "text/tokenizer.h"

namespace laurel {

// Whose pipeline makes ids: transformers chooses a class by model_type and tokenizer_class, and
// some classes build normalizer, pre_tokenizer and model options themselves, whatever
// tokenizer.json says.
enum class TokenizerRule { transformers, file };
constexpr auto enum_names(TokenizerRule) { return std::array{"transformers", "file"}; }

// The name under which every version of transformers follows tokenizer.json.
constexpr const char* kFollowingClass = "PreTrainedTokenizerFast";

// What AutoTokenizer looks at.
struct TokenizerFolder {
  Json config;            // config.json; an empty object where there is none
  Json tokenizer_config;  // tokenizer_config.json, likewise
  bool byte_level;        // tokenizer.json has the text "ByteLevel" in it
};

// Empty: TokenizersBackend, which follows tokenizer.json.
std::string tokenizer_class(const TokenizerFolder& folder);

// The parts of tokenizer.json that the class builds: "normalizer", "pre_tokenizer", "decoder",
// "model" (its options), and with some "post_processor". `tokenizer` is that of tokenizer.json, of
// which some classes take ids and tables. Throws Error (model) that starts with `where` for a class
// that laurel does not know, and for options that it refuses.
Json class_parts(const std::string& name, const TokenizerFolder& folder, const Tokenizer& tokenizer,
                 const std::string& where);

// Whether transformers hands token types to the model: "model_input_names" of
// tokenizer_config.json says so, or else the class.
bool class_has_token_types(const std::string& name, const TokenizerFolder& folder);

// What the builders of parts read of tokenizer_config.json: true or false, none for null; and a
// token's text. `refuse_tokenizer` throws Error (model): "WHERE: found FOUND, WHY; set ...".
std::optional<bool> class_flag(const TokenizerFolder& folder, const char* name,
                               const std::string& where);
std::string named_token(const TokenizerFolder& folder, const char* name, const char* otherwise);
[[noreturn]] void refuse_tokenizer(const std::string& where, const std::string& found,
                                   const std::string& why);

// Names of the parts in which ids can differ. `pipeline` is what Tokenizer::pipeline gives.
std::vector<std::string> differing_parts(const Json& pipeline, const Json& parts);

// Names without "Fast" of the classes of transformers that are not TokenizersBackend itself.
bool is_own_class(const std::string& name);

}  // namespace laurel
