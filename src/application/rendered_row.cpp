// Spells a row's tokens and marks those that are pooled.
#include "application/rendered_row.h"

#include "text/token_text.h"

namespace laurel {

namespace {

constexpr const char* kMark = " [pooled here] ";
constexpr const char* kMeanMark = " [pooled: the mean of all tokens] ";

std::string on_one_line(const std::string& text) {
  std::string line;
  for (const char c : text) line += c == '\n' ? std::string("\\n") : std::string(1, c);
  return line;
}

}  // namespace

std::string rendered_row(const Response& response, const Tokenizer& tokenizer) {
  const TokenText text_of(tokenizer);
  std::string text;
  for (size_t i = 0; i < response.ids.size(); ++i) {
    text += text_of(response.ids[i]);
    for (const PoolRange& range : response.positions) {
      if (range.end == static_cast<int32_t>(i) + 1)
        text += range.end - range.begin > 1 ? kMeanMark : kMark;
    }
  }
  return on_one_line(text);
}

}  // namespace laurel
