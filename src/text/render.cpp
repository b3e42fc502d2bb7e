// Rendering by the chat template or plain, with text that spells special tokens kept apart;
// tokenisation by piece.
#include "text/render.h"

#include <algorithm>
#include <string_view>

#include "core/str.h"

namespace laurel {

namespace {

using Ids = std::vector<int32_t>;

// Every string of a message: names and values of all fields, at any depth.
void collect_strings(const Json& value, std::vector<std::string_view>& strings) {
  if (value.is_string()) strings.push_back(value.get_ref<const std::string&>());
  if (value.is_array()) {
    for (const Json& item : value) collect_strings(item, strings);
  }
  if (!value.is_object()) return;
  for (const auto& [name, item] : value.items()) {
    strings.push_back(name);
    collect_strings(item, strings);
  }
}

// Of all that the template sees of a dialogue.
std::vector<std::string_view> strings_of(const Dialogue& dialogue) {
  std::vector<std::string_view> strings;
  collect_strings(dialogue.variables, strings);
  for (const Message& message : dialogue.messages) {
    strings.insert(strings.end(), {message.role, message.content});
    collect_strings(message.extra, strings);
    collect_strings(message.parts, strings);
  }
  return strings;
}

// Special text in messages, each kind replaced by one private-use character while the template
// runs: templates trim and split contents, and a character survives that whole or not at all.
class SpecialTextMask {
 public:
  SpecialTextMask(const Tokenizer& tokenizer, const std::vector<std::string_view>& strings)
      : tokenizer_(tokenizer) {
    // Either plane's first characters, as they are and as repr() and tojson may write them.
    const auto uses = [&](const Plane& plane) {
      return std::ranges::any_of(strings, [&](std::string_view text) {
        return holds_character(text, plane.lead, plane.next) ||
               text.find(plane.in_repr) != std::string_view::npos ||
               text.find(plane.in_ascii) != std::string_view::npos;
      });
    };
    for (const Plane& plane : kPlanes) {
      if (uses(plane)) continue;
      plane_ = &plane;
      return;
    }
    throw Error{ErrorKind::data,
                "found characters of both private planes together with special-token text; "
                "data.special_text \"plain\" needs one of the two planes"};
  }

  Conversation mask(Conversation messages) {
    for (Message& message : messages) {
      message.role = mask(message.role);
      message.content = mask(message.content);
      message.extra = mask(message.extra);
      message.parts = mask(message.parts);
      for (std::string& name : message.order) name = mask(name);
    }
    return messages;
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

  Json mask(const Json& value) {
    if (value.is_string()) return mask(value.get_ref<const std::string&>());
    if (!value.is_structured()) return value;
    Json out = value.is_array() ? Json::array() : Json::object();
    if (value.is_array()) {
      for (const Json& item : value) out.push_back(mask(item));
      return out;
    }
    for (const auto& [name, item] : value.items()) out[mask(name)] = mask(item);
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
      const std::string& restored = texts_[kind->first];
      ordinary.push_back({out.size(), out.size() + restored.size()});
      out += restored;
      i += kind->second;
    }
    return {out, ordinary};
  }

 private:
  // A private plane: its first character, the bytes that it and those after it begin with, and
  // what Python's repr() and JSON in ASCII make of it.
  struct Plane {
    uint32_t first;
    char lead, next;
    std::string_view in_repr, in_ascii;
  };
  static constexpr Plane kPlanes[] = {{0xF0000, '\xF3', '\xB0', "\\U000f0", "\\udb80"},
                                      {0x100000, '\xF4', '\x80', "\\U0010", "\\udbc0"}};

  static bool holds_character(std::string_view text, char lead, char next) {
    for (size_t i = 0; i + 1 < text.size(); ++i) {
      if (text[i] == lead &&
          static_cast<unsigned char>(text[i + 1]) >= static_cast<unsigned char>(next)) {
        return true;
      }
    }
    return false;
  }

