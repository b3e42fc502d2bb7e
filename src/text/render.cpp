// Rendering by the chat template or plain, with text that spells special tokens kept apart;
// tokenisation by piece.
#include "text/render.h"

#include <algorithm>
#include <string_view>

#include "core/str.h"

namespace laurel {

namespace {

using Ids = std::vector<int32_t>;

// Special text in contents, each kind replaced by one private-use character while the template
// runs: templates trim and split contents, and a character survives that whole or not at all.
class SpecialTextMask {
 public:
  SpecialTextMask(const Tokenizer& tokenizer, const Conversation& messages)
      : tokenizer_(tokenizer) {
    // U+F0000 and U+100000 begin the two private planes.
    const auto uses = [&](char lead, char next) {
      return std::ranges::any_of(messages, [&](const Message& message) {
        const std::string& text = message.content;
        for (size_t i = 0; i + 1 < text.size(); ++i) {
          if (text[i] == lead &&
              static_cast<unsigned char>(text[i + 1]) >= static_cast<unsigned char>(next)) {
            return true;
          }
        }
        return false;
      });
    };
    if (!uses('\xF3', '\xB0')) {
      first_ = 0xF0000;
    } else if (!uses('\xF4', '\x80')) {
      first_ = 0x100000;
    } else {
      throw Error{ErrorKind::data,
                  "found characters of both private planes together with special-token text; "
                  "data.special_text \"plain\" needs one of the two planes"};
    }
  }

  std::string mask(const std::string& content) {
    std::string out;
    size_t at = 0;
    for (const auto& [begin, end] : tokenizer_.special_text(content)) {
      out.append(content, at, begin - at);
      const std::string text = content.substr(begin, end - begin);
      const auto known = std::ranges::find(texts_, text);
      out += character(static_cast<size_t>(known - texts_.begin()));
      if (known == texts_.end()) texts_.push_back(text);
      at = end;
    }
    out.append(content, at);
    return out;
  }

  // The text with the special text restored, and the byte ranges of that.
  std::pair<std::string, std::vector<ByteRange>> unmask(std::string_view rendered) const {
    std::string out;
    std::vector<ByteRange> ordinary;
    for (size_t i = 0; i < rendered.size();) {
      const auto kind = kind_at(rendered, i);
      if (!kind) {
        out += rendered[i++];
        continue;
      }
      ordinary.push_back({out.size(), out.size() + texts_[*kind].size()});
      out += texts_[*kind];
      i += 4;
    }
    return {out, ordinary};
  }

 private:
  std::string character(size_t kind) const {
    const uint32_t c = first_ + static_cast<uint32_t>(kind);
    return {static_cast<char>(0xF0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 0x3F)),
            static_cast<char>(0x80 | (c >> 6 & 0x3F)), static_cast<char>(0x80 | (c & 0x3F))};
  }

  std::optional<size_t> kind_at(std::string_view text, size_t at) const {
    if (static_cast<unsigned char>(text[at]) < 0xF3) return std::nullopt;
    for (size_t kind = 0; kind < texts_.size(); ++kind) {
      if (text.substr(at, 4) == character(kind)) return kind;
    }
    return std::nullopt;
  }

