// Special text in contents is found before the template runs; ids are made piece by piece.
#include "text/rendered.h"

#include <algorithm>
#include <string_view>

#include "core/str.h"

namespace laurel {

namespace {

using Ids = std::vector<int32_t>;

// Special text in contents, each kind replaced by one private-use character while the template
// runs: templates trim and split contents, and a character survives that whole or not at all.
class Disguise {
 public:
  Disguise(const Tokenizer& tokenizer, const Conversation& messages) : tokenizer_(tokenizer) {
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
                  "found characters of both private planes beside special-token text, which "
                  "data.special_text \"plain\" needs for itself"};
    }
  }

  std::string put_on(const std::string& content) {
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

  // The text as it was, and where special text of contents stands in it.
  std::pair<std::string, std::vector<ByteRange>> take_off(std::string_view rendered) const {
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

Rendered render_chat(const TextFolder& folder, SpecialText special_text,
                     const Conversation& messages) {
  const Tokenizer& tokenizer = folder.tokenizer;
  const bool contains = std::ranges::any_of(messages, [&](const Message& message) {
    return !tokenizer.special_text(message.content).empty();
  });
  if (!contains || special_text == SpecialText::transformers) {
    return {.text = folder.chat_template->render(messages), .contains_special_text = contains};
  }
  Disguise disguise(tokenizer, messages);
  Conversation disguised = messages;
  for (Message& message : disguised) message.content = disguise.put_on(message.content);
  auto [text, ordinary] = disguise.take_off(folder.chat_template->render(disguised));
  return {.text = std::move(text), .ordinary = std::move(ordinary), .contains_special_text = true};
}

// Special text that the rule itself would write there does not count: one BOS first, one EOS last.
bool is_expected(const TextFolder& folder, std::string_view text, const ByteRange& range) {
  const auto spelled = text.substr(range.begin, range.end - range.begin);
  if (range.begin == 0 && folder.bos && spelled == folder.bos->text) return true;
  return range.end == text.size() && folder.eos && spelled == folder.eos->text;
}

Rendered render_plain(const TextFolder& folder, SpecialText special_text, std::string text) {
  std::vector<ByteRange> special = folder.tokenizer.special_text(text);
  const bool contains = !std::ranges::all_of(
      special, [&](const ByteRange& range) { return is_expected(folder, text, range); });
  const bool as_text = special_text == SpecialText::plain;
  if (folder.eos && (as_text || !text.ends_with(folder.eos->text))) text += folder.eos->text;
  if (!as_text) special.clear();
  return {
      .text = std::move(text), .ordinary = std::move(special), .contains_special_text = contains};
}

// The parts of sorted ranges that lie in [begin, end), counted from begin.
std::vector<ByteRange> within(const std::vector<ByteRange>& ranges, size_t begin, size_t end) {
  std::vector<ByteRange> parts;
  for (const ByteRange& range : ranges) {
    const size_t from = std::max(range.begin, begin), to = std::min(range.end, end);
    if (from < to) parts.push_back({from - begin, to - begin});
  }
  return parts;
}

// The tokenizer's own special tokens go around the ids, where they do not stand there already.
void surround(const Tokenizer& tokenizer, PieceIds& pieces) {
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

Rendered render_written(const TextFolder& folder, SpecialText special_text,
                        const Written& written) {
  return written.rule == TextRule::chat
             ? render_chat(folder, special_text, written.messages)
             : render_plain(folder, special_text, written.prompt + written.response);
}

PieceIds encode_pieces(const TextFolder& folder, TextRule rule, const Rendered& rendered,
                       std::span<const size_t> cuts) {
  const std::string_view text = rendered.text;
  PieceIds pieces;
  size_t begin = 0;
  for (size_t i = 0; i <= cuts.size(); ++i) {
    const size_t end = i < cuts.size() ? cuts[i] : text.size();
    const std::vector<ByteRange> ordinary = within(rendered.ordinary, begin, end);
    const std::string_view piece = text.substr(begin, end - begin);
    const Ids ids = ordinary.empty() ? folder.tokenizer.encode(piece, false)
                                     : folder.tokenizer.encode_partly(piece, ordinary);
    pieces.ids.insert(pieces.ids.end(), ids.begin(), ids.end());
    if (i < cuts.size()) pieces.ends.push_back(static_cast<int32_t>(pieces.ids.size()));
    begin = end;
  }
  if (rule == TextRule::plain) surround(folder.tokenizer, pieces);
  if (pieces.ids.empty()) throw Error{ErrorKind::data, "found a text without any token"};
  return pieces;
}

}  // namespace laurel