  std::string character(size_t kind) const {
    const uint32_t c = plane_->first + static_cast<uint32_t>(kind);
    return {static_cast<char>(0xF0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 0x3F)),
            static_cast<char>(0x80 | (c >> 6 & 0x3F)), static_cast<char>(0x80 | (c & 0x3F))};
  }

  // The kind of special text that is written there, and in how many bytes.
  std::optional<std::pair<size_t, size_t>> kind_at(std::string_view text, size_t at) const {
    if (text[at] != plane_->lead && text[at] != '\\') return std::nullopt;
    for (size_t kind = 0; kind < texts_.size(); ++kind) {
      const std::string raw = character(kind);
      std::string in_repr, in_ascii;
      escape(plane_->first + static_cast<uint32_t>(kind), in_repr, in_ascii);
      for (const std::string& written : {raw, in_repr, in_ascii}) {
        if (text.substr(at, written.size()) == written) return std::pair{kind, written.size()};
      }
    }
    return std::nullopt;
  }

  // \U000f0000, \udb80\udc00
  static void escape(uint32_t c, std::string& in_repr, std::string& in_ascii) {
    constexpr char kDigits[] = "0123456789abcdef";
    const auto hex = [&](uint32_t value, int digits, std::string& out) {
      for (int i = digits - 1; i >= 0; --i) out += kDigits[value >> (4 * i) & 0xF];
    };
    in_repr = "\\U";
    hex(c, 8, in_repr);
    in_ascii = "\\u";
    hex(0xD800 + ((c - 0x10000) >> 10), 4, in_ascii);
    in_ascii += "\\u";
    hex(0xDC00 + ((c - 0x10000) & 0x3FF), 4, in_ascii);
  }

  const Tokenizer& tokenizer_;
  const Plane* plane_ = nullptr;
  std::vector<std::string> texts_;
};

// Of several named templates, transformers takes "tool_use" where there are tools.
const ChatTemplate& template_for(const TextProcessor& processor, const Json& variables) {
  const auto tools = variables.find("tools");
  const bool uses_tools = tools != variables.end() && !tools->is_null();
  return uses_tools && processor.tool_template ? *processor.tool_template
                                               : *processor.chat_template;
}

RenderedText render_chat(const TextProcessor& processor, SpecialText special_text,
                         const Dialogue& dialogue) {
  const Tokenizer& tokenizer = processor.tokenizer;
  const ChatTemplate& chat_template = template_for(processor, dialogue.variables);
  const std::vector<std::string_view> strings = strings_of(dialogue);
  const bool contains = std::ranges::any_of(
      strings, [&](std::string_view text) { return !tokenizer.special_text(text).empty(); });
  if (!contains || special_text == SpecialText::transformers) {
    return {.text = chat_template.render(dialogue.messages, dialogue.variables),
            .contains_special_text = contains};
  }
  SpecialTextMask special_text_mask(tokenizer, strings);
  const Conversation masked = special_text_mask.mask(dialogue.messages);
  const Json variables = special_text_mask.mask(dialogue.variables);
  auto [text, ordinary] = special_text_mask.unmask(chat_template.render(masked, variables));
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
  if (dialogue.rule == TextRule::chat) return render_chat(processor, special_text, dialogue);
  std::string text = dialogue.prompt + dialogue.response;
  // Its special text is the template's, not a content's.
  if (dialogue.rule == TextRule::rendered) return {.text = std::move(text)};
  return render_plain(processor, special_text, std::move(text));
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
    Ids ids = ordinary.empty() ? processor.tokenizer.encode(piece, false)
                               : processor.tokenizer.encode_partly_ordinary(piece, ordinary);
    if (pieces.ids.empty()) {
      pieces.ids = std::move(ids);
    } else {
      pieces.ids.insert(pieces.ids.end(), ids.begin(), ids.end());
    }
    if (i < cuts.size()) pieces.ends.push_back(static_cast<int32_t>(pieces.ids.size()));
    begin = end;
  }
  if (rule == TextRule::plain) add_special_tokens(processor.tokenizer, pieces);
  if (pieces.ids.empty()) throw Error{ErrorKind::data, "found a text without any token"};
  return pieces;
}

}  // namespace laurel
