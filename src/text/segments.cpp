// Tokenises the segments of a response; finds the response in the rendered text by rendering a
// marker instead of it.
#include "text/segments.h"

#include <algorithm>

#include "core/str.h"
#include "core/unicode.h"
#include "text/render.h"
#include "text/smallest_truncation.h"

namespace laurel {

namespace {

// Where the last message's content is in the rendered text.
struct ContentLocation {
  size_t begin;     // of the content in the rendered text
  size_t stripped;  // bytes of leading white space that the template removed
};

// Text of private-use characters that `rendered` does not hold.
std::string unused_marker(const std::string& rendered) {
  std::string marker = "\uE000";
  while (rendered.find(marker) != std::string::npos) marker += "\uE001";
  return marker;
}

// Finds the content in `rendered`: rendered with a marker as content, the text before and after it
// is the same.
ContentLocation locate_in_chat(const TextProcessor& processor, SpecialText special_text,
                               Dialogue dialogue, const std::string& rendered) {
  const std::string content = response_content(dialogue);
  const std::string marker = unused_marker(rendered);
  set_content(dialogue.messages.back(), marker);
  const std::string with_marker = render_dialogue(processor, special_text, dialogue).text;
  const size_t begin = with_marker.find(marker);
  const bool once =
      begin != std::string::npos && with_marker.find(marker, begin + 1) == std::string::npos;
  if (!once) {
    throw Error{
        ErrorKind::data,
        str("found the last message ", begin == std::string::npos ? "missing" : "more than once",
            " in the rendered chat template, expected it exactly once for labelled segments")};
  }
  const size_t after = with_marker.size() - begin - marker.size();
  const size_t around = begin + after;
  const std::string_view core = strip_white_space(content);
  const auto first = static_cast<size_t>(core.data() - content.data());
  if (rendered.size() >= around + core.size() &&
      rendered.compare(0, begin, with_marker, 0, begin) == 0 &&
      rendered.compare(rendered.size() - after, after, with_marker, with_marker.size() - after) ==
          0) {
    const std::string middle = rendered.substr(begin, rendered.size() - around);
    const size_t at = content.find(middle);
    if (at <= first && at + middle.size() >= first + core.size()) return {begin, at};
  }
  throw Error{
      ErrorKind::data,
      "found the text of the segments changed by the chat template (some remove reasoning), "
      "expected it unchanged or stripped of white space; label segments of the rendered text, or set "
      "\"text\": \"plain\""};
}

ContentLocation locate(const TextProcessor& processor, SpecialText special_text,
                       const Dialogue& dialogue, const std::string& rendered) {
  if (joins_strings(dialogue.rule)) return {dialogue.prompt.size(), 0};
  return locate_in_chat(processor, special_text, dialogue, rendered);
}

TokenizedSegments tokenize_dialogue_segments(const TextProcessor& processor, const TextRules& rules,
                                             const Dialogue& dialogue,
                                             std::span<const ByteRange> segments) {
  const RenderedText rendered = render_dialogue(processor, rules.special_text, dialogue);
  const ContentLocation location = locate(processor, rules.special_text, dialogue, rendered.text);
  const std::string_view content = response_content(dialogue);
  std::vector<size_t> cuts;
  for (const ByteRange& segment : segments) {
    const std::string_view text = content.substr(segment.begin, segment.end - segment.begin);
    const std::string_view core = strip_white_space(text);
    const auto end = static_cast<size_t>(core.data() + core.size() - content.data());
    cuts.push_back(location.begin + end - location.stripped);
  }
  TokenizedPieces pieces = tokenize_pieces(processor, dialogue.rule, rendered, cuts);
  for (size_t i = 0, before = 0; i < pieces.ends.size(); ++i) {
    const auto end = static_cast<size_t>(pieces.ends[i]);
    if (end == before) {
      throw Error{ErrorKind::data, str("found segment ", i + 1, " of ", segments.size(),
                                       " without any token, expected at least one")};
    }
    before = end;
  }
  return {.ids = std::move(pieces.ids),
          .ends = std::move(pieces.ends),
          .contains_special_text = rendered.contains_special_text,
          .lost = dialogue.rule == TextRule::chat ? lost_messages(dialogue.messages, rendered.text)
                                                  : std::vector<LostMessage>()};
}

bool fits(const TokenizedSegments& text, int64_t max_length) {
  return static_cast<int64_t>(text.ids.size()) <= max_length;
}

// The text up to the end of its segment number `last`.
Dialogue end_after(Dialogue dialogue, const ByteRange& last) {
  std::string& content =
      joins_strings(dialogue.rule) ? dialogue.response : dialogue.messages.back().content;
  content.resize(last.end);
  if (!dialogue.messages.empty()) dialogue.messages.back().parts = nullptr;
  return dialogue;
}

// As many segments as fit. What the template adds after them counts too, so fewer segments are
// tried until all fits.
std::optional<TokenizedSegments> drop_last_segments(
    const TextProcessor& processor, const TextRules& rules, const Dialogue& dialogue,
    std::span<const ByteRange> segments, const TokenizedSegments& whole, int64_t max_length) {
  auto count = static_cast<size_t>(
      std::ranges::count_if(whole.ends, [&](int32_t end) { return int64_t{end} <= max_length; }));
  for (; count > 0; --count) {
    const auto kept = segments.first(count);
    TokenizedSegments fewer =
        tokenize_dialogue_segments(processor, rules, end_after(dialogue, kept.back()), kept);
    if (!fits(fewer, max_length)) continue;
    fewer.truncated_code_points =
        code_points(std::string_view(response_content(dialogue)).substr(kept.back().end));
    return fewer;
  }
  return std::nullopt;
}

}  // namespace

std::optional<TokenizedSegments> tokenize_segments(const TextProcessor& processor,
                                                   const TextRules& rules,
                                                   const std::optional<Text>& prompt,
                                                   const SegmentedText& text,
                                                   const LengthLimit& limit) {
  Dialogue dialogue = to_dialogue(processor, rules.rule, prompt, text.response, text.variables);
  if (!prompt && dialogue.rule == TextRule::chat) {
    dialogue.prompt_messages = dialogue.messages.size() - 1;
  }
  TokenizedSegments tokenized =
      tokenize_dialogue_segments(processor, rules, dialogue, text.segments);
  if (fits(tokenized, limit.max_length)) return tokenized;
  if (limit.truncation == Truncation::none) return std::nullopt;
  if (limit.truncation == Truncation::response_right) {
    return drop_last_segments(processor, rules, dialogue, text.segments, tokenized,
                              limit.max_length);
  }
  const auto truncate_by = [&](int64_t count) -> std::optional<TokenizedSegments> {
    TokenizedSegments shorter = tokenize_dialogue_segments(
        processor, rules, drop_prompt_start(dialogue, count), text.segments);
    shorter.truncated_code_points = count;
    if (!fits(shorter, limit.max_length)) return std::nullopt;
    return shorter;
  };
  return smallest_truncation<TokenizedSegments>(truncatable_prompt(dialogue), truncate_by);
}

}  // namespace laurel
