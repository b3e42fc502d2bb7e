// Tokenises one dialogue: by the chat template, by TRL's rule for strings, or as a pair of texts.
#include "text/tokenize.h"

#include <string_view>

#include "core/unicode.h"
#include "text/dialogue.h"
#include "text/pair.h"
#include "text/render.h"

namespace laurel {

namespace {

// An answer this long is not in the rendered text by chance.
constexpr size_t kUnmistakable = 64;

// Whether the template leaves nothing of the last message: the text is the same without its
// content. What it trims or cuts, and which messages it leaves out, only it can say.
bool leaves_nothing(const TextProcessor& processor, const TextRules& rules, Dialogue dialogue,
                    const std::string& rendered) {
  Message& last = dialogue.messages.back();
  const std::string_view core = strip_white_space(last.content);
  if (core.size() >= kUnmistakable && rendered.find(core) != std::string::npos) return false;
  last = {.role = last.role, .content = ""};
  try {
    return render_dialogue(processor, rules.special_text, dialogue).text == rendered;
  } catch (const Error&) {  // a template that asks for what this message has: it uses it
    return false;
  }
}

}  // namespace

TokenizedText tokenize_dialogue(const TextProcessor& processor, const TextRules& rules,
                                const Dialogue& dialogue) {
  if (dialogue.rule == TextRule::pair)
    return tokenize_pair(processor, rules.special_text, dialogue);
  const RenderedText rendered = render_dialogue(processor, rules.special_text, dialogue);
  const bool chat = dialogue.rule == TextRule::chat;
  return {
      .ids = tokenize_pieces(processor, dialogue.rule, rendered, {}).ids,
      .contains_special_text = rendered.contains_special_text,
      .empty_answer = chat && leaves_nothing(processor, rules, dialogue, rendered.text),
      .lost = chat ? lost_messages(dialogue.messages, rendered.text) : std::vector<LostMessage>()};
}

TokenizedText tokenize_text(const TextProcessor& processor, const TextRules& rules,
                            const std::optional<Text>& prompt, const Text& response,
                            const Json& variables) {
  return tokenize_dialogue(processor, rules,
                           to_dialogue(processor, rules.rule, prompt, response, variables));
}

}  // namespace laurel
