// Tokenises one dialogue: by the chat template, or by TRL's rule for strings.
#include "text/tokenize.h"

#include "text/dialogue.h"
#include "text/render.h"

namespace laurel {

TokenizedText tokenize_dialogue(const TextProcessor& processor, const TextRules& rules,
                                const Dialogue& dialogue) {
  const RenderedText rendered = render_dialogue(processor, rules.special_text, dialogue);
  return {.ids = tokenize_pieces(processor, dialogue.rule, rendered, {}).ids,
          .contains_special_text = rendered.contains_special_text};
}

TokenizedText tokenize_text(const TextProcessor& processor, const TextRules& rules,
                            const std::optional<Text>& prompt, const Text& response) {
  return tokenize_dialogue(processor, rules, to_dialogue(processor, rules.rule, prompt, response));
}

}  // namespace laurel
