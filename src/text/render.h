// Renders a dialogue to the string that is tokenised, and tokenises it, whole or in pieces.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "text/dialogue.h"

namespace laurel {

struct RenderedText {
  std::string text;
  std::vector<ByteRange> ordinary = {};  // special text that becomes ordinary characters
  bool contains_special_text = false;    // contents spelled a special token
};

// chat: what the template makes of the messages. plain: prompt, response and the end of sequence.
// rendered: prompt and response.
RenderedText render_dialogue(const TextProcessor& processor, SpecialText special_text,
                             const Dialogue& dialogue);

struct TokenizedPieces {
  std::vector<int32_t> ids;
  std::vector<int32_t> ends;  // for each cut, the number of ids before it
};

// The text cut at `cuts` (byte offsets on code-point boundaries, ascending), each piece encoded by
// itself, so that ids before a cut do not depend on what follows it. The plain rule puts the
// tokenizer's own special tokens around the whole. Throws Error (data) if there is no token.
TokenizedPieces tokenize_pieces(const TextProcessor& processor, TextRule rule,
                                const RenderedText& rendered, std::span<const size_t> cuts);

}  // namespace laurel