  const Tokenizer& tokenizer_;
  uint32_t first_ = 0;
  std::vector<std::string> texts_;
};

RenderedText render_chat(const TextProcessor& processor, SpecialText special_text,
                         const Conversation& messages) {
  const Tokenizer& tokenizer = processor.tokenizer;
  const bool contains = std::ranges::any_of(messages, [&](const Message& message) {
    return !tokenizer.special_text(message.content).empty();
  });
  if (!contains || special_text == SpecialText::transformers) {
    return {.text = processor.chat_template->render(messages), .contains_special_text = contains};
  }
  SpecialTextMask special_text_mask(tokenizer, messages);
  Conversation masked = messages;
  for (Message& message : masked) message.content = special_text_mask.mask(message.content);
  auto [text, ordinary] = special_text_mask.unmask(processor.chat_template->render(masked));
  return {.text = std::move(text), .ordinary = std::move(ordinary), .contains_special_text = true};
}

// Special text that the rule itself would write there does not count: one BOS first, one EOS last.
bool is_expected(const TextProcessor& processor, std::string_view text, const ByteRange& range) {
  const auto spelled = text.substr(range.begin, range.end - range.begin);
  if (range.begin == 0 && processor.bos && spelled == processor.bos->text) return true;
  return range.end == text.size() && processor.eos && spelled == processor.eos->text;
}

RenderedText render_plain(const TextProcessor& processor, SpecialText special_text,
                          std::string text) {
  std::vector<ByteRange> special = processor.tokenizer.special_text(text);
  const bool contains = !std::ranges::all_of(
      special, [&](const ByteRange& range) { return is_expected(processor, text, range); });
  const bool as_text = special_text == SpecialText::plain;
  if (processor.eos && (as_text || !text.ends_with(processor.eos->text)))
    text += processor.eos->text;
  if (!as_text) special.clear();
  return {
      .text = std::move(text), .ordinary = std::move(special), .contains_special_text = contains};
}

// The parts of sorted ranges inside [begin, end), relative to begin.
std::vector<ByteRange> within(const std::vector<ByteRange>& ranges, size_t begin, size_t end) {
  std::vector<ByteRange> parts;
  for (const ByteRange& range : ranges) {
    const size_t from = std::max(range.begin, begin), to = std::min(range.end, end);
    if (from < to) parts.push_back({from - begin, to - begin});
  }
  return parts;
}

// Adds the tokenizer's own special tokens (BOS, EOS) where the ids do not have them already.
void add_special_tokens(const Tokenizer& tokenizer, TokenizedPieces& pieces) {
  Ids& ids = pieces.ids;
  const Ids& leading = tokenizer.leading_ids();
  const Ids& trailing = tokenizer.trailing_ids();
  const auto holds = [&ids](const Ids& part, auto begin) {
    return ids.size() >= part.size() && std::equal(part.begin(), part.end(), begin);
  };
  if (!holds(leading, ids.begin())) {
    ids.insert(ids.begin(), leading.begin(), leading.end());
    for (int32_t& end : pieces.ends) end += static_cast<int32_t>(leading.size());
  }
  const auto length = static_cast<std::ptrdiff_t>(std::min(trailing.size(), ids.size()));
  if (!holds(trailing, ids.end() - length)) {
    ids.insert(ids.end(), trailing.begin(), trailing.end());
  }
}

}  // namespace

RenderedText render_dialogue(const TextProcessor& processor, SpecialText special_text,
                             const Dialogue& dialogue) {
  return dialogue.rule == TextRule::chat
             ? render_chat(processor, special_text, dialogue.messages)
             : render_plain(processor, special_text, dialogue.prompt + dialogue.response);
}

TokenizedPieces tokenize_pieces(const TextProcessor& processor, TextRule rule,
                                const RenderedText& rendered, std::span<const size_t> cuts) {
  const std::string_view text = rendered.text;
  TokenizedPieces pieces;
  size_t begin = 0;
  for (size_t i = 0; i <= cuts.size(); ++i) {
    const size_t end = i < cuts.size() ? cuts[i] : text.size();
    const std::vector<ByteRange> ordinary = within(rendered.ordinary, begin, end);
    const std::string_view piece = text.substr(begin, end - begin);
    const Ids ids = ordinary.empty() ? processor.tokenizer.encode(piece, false)
                                     : processor.tokenizer.encode_partly_ordinary(piece, ordinary);
    pieces.ids.insert(pieces.ids.end(), ids.begin(), ids.end());
    if (i < cuts.size()) pieces.ends.push_back(static_cast<int32_t>(pieces.ids.size()));
    begin = end;
  }
  if (rule == TextRule::plain) add_special_tokens(processor.tokenizer, pieces);
  if (pieces.ids.empty()) throw Error{ErrorKind::data, "found a text without any token"};
  return pieces;
}

}  // namespace laurel
