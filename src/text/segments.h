// Tokenises a response with segment labels: a segment's ids do not depend on what follows it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "text/tokenize.h"

namespace laurel {

// One response and the byte ranges of its segments: of the string, or of its last message's
// content. Ascending, disjoint, on code-point boundaries, each with more than white space.
struct SegmentedText {
  Text response;
  std::vector<ByteRange> segments;
  Json variables = Json::object();  // as in GroupText
};

struct TokenizedSegments {
  std::vector<int32_t> ids;
  std::vector<int32_t>
      ends;  // of each segment, from the beginning of ids: after its own last token
  bool contains_special_text = false;
  int64_t truncated_code_points = 0;
  std::vector<LostMessage> lost = {};  // as in TokenizedText
};

// The response is rendered after its prompt by the text rule, then cut at the end of each segment,
// and every piece is encoded by itself: ids[0, ends[k]) are the same whatever follows segment k,
// and no token holds parts of two segments. White space at a segment's end belongs to what follows
// it, because templates trim it at the end of a response. Beyond `limit`: nullopt, or by its cut
//   prompt_left     as tokenize_group does it
//   response_right  the last segments go, whole ones, with what follows them, and their `ends`
// Throws Error (data) as tokenize_text, and where the template changes the content beyond trimming
// it, or a segment becomes no token.
std::optional<TokenizedSegments> tokenize_segments(const TextProcessor& processor,
                                                   const TextRules& rules,
                                                   const std::optional<Text>& prompt,
                                                   const SegmentedText& text,
                                                   const LengthLimit& limit);

}  // namespace laurel
