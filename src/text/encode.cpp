// Text to ids: the chat template or TRL's rule for strings, and text that spells special tokens.
#include "text/encode.h"

#include "text/rendered.h"
#include "text/written.h"

namespace laurel {

EncodedText encode_written(const TextFolder& folder, const TextRules& rules,
                           const Written& written) {
  const Rendered rendered = render_written(folder, rules.special_text, written);
  return {.ids = encode_pieces(folder, written.rule, rendered, {}).ids,
          .contains_special_text = rendered.contains_special_text};
}

EncodedText encode_text(const TextFolder& folder, const TextRules& rules,
                        const std::optional<Text>& prompt, const Text& response) {
  return encode_written(folder, rules, write_text(folder, rules.rule, prompt, response));
}

}  // namespace laurel
