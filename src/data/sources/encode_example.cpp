// Encodes examples. Hashes are FNV-1a, finished by mix64: the same on every machine, so that the
// held-out part is too.
#include "data/sources/encode_example.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <iterator>
#include <limits>

#include "core/error.h"
#include "core/option_types.h"
#include "core/random.h"
#include "core/str.h"
#include "core/unicode.h"
#include "text/segments.h"
#include "text/unread_fields.h"

namespace laurel {

namespace {

uint64_t hash_of(std::string_view bytes, uint64_t before = 0) {
  uint64_t hash = 0xCBF29CE484222325u ^ before;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  return mix64(hash ^ bytes.size());
}

enum class Contents { as_they_are, trimmed };

uint64_t hash_of(const Conversation& messages, uint64_t before, Contents contents) {
  uint64_t hash = before;
  for (const Message& message : messages) {
    const bool trimmed = contents == Contents::trimmed;
    const std::string_view content =
        trimmed ? strip_white_space(message.content) : std::string_view(message.content);
    hash = hash_of(content, hash_of(message.role, hash));
    if (!message.extra.empty()) hash = hash_of(message.extra.dump(), hash);
  }
  return hash;
}

uint64_t hash_of(const Text& text, const char* role_of_string, uint64_t before, Contents contents) {
  if (const auto* messages = std::get_if<Conversation>(&text)) {
    return hash_of(*messages, before, contents);
  }
  return hash_of(Conversation{{.role = role_of_string, .content = std::get<std::string>(text)}},
                 before, contents);
}

// They belong to the prompt: answers to one question with other tools are no answers to the same.
uint64_t hash_of_variables(const Example& example) {
  return example.variables.empty() ? 0 : hash_of(example.variables.dump());
}

int64_t answer_length(const Text& response, size_t shared, TextRule rule) {
  const auto* messages = std::get_if<Conversation>(&response);
  if (!messages) return code_points(std::get<std::string>(response));
  if (rule == TextRule::pair && !messages->empty()) return code_points(messages->back().content);
  int64_t length = 0;
  for (size_t i = shared; i < messages->size(); ++i) length += code_points((*messages)[i].content);
  return length;
}

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

// A labelled answer of which the model would see nothing teaches it what people said of another.
void refuse_empty_answers(const Example& example, const std::vector<TokenizedText>& responses,
                          TextRule rule) {
  for (size_t i = 0; i < responses.size(); ++i) {
    if (!responses[i].empty_answer) continue;
    const std::string& name = example.names[i];
    throw Error{ErrorKind::data,
                str("found \"", name, name == "responses" ? str("[", i, "]") : std::string(), "\" ",
                    rule == TextRule::pair
                        ? "without any token, expected an answer"
                        : "empty once the chat template has rendered it (templates trim white "
                          "space), expected an answer")};
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
  if (example.label) refuse_empty_answers(example, *responses, context.rules.rule);
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

// Templates trim contents, and those who copy questions do not.
uint64_t prompt_hash(const Example& example) {
  const uint64_t before = hash_of_variables(example);
  const auto of = [&](const Text& text, const char* role) {
    return hash_of(text, role, before, Contents::trimmed);
  };
  if (has_prompt(example)) return of(*example.prompt, "user");
  if (Conversation shared = shared_messages(example); !shared.empty()) return of(shared, "user");
  if (std::string start = shared_start(example); !start.empty()) return of(start, "user");
  std::vector<uint64_t> hashes;
  for (const Text& response : example.responses) {
    hashes.push_back(hash_of(response, "assistant", 0, Contents::trimmed));
  }
  std::sort(hashes.begin(), hashes.end());
  uint64_t hash = before;
  for (const uint64_t next : hashes) hash = mix64(hash ^ next);
  return hash;
}

std::vector<ResponseStats> response_stats(const Example& example, TextRule rule) {
  const size_t shared = shared_messages(example).size();
  const uint64_t before = has_prompt(example) ? prompt_hash(example) : hash_of_variables(example);
  std::vector<ResponseStats> stats;
  for (const Text& response : example.responses) {
    stats.push_back({.answer_length = answer_length(response, shared, rule),
                     .hash = hash_of(response, "assistant", before, Contents::as_they_are)});
  }
  for (size_t i = 0; i < example.covariates.size(); ++i) {
    stats[i].covariates = example.covariates[i];
  }
  return stats;
}

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
