// The content is found in the rendered text by rendering a mark in its place.
#include "text/segments.h"

#include <algorithm>

#include "core/str.h"
#include "core/unicode.h"
#include "text/rendered.h"
#include "text/smallest_cut.h"

namespace laurel {

namespace {

[[noreturn]] void refuse(const std::string& message) { throw Error{ErrorKind::data, message}; }

// What a template puts before and behind the last message's content, and what it leaves of that.
struct Placed {
  size_t begin;    // of the content in the rendered text
  size_t cut_off;  // bytes of white space that the template took from the content's front
};

// Text of private-use characters that `rendered` does not hold.
std::string mark_for(const std::string& rendered) {
  std::string mark = "\uE000";
  while (rendered.find(mark) != std::string::npos) mark += "\uE001";
  return mark;
}

// Where the content lies in `rendered`, whose template treats it like any other content: a mark in
// its place has the same text around it.
Placed place_chat(const TextFolder& folder, SpecialText special_text, Written written,
                  const std::string& rendered) {
  const std::string content = response_content(written);
  const std::string mark = mark_for(rendered);
  written.messages.back().content = mark;
  const std::string marked = render_written(folder, special_text, written).text;
  const size_t begin = marked.find(mark);
  const bool once = begin != std::string::npos && marked.find(mark, begin + 1) == std::string::npos;
  if (!once) {
    refuse(str("found the last message ", begin == std::string::npos ? "not at all" : "repeatedly",
               " in what the chat template renders, expected it once where segments are judged"));
  }
  const size_t behind = marked.size() - begin - mark.size();
  const size_t around = begin + behind;
  const std::string_view core = trimmed(content);
  const auto first = static_cast<size_t>(core.data() - content.data());
  if (rendered.size() >= around + core.size() &&
      rendered.compare(0, begin, marked, 0, begin) == 0 &&
      rendered.compare(rendered.size() - behind, behind, marked, marked.size() - behind) == 0) {
    const std::string middle = rendered.substr(begin, rendered.size() - around);
    const size_t at = content.find(middle);
    if (at <= first && at + middle.size() >= first + core.size()) return {begin, at};
  }
  refuse(
      "found the text of the segments changed by the chat template (some take out reasoning), "
      "expected it as it is or trimmed; judge the segments of what the template leaves, or set "
      "\"text\": \"plain\"");
}

Placed place(const TextFolder& folder, SpecialText special_text, const Written& written,
             const std::string& rendered) {
  if (written.rule == TextRule::plain) return {written.prompt.size(), 0};
  return place_chat(folder, special_text, written, rendered);
}

EncodedSegments encode_written_segments(const TextFolder& folder, const TextRules& rules,
                                        const Written& written,
                                        std::span<const ByteRange> segments) {
  const Rendered rendered = render_written(folder, rules.special_text, written);
  const Placed placed = place(folder, rules.special_text, written, rendered.text);
  const std::string_view content = response_content(written);
  std::vector<size_t> cuts;
  for (const ByteRange& segment : segments) {
    const std::string_view text = content.substr(segment.begin, segment.end - segment.begin);
    const std::string_view core = trimmed(text);
    const auto end = static_cast<size_t>(core.data() + core.size() - content.data());
    cuts.push_back(placed.begin + end - placed.cut_off);
  }
  PieceIds pieces = encode_pieces(folder, written.rule, rendered, cuts);
  for (size_t i = 0, before = 0; i < pieces.ends.size(); ++i) {
    const auto end = static_cast<size_t>(pieces.ends[i]);
    if (end == before) {
      refuse(str("found segment ", i + 1, " of ", segments.size(),
                 " without any token, expected one at least"));
    }
    before = end;
  }
  return {.ids = std::move(pieces.ids),
          .ends = std::move(pieces.ends),
          .contains_special_text = rendered.contains_special_text};
}

bool fits(const EncodedSegments& text, int64_t max_length) {
  return static_cast<int64_t>(text.ids.size()) <= max_length;
}

// The text up to the end of its segment number `last`.
Written up_to(Written written, const ByteRange& last) {
  std::string& content =
      written.rule == TextRule::plain ? written.response : written.messages.back().content;
  content.resize(last.end);
  return written;
}

// The most segments that fit. What the template puts behind them decides too, so counts below the
// one that fits without it are tried.
std::optional<EncodedSegments> without_last_segments(const TextFolder& folder,
                                                     const TextRules& rules, const Written& written,
                                                     std::span<const ByteRange> segments,
                                                     const EncodedSegments& whole,
                                                     int64_t max_length) {
  auto count = static_cast<size_t>(
      std::ranges::count_if(whole.ends, [&](int32_t end) { return int64_t{end} <= max_length; }));
  for (; count > 0; --count) {
    const auto kept = segments.first(count);
    EncodedSegments fewer =
        encode_written_segments(folder, rules, up_to(written, kept.back()), kept);
    if (!fits(fewer, max_length)) continue;
    fewer.cut_code_points =
        code_points(std::string_view(response_content(written)).substr(kept.back().end));
    return fewer;
  }
  return std::nullopt;
}

}  // namespace

std::optional<EncodedSegments> encode_segments(const TextFolder& folder, const TextRules& rules,
                                               const std::optional<Text>& prompt,
                                               const SegmentedText& text,
                                               const LengthLimit& limit) {
  Written written = write_text(folder, rules.rule, prompt, text.response);
  if (!prompt && written.rule == TextRule::chat) {
    written.prompt_messages = written.messages.size() - 1;
  }
  EncodedSegments encoded = encode_written_segments(folder, rules, written, text.segments);
  if (fits(encoded, limit.max_length)) return encoded;
  if (limit.cut == Cut::none) return std::nullopt;
  if (limit.cut == Cut::response_right) {
    return without_last_segments(folder, rules, written, text.segments, encoded, limit.max_length);
  }
  const auto fitting = [&](int64_t count) -> std::optional<EncodedSegments> {
    EncodedSegments shorter =
        encode_written_segments(folder, rules, without_prompt_start(written, count), text.segments);
    shorter.cut_code_points = count;
    if (!fits(shorter, limit.max_length)) return std::nullopt;
    return shorter;
  };
  return smallest_cut<EncodedSegments>(cuttable_prompt(written), fitting);
}

}  // namespace laurel
