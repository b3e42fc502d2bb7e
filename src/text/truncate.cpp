// Truncates the contents of a group to a length: as little as binary search finds.
#include <algorithm>

#include "text/dialogue.h"
#include "text/smallest_truncation.h"
#include "text/tokenize.h"

namespace laurel {

namespace {

using TokenizedTexts = std::vector<TokenizedText>;

bool fits(const TokenizedText& text, int64_t max_length) {
  return static_cast<int64_t>(text.ids.size()) <= max_length;
}

std::vector<Dialogue> to_dialogues(const TextProcessor& processor, TextRule rule,
                                   const GroupText& group) {
  std::vector<Dialogue> all;
  const size_t shared = group.prompt ? 0 : common_leading_messages(group.responses).size();
  for (const Text& response : group.responses) {
    all.push_back(to_dialogue(processor, rule, group.prompt, response, group.variables));
    if (!group.prompt) all.back().prompt_messages = shared;
  }
  return all;
}

std::optional<TokenizedTexts> truncate_prompts(const TextProcessor& processor,
                                               const TextRules& rules,
                                               const std::vector<Dialogue>& all,
                                               int64_t max_length) {
  const auto truncate_by = [&](int64_t count) -> std::optional<TokenizedTexts> {
    TokenizedTexts tokenized;
    for (const Dialogue& dialogue : all) {
      tokenized.push_back(tokenize_dialogue(processor, rules, drop_prompt_start(dialogue, count)));
      tokenized.back().truncated_code_points = count;
      if (!fits(tokenized.back(), max_length)) return std::nullopt;
    }
    return tokenized;
  };
  return smallest_truncation<TokenizedTexts>(truncatable_prompt(all.front()), truncate_by);
}

// The end of sequence after a plain response stays when the response is truncated.
void drop_end_of_sequence(const TextProcessor& processor, const TextRules& rules,
                          Dialogue& dialogue) {
  if (dialogue.rule != TextRule::plain || rules.special_text == SpecialText::plain) return;
  if (!processor.eos || !dialogue.response.ends_with(processor.eos->text)) return;
  dialogue.response.resize(dialogue.response.size() - processor.eos->text.size());
}

std::optional<TokenizedText> truncate_response(const TextProcessor& processor,
                                               const TextRules& rules, Dialogue dialogue,
                                               int64_t max_length) {
  drop_end_of_sequence(processor, rules, dialogue);
  const auto truncate_by = [&](int64_t count) -> std::optional<TokenizedText> {
    TokenizedText tokenized =
        tokenize_dialogue(processor, rules, drop_response_end(dialogue, count));
    tokenized.truncated_code_points = count;
    if (!fits(tokenized, max_length)) return std::nullopt;
    return tokenized;
  };
  auto shorter = smallest_truncation<TokenizedText>(truncatable_response(dialogue), truncate_by);
  if (shorter && shorter->empty_answer) return std::nullopt;
  return shorter;
}

}  // namespace

std::optional<std::vector<TokenizedText>> tokenize_group(const TextProcessor& processor,
                                                         const TextRules& rules,
                                                         const GroupText& group,
                                                         const LengthLimit& limit) {
  const std::vector<Dialogue> all = to_dialogues(processor, rules.rule, group);
  const auto too_long = [&](const TokenizedText& text) { return !fits(text, limit.max_length); };
  TokenizedTexts tokenized;
  for (const Dialogue& dialogue : all)
    tokenized.push_back(tokenize_dialogue(processor, rules, dialogue));
  if (std::ranges::none_of(tokenized, too_long)) return tokenized;
  if (limit.truncation == Truncation::none) return std::nullopt;
  if (limit.truncation == Truncation::prompt_left)
    return truncate_prompts(processor, rules, all, limit.max_length);
  for (size_t i = 0; i < all.size(); ++i) {
    if (!too_long(tokenized[i])) continue;
    auto shorter = truncate_response(processor, rules, all[i], limit.max_length);
    if (!shorter) return std::nullopt;
    tokenized[i] = std::move(*shorter);
  }
  return tokenized;
}

}  // namespace laurel
