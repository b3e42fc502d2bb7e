// Written text as the tokenizer gets it, and its ids, whole or in pieces.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "text/written.h"

namespace laurel {

struct Rendered {
  std::string text;
  std::vector<ByteRange> ordinary = {};  // special text that becomes ordinary characters
  bool contains_special_text = false;    // contents spelled a special token
};

// chat: what the template makes of the messages. plain: prompt, response and the end of sequence.
Rendered render_written(const TextFolder& folder, SpecialText special_text, const Written& written);

struct PieceIds {
  std::vector<int32_t> ids;
  std::vector<int32_t> ends;  // for each cut, the number of ids before it
};

// The text cut at `cuts` (byte offsets on code-point borders, ascending), each piece encoded by
// itself, so that ids before a cut do not depend on what follows it. The plain rule puts the
// tokenizer's own special tokens around the whole. Throws Error (data) if there is no token.
PieceIds encode_pieces(const TextFolder& folder, TextRule rule, const Rendered& rendered,
                       std::span<const size_t> cuts);

}  // namespace laurel
