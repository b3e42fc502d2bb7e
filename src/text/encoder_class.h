// The tokenizer classes of BERT, RoBERTa and XLM-R: what they build, whatever tokenizer.json says.
#pragma once

#include <optional>
#include <string>

#include "core/json.h"
#include "text/tokenizer_class.h"

namespace laurel {

// As class_parts; none for another class. Throws Error (model) where a token that the class puts
// around a text has no id.
std::optional<Json> encoder_class_parts(const std::string& name, const TokenizerFolder& folder,
                                        const Tokenizer& tokenizer, const std::string& where);

}  // namespace laurel
