// Each text is encoded by itself; the tokenizer's template goes around both.
#include "text/pair.h"

#include <string>

namespace laurel {

namespace {

using Ids = std::vector<int32_t>;

// The contents of all messages before the last, joined by line ends; what is empty, or cut to
// nothing, leaves no line.
std::string first_text(const Conversation& messages) {
  std::string text;
  for (size_t i = 0; i + 1 < messages.size(); ++i) {
    if (!text.empty() && !messages[i].content.empty()) text += '\n';
    text += messages[i].content;
  }
  return text;
}

// Without the tokenizer's own special tokens. `contains` becomes true where it spells some.
Ids encode(const Tokenizer& tokenizer, SpecialText special_text, const std::string& text,
           bool& contains) {
  const std::vector<ByteRange> special = tokenizer.special_text(text);
  contains |= !special.empty();
  const bool as_text = special_text == SpecialText::plain && !special.empty();
  return as_text ? tokenizer.encode_partly_ordinary(text, special) : tokenizer.encode(text, false);
}

void append(Ids& to, const Ids& ids) { to.insert(to.end(), ids.begin(), ids.end()); }

}  // namespace

TokenizedText tokenize_pair(const TextProcessor& processor, SpecialText special_text,
                            const Dialogue& dialogue) {
  const Tokenizer& tokenizer = processor.tokenizer;
  const Conversation& messages = dialogue.messages;
  TokenizedText out;
  const auto encoded = [&](const std::string& text) {
    return encode(tokenizer, special_text, text, out.contains_special_text);
  };
  const Ids second = encoded(messages.back().content);
  out.empty_answer = second.empty();
  if (messages.size() == 1) {
    append(out.ids, tokenizer.leading_ids());
    append(out.ids, second);
    append(out.ids, tokenizer.trailing_ids());
  } else {
    const std::optional<PairTemplate>& pair = tokenizer.pair_template();
    if (!pair) {
      throw Error{ErrorKind::data,
                  "the text rule is pair, but the post_processor of tokenizer.json does not write "
                  "the first text, of token type 0, and then the second; set \"text\": \"plain\", "
                  "or correct its \"pair\""};
    }
    append(out.ids, pair->before);
    append(out.ids, encoded(first_text(messages)));
    if (pair->type_1_from && processor.has_token_types) {
      out.second_text = static_cast<int32_t>(out.ids.size() + *pair->type_1_from);
    }
    append(out.ids, pair->between);
    out.answer = static_cast<int32_t>(out.ids.size());
    append(out.ids, second);
    append(out.ids, pair->after);
  }
  if (out.ids.empty()) throw Error{ErrorKind::data, "found a text without any token"};
  return out;
}

}  // namespace laurel
