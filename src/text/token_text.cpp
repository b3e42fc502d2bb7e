// Spells tokens: those of byte-level vocabularies by their bytes, those of others by their text.
#include "text/token_text.h"

#include <algorithm>
#include <charconv>
#include <map>

namespace laurel {

namespace {

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

// SentencePiece writes a space as U+2581, and a byte of what it has no token for as <0x0A>.
std::string of_sentence_piece(std::string token) {
  constexpr std::string_view kSpace = "\xE2\x96\x81";
  if (token.size() == 6 && token.starts_with("<0x") && token.ends_with('>')) {
    uint8_t byte = 0;
    const char* const end = token.data() + 5;
    const auto read = std::from_chars(token.data() + 3, end, byte, 16);
    if (read.ec == std::errc() && read.ptr == end) return {static_cast<char>(byte)};
  }
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

}  // namespace

TokenText::TokenText(const Tokenizer& tokenizer)
    : tokenizer_(tokenizer),
      byte_level_(is_byte_level(tokenizer)),
      word_piece_(tokenizer.pipeline()["model"].value("type", "") == "WordPiece") {}

const AddedToken* TokenText::added(int32_t id) const {
  const auto& tokens = tokenizer_.added_tokens();  // by id
  const auto found = std::ranges::lower_bound(tokens, id, {}, &AddedToken::id);
  return found == tokens.end() || found->id != id ? nullptr : &*found;
}

std::string TokenText::operator()(int32_t id) const {
  const std::string token = tokenizer_.token_of(id).value_or("?");
  return added(id)     ? token
         : byte_level_ ? bytes_of(token)
         : word_piece_ ? of_word_piece(token)
                       : of_sentence_piece(token);
}

std::string TokenText::operator()(std::span<const int32_t> ids) const {
  std::string text;
  for (const int32_t id : ids) text += (*this)(id);
  return text;
}

std::string TokenText::without_special(std::span<const int32_t> ids) const {
  std::string text;
  for (const int32_t id : ids) {
    const AddedToken* const token = added(id);
    if (!token || !token->special) text += (*this)(id);
  }
  return text;
}

}  // namespace laurel
