// Encodes examples.
#include "data/sources/encode_example.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <iterator>
#include <limits>

#include "core/error.h"
#include "core/option_types.h"
#include "core/str.h"
#include "data/sources/response_stats.h"
#include "text/segments.h"
#include "text/unread_fields.h"

namespace laurel {

namespace {

Truncation cut_of(OverLength over_length) {
  switch (over_length) {
    case OverLength::truncate_prompt_left: return Truncation::prompt_left;
    case OverLength::truncate_response_right: return Truncation::response_right;
    default: return Truncation::none;
  }
}

size_t longest_row(const Example& example, const EncodeContext& context) {
  size_t longest = 0;
  for (const Text& response : example.responses) {
    const TokenizedText text =
        tokenize_text(context.folder, context.rules, example.prompt, response, example.variables);
    longest = std::max(longest, text.ids.size());
  }
  return longest;
}

std::string over_length_message(size_t longest, const EncodeContext& context) {
  const bool cuts = cut_of(context.length.over_length) != Truncation::none;
  return str("found ", count_text(static_cast<int64_t>(longest), "token"), ", ",
             cuts ? "which no cut brings to" : "expected at most", " ", context.length.max_length,
             " (model.max_length)");
}

size_t bytes_of(const Text& text) {
  if (const auto* string = std::get_if<std::string>(&text)) return string->size();
  size_t bytes = 0;
  for (const Message& message : std::get<Conversation>(text)) bytes += message.content.size();
  return bytes;
}

// Tokenising megabytes takes gigabytes, to find out that they are too long. No vocabulary's tokens
// have so many bytes each (the longest are some 130 blanks).
std::optional<std::string> beyond_any_length(const Example& example, const EncodeContext& context) {
  constexpr size_t kBytesPerToken = 256;
  size_t bytes = 0;
  for (const Text& response : example.responses) bytes = std::max(bytes, bytes_of(response));
  if (example.prompt) bytes += bytes_of(*example.prompt);
  const auto most = static_cast<size_t>(context.length.max_length) * kBytesPerToken;
  if (bytes <= most) return std::nullopt;
  return str("found ", bytes, " bytes of text, more than ", context.length.max_length,
             " tokens (model.max_length) can be");
}

// It says something beside its content, such as tool calls.
bool says_more(const Text& response) {
  const auto* messages = std::get_if<Conversation>(&response);
  return messages && !messages->empty() && !messages->back().extra.empty();
}

std::string empty_text(const Text& response, TextRule rule) {
  const bool pair = rule == TextRule::pair;
  if (says_more(response)) {
    std::vector<std::string> beside;
    for (const auto& [key, value] : std::get<Conversation>(response).back().extra.items()) {
      beside.push_back(key);
    }
    return str("with nothing but ", join(beside, ", "), ", which ",
               pair ? "a pair of texts leaves out" : "the chat template does not write",
               ", expected an answer that the model reads; another chat template may write it "
               "(model.chat_template)");
  }
  return pair
             ? "without any token, expected an answer"
             : "empty once the chat template has rendered it (templates trim white space), expected "
               "an answer";
}

// A labelled answer of which the model would see nothing teaches it what people said of another; an
// answer that says something beside its content would get the reward of an empty one.
void refuse_empty_answers(const Example& example, const std::vector<TokenizedText>& responses,
                          TextRule rule) {
  for (size_t i = 0; i < responses.size(); ++i) {
    if (!responses[i].empty_answer) continue;
    if (!example.label && !says_more(example.responses[i])) continue;
    const std::string& name = example.names[i];
    throw Error{ErrorKind::data,
                str("found \"", name, name == "responses" ? str("[", i, "]") : std::string(), "\" ",
                    empty_text(example.responses[i], rule))};
  }
}

// What a cut in the one place and in the other would make of a row that is too long.
void set_fits(const EncodeContext& context, const auto& fits_within, EncodedExample& row) {
  const int64_t most = context.length.max_length;
  row.fits_prompt_left = fits_within(LengthLimit{most, Truncation::prompt_left});
  row.fits_response_right = fits_within(LengthLimit{most, Truncation::response_right});
}

EncodedExample encode(const Example& example, const EncodeContext& context) {
  const GroupText text{example.prompt, example.responses, example.variables};
  const LengthLimit limit{context.length.max_length, cut_of(context.length.over_length)};
  EncodedExample out;
  auto responses = tokenize_group(context.folder, context.rules, text, limit);
  const auto is_cut = [](const TokenizedText& of) { return of.truncated_code_points > 0; };
  if (!responses || std::ranges::any_of(*responses, is_cut)) {
    const size_t longest = longest_row(example, context);
    out.over_length = over_length_message(longest, context);
    out.tokens = static_cast<int32_t>(longest);
    const auto fits = [&](const LengthLimit& within) {
      return tokenize_group(context.folder, context.rules, text, within).has_value();
    };
    set_fits(context, fits, out);
  }
  if (!responses) return out;
  refuse_empty_answers(example, *responses, context.rules.rule);
  Group& group = out.group.emplace();
  for (TokenizedText& response : *responses) {
    out.truncated |= response.truncated_code_points > 0;
    out.special_text |= response.contains_special_text;
    std::ranges::move(response.lost, std::back_inserter(out.lost));
    out.tokens = std::max(out.tokens, static_cast<int32_t>(response.ids.size()));
    const PoolRange range = pool_range_of(response.ids, context.pooling);
    group.responses.push_back({.ids = std::move(response.ids),
                               .positions = {range},
                               .second_text = response.second_text,
                               .answer = response.answer});
  }
  const std::vector<float> nothing(group.responses.size(), 0);
  group.label = example.label.value_or(Ratings{.score = nothing, .weight = nothing});
  return out;
}

// Of whole responses: what a template reads does not depend on where a text is cut.
std::vector<LostMessage> unread_fields_of(const Example& example, const EncodeContext& context) {
  std::vector<LostMessage> unread;
  if (example.variables.empty() && !has_other_fields(example)) return unread;
  for (const Text& response : example.responses) {
    const Dialogue dialogue = to_dialogue(context.folder, context.rules.rule, example.prompt,
                                          response, example.variables);
    std::ranges::move(unread_fields(context.folder, context.rules.special_text, dialogue),
                      std::back_inserter(unread));
  }
  return unread;
}

// Labels of segments that were cut off go with them.
std::optional<Ratings> labels_of_first(const Example& example, size_t segments) {
  if (!example.label) {
    const std::vector<float> nothing(segments, 0);
    return Ratings{.score = nothing, .weight = nothing};
  }
  Ratings scores = std::get<Ratings>(*example.label);
  const auto labelled = [](const Ratings& of) {
    return std::ranges::any_of(of.weight, [](float weight) { return weight > 0; });
  };
  const bool any = labelled(scores);
  const size_t cells = segments * (scores.score.size() / example.segments.size());
  scores.score.resize(cells);
  scores.weight.resize(cells);
  if (any && !labelled(scores)) return std::nullopt;
  return scores;
}

EncodedExample encode_in_segments(const Example& example, const EncodeContext& context) {
  if (!reads_segments(context.pooling)) {
    throw Error{ErrorKind::data,
                str("found segments, but the model reads a text once (pooling ",
                    enum_name(context.pooling.rule),
                    "), expected one label of the whole answer: format pointwise")};
  }
  const SegmentedText text{example.responses[0], example.segments, example.variables};
  const auto encoded_within = [&](const LengthLimit& limit) {
    return tokenize_segments(context.folder, context.rules, example.prompt, text, limit);
  };
  EncodedExample out;
  auto encoded = encoded_within({context.length.max_length, cut_of(context.length.over_length)});
  std::optional<Ratings> labels;
  if (encoded) labels = labels_of_first(example, encoded->ends.size());
  out.truncated = labels && encoded->truncated_code_points > 0;
  if (!labels || out.truncated) {
    const auto whole = encoded_within({std::numeric_limits<int64_t>::max()});
    out.over_length = over_length_message(whole->ids.size(), context);
    out.tokens = static_cast<int32_t>(whole->ids.size());
    const auto fits = [&](const LengthLimit& within) {
      const auto cut = encoded_within(within);
      return cut && labels_of_first(example, cut->ends.size());
    };
    set_fits(context, fits, out);
  }
  if (!labels) return out;
  out.tokens = std::max(out.tokens, static_cast<int32_t>(encoded->ids.size()));
  out.special_text = encoded->contains_special_text;
  out.lost = std::move(encoded->lost);
  Response response{.ids = std::move(encoded->ids), .positions = {}};
  for (const int32_t end : encoded->ends) response.positions.push_back({end - 1, end});
  Group& group = out.group.emplace();
  group.responses.push_back(std::move(response));
  group.label = std::move(*labels);
  return out;
}

}  // namespace

PoolRange pool_range_of(const std::vector<int32_t>& ids, const Pooling& pooling) {
  TORCH_INTERNAL_ASSERT(!ids.empty(), "text/ refuses texts without tokens");
  const auto length = static_cast<int32_t>(ids.size());
  int32_t last = length - 1;
  switch (pooling.rule) {
    case PoolingRule::first: return {0, 1};
    case PoolingRule::mean: return {0, length};
    case PoolingRule::last_not_pad:
      while (last > 0 && ids[last] == pooling.pad_id) --last;
      [[fallthrough]];
    default: return {last, last + 1};
  }
}

EncodedExample encode_example(const Example& example, const EncodeContext& context,
                              const std::string& where) {
  EncodedExample out;
  try {
    if (const auto beyond = beyond_any_length(example, context)) {
      out.over_length = *beyond;
    } else if (example.segments.empty()) {
      out = encode(example, context);
    } else {
      out = encode_in_segments(example, context);
    }
    if (out.group) {
      std::ranges::move(unread_fields_of(example, context), std::back_inserter(out.lost));
    }
  } catch (const Error& e) {  // the text rule knows no files
    throw Error{e.kind, str(where, ": ", e.message)};
  }
  out.stats = response_stats(example, context.rules.rule);
  if (out.group) out.group->prompt_hash = prompt_hash(example);
  return out;
}

}  // namespace laurel
