// Tokenizer classes that transformers 5 rebuilds instead of reading tokenizer.json.
#pragma once

#include <optional>
#include <string>

#include "core/json.h"

namespace laurel {

// A warning if the class that tokenizer_config.json names gives transformers 5 another normalizer
// or pre-tokenizer than tokenizer.json holds: ids then differ.
// `pipeline` is what Tokenizer::pipeline gives.
std::optional<std::string> tokenizer_class_warning(const Json& tokenizer_config,
                                                   const Json& pipeline);

}  // namespace laurel
