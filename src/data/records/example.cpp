// A row under its format: the table of formats, and the rules that all of them share.
#include "data/records/example.h"

#include <c10/util/Exception.h>

#include <algorithm>

#include "core/str.h"
#include "data/records/formats.h"
#include "data/records/record.h"

namespace laurel {

namespace {

// A prompt given explicitly and again inside the responses would be seen twice by the model.
void refuse_repeated_prompt(const Example& example, const RowFields& fields) {
  const auto* prompt = example.prompt ? std::get_if<Conversation>(&*example.prompt) : nullptr;
  if (!prompt || prompt->empty()) return;
  for (const Text& response : example.responses) {
    const auto* messages = std::get_if<Conversation>(&response);
    if (!messages || messages->size() <= prompt->size() ||
        !std::equal(prompt->begin(), prompt->end(), messages->begin())) {
      return;
    }
  }
  fields.fail(str("found the messages of \"", fields.column("prompt"),
                  "\" again at the beginning of \"", fields.column(example.names[0]),
                  "\", expected only the messages that follow; leave out one of the two"));
}

Example parse(const RowFields& fields, const RowSchema& schema) {
  switch (schema.format) {
    case Format::pairwise: return parse_pairwise(fields, schema);
    case Format::pointwise: return parse_pointwise(fields, schema);
    case Format::ranked: return parse_ranked(fields, schema);
    case Format::segments: return parse_segments(fields, schema);
  }
  TORCH_INTERNAL_ASSERT(false, "unknown format");
}

}  // namespace

bool Example::is_chat() const {
  const auto is_list = [](const Text& text) { return std::holds_alternative<Conversation>(text); };
  return (prompt && is_list(*prompt)) || std::any_of(responses.begin(), responses.end(), is_list);
}

std::vector<std::string> field_names(Format format, const std::vector<std::string>& attributes) {
  std::vector<std::string> names{"prompt"}, own;
  switch (format) {
    case Format::pairwise: own = pairwise_fields(); break;
    case Format::pointwise: own = pointwise_fields(attributes); break;
    case Format::ranked: own = ranked_fields(); break;
    case Format::segments: own = segments_fields(attributes); break;
  }
  names.insert(names.end(), own.begin(), own.end());
  names.push_back("weight");
  return names;
}

Example parse_row(const Json& row, const RowSchema& schema, const std::string& where) {
  const RowFields fields(row, schema.columns, where);
  Example example = parse(fields, schema);
  example.prompt = fields.prompt();
  for (const std::string& field : schema.slices) example.slices.push_back(fields.slice(field));
  for (std::string& name : fields.others(field_names(schema.format, schema.attributes))) {
    if (std::ranges::find(schema.slices, name) == schema.slices.end()) {
      example.ignored.push_back(std::move(name));
    }
  }
  refuse_repeated_prompt(example, fields);
  return example;
}

void record_first_occurrences(const Example& example, const std::string& where,
                              FirstOccurrences& first) {
  const auto note = [&](bool seen, std::optional<std::string>& noted) {
    if (seen && !noted) noted = where;
  };
  note(example.has_margin, first.margin);
  note(example.has_strength, first.strength);
  const auto* pairs = example.label ? std::get_if<Preferences>(&*example.label) : nullptr;
  if (!pairs) return;
  note(!example.has_margin, first.no_margin);
  for (const Preference& pair : *pairs) {
    note(pair.tie > 0, first.tie);
    note(pair.target < 1 && pair.tie < 1, first.soft);
  }
}

Format detect_format(const Json& row, const std::map<std::string, std::string>& columns,
                     const std::string& where) {
  const RowFields fields(row, columns, where);
  std::vector<Format> found;
  if ((fields.has("chosen") && fields.has("rejected")) ||
      (fields.has("response_a") && fields.has("response_b"))) {
    found.push_back(Format::pairwise);
  }
  const bool spans = fields.has("response") && fields.has("segments");
  if (fields.has("response") && !spans) found.push_back(Format::pointwise);
  if (fields.has("completions") || spans) found.push_back(Format::segments);
  if (fields.has("responses")) found.push_back(Format::ranked);
  if (found.size() == 1) return found.front();
  fields.fail(str("found ", found.empty() ? "fields of no format" : "fields of several formats",
                  fields.fields_of_row(), ", expected ", kPairwiseFields, " (pairwise), ",
                  kPointwiseFields, " (pointwise), ", kRankedFields, " (ranked), or ",
                  kSegmentsFields, " (segments); name the format"));
}

}  // namespace laurel
