// The text that tokens spell.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "text/tokenizer.h"

namespace laurel {

// Special tokens are spelled by their names, all others by their bytes; text need not be UTF-8 where
// a token ends within a character. The tokenizer outlives this.
class TokenText {
 public:
  explicit TokenText(const Tokenizer& tokenizer);

  std::string operator()(int32_t id) const;
  std::string operator()(std::span<const int32_t> ids) const;
  // Without the special tokens.
  std::string without_special(std::span<const int32_t> ids) const;

 private:
  const AddedToken* added(int32_t id) const;  // nullptr: it is none

  const Tokenizer& tokenizer_;
  bool byte_level_, word_piece_;
};

}  // namespace laurel
