// Groups within a length: the smallest cut of contents that binary search finds.
#include <algorithm>

#include "text/encode.h"
#include "text/smallest_cut.h"
#include "text/written.h"

namespace laurel {

namespace {

using Encoded = std::vector<EncodedText>;

bool fits(const EncodedText& text, int64_t max_length) {
  return static_cast<int64_t>(text.ids.size()) <= max_length;
}

std::vector<Written> write_group(const TextFolder& folder, TextRule rule, const GroupText& group) {
  std::vector<Written> all;
  const size_t shared = group.prompt ? 0 : common_leading_messages(group.responses).size();
  for (const Text& response : group.responses) {
    all.push_back(write_text(folder, rule, group.prompt, response));
    if (!group.prompt) all.back().prompt_messages = shared;
  }
  return all;
}

std::optional<Encoded> cut_prompts(const TextFolder& folder, const TextRules& rules,
                                   const std::vector<Written>& all, int64_t max_length) {
  const auto fitting = [&](int64_t count) -> std::optional<Encoded> {
    Encoded encoded;
    for (const Written& written : all) {
      encoded.push_back(encode_written(folder, rules, without_prompt_start(written, count)));
      encoded.back().cut_code_points = count;
      if (!fits(encoded.back(), max_length)) return std::nullopt;
    }
    return encoded;
  };
  return smallest_cut<Encoded>(cuttable_prompt(all.front()), fitting);
}

// The end of sequence that the text rule puts behind a plain response stays when its end is cut.
void drop_end_of_sequence(const TextFolder& folder, const TextRules& rules, Written& written) {
  if (written.rule == TextRule::chat || rules.special_text == SpecialText::plain) return;
  if (!folder.eos || !written.response.ends_with(folder.eos->text)) return;
  written.response.resize(written.response.size() - folder.eos->text.size());
}

std::optional<EncodedText> cut_response(const TextFolder& folder, const TextRules& rules,
                                        Written written, int64_t max_length) {
  drop_end_of_sequence(folder, rules, written);
  const auto fitting = [&](int64_t count) -> std::optional<EncodedText> {
    EncodedText encoded = encode_written(folder, rules, without_response_end(written, count));
    encoded.cut_code_points = count;
    if (!fits(encoded, max_length)) return std::nullopt;
    return encoded;
  };
  return smallest_cut<EncodedText>(cuttable_response(written), fitting);
}

}  // namespace

std::optional<std::vector<EncodedText>> encode_group(const TextFolder& folder,
                                                     const TextRules& rules, const GroupText& group,
                                                     const LengthLimit& limit) {
  const std::vector<Written> all = write_group(folder, rules.rule, group);
  const auto too_long = [&](const EncodedText& text) { return !fits(text, limit.max_length); };
  Encoded encoded;
  for (const Written& written : all) encoded.push_back(encode_written(folder, rules, written));
  if (std::ranges::none_of(encoded, too_long)) return encoded;
  if (limit.cut == Cut::none) return std::nullopt;
  if (limit.cut == Cut::prompt_left) return cut_prompts(folder, rules, all, limit.max_length);
  for (size_t i = 0; i < all.size(); ++i) {
    if (!too_long(encoded[i])) continue;
    auto shorter = cut_response(folder, rules, all[i], limit.max_length);
    if (!shorter) return std::nullopt;
    encoded[i] = std::move(*shorter);
  }
  return encoded;
}

}  // namespace laurel
