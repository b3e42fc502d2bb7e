// Spells tokens: those of byte-level vocabularies by their bytes, those of others by their text.
#include "application/rendered_row.h"

#include <algorithm>
#include <map>

namespace laurel {

namespace {

constexpr const char* kMark = " [pooled here] ";
constexpr const char* kMeanMark = " [pooled: the mean of all tokens] ";

// The bytes that the code points of GPT-2's byte-level vocabularies stand for.
const std::map<char32_t, char>& bytes_of_code_points() {
  static const std::map<char32_t, char> table = [] {
    std::map<char32_t, char> bytes;
    char32_t next = 256;
    for (int byte = 0; byte < 256; ++byte) {
      const bool itself = (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) ||
                          (byte >= 0xAE && byte <= 0xFF);
      bytes[itself ? static_cast<char32_t>(byte) : next++] = static_cast<char>(byte);
    }
    return bytes;
  }();
  return table;
}

std::string bytes_of(const std::string& token) {
  std::string bytes;
  for (size_t i = 0; i < token.size();) {
    const auto lead = static_cast<unsigned char>(token[i]);
    const size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    char32_t point = length == 1 ? lead : lead & (0xFF >> (length + 1));
    for (size_t k = 1; k < length && i + k < token.size(); ++k) {
      point = point << 6 | (static_cast<unsigned char>(token[i + k]) & 0x3F);
    }
    const auto found = bytes_of_code_points().find(point);
    if (found == bytes_of_code_points().end()) return token;
    bytes += found->second;
    i += length;
  }
  return bytes;
}

// SentencePiece writes a space as U+2581.
std::string with_spaces(std::string token) {
  constexpr std::string_view kSpace = "\xE2\x96\x81";
  for (size_t at = token.find(kSpace); at != token.npos; at = token.find(kSpace, at + 1)) {
    token.replace(at, kSpace.size(), " ");
  }
  return token;
}

bool is_byte_level(const Tokenizer& tokenizer) {
  return tokenizer.pipeline().dump().find("\"ByteLevel\"") != std::string::npos;
}

// WordPiece marks the pieces that continue a word.
std::string of_word_piece(const std::string& token) {
  return token.starts_with("##") ? token.substr(2) : " " + token;
}

std::string on_one_line(const std::string& text) {
  std::string line;
  for (const char c : text) line += c == '\n' ? std::string("\\n") : std::string(1, c);
  return line;
}

}  // namespace

std::string rendered_row(const Response& response, const Tokenizer& tokenizer) {
  const bool byte_level = is_byte_level(tokenizer);
  const bool word_piece = tokenizer.pipeline()["model"].value("type", "") == "WordPiece";
  const size_t count = response.ids.size();
  std::string text;
  for (size_t i = 0; i < count; ++i) {
    const int32_t id = response.ids[i];
    const std::string token = tokenizer.token_of(id).value_or("?");
    const bool added = std::ranges::find(tokenizer.added_tokens(), id, &AddedToken::id) !=
                       tokenizer.added_tokens().end();
    text += added        ? token
            : byte_level ? bytes_of(token)
            : word_piece ? of_word_piece(token)
                         : with_spaces(token);
    for (const PoolRange& range : response.positions) {
      if (range.end == static_cast<int32_t>(i) + 1)
        text += range.end - range.begin > 1 ? kMeanMark : kMark;
    }
  }
  return on_one_line(text);
}

}  // namespace laurel
