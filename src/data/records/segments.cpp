// Reads the row of a response labelled in parts.
#include "data/records/segments.h"

#include <limits>

#include "core/str.h"
#include "core/unicode.h"
#include "data/records/format.h"

namespace laurel {

namespace {

const Json& list_of(const RecordFields& record, const std::string& name, const char* of) {
  const Json& value = record.required(name);
  if (!value.is_array() || value.empty()) {
    record.fail(str("found ", value.is_array() ? "an empty list" : describe_json(value), " for \"",
                    record.column(name), "\", expected a list of ", of));
  }
  return value;
}

// Joined by the separator; nothing stands behind the last one.
Example parse_completions(const RecordFields& record, const std::string& separator) {
  Example example;
  example.names = {"completions"};
  std::string text;
  for (const Json& value : list_of(record, "completions", "strings")) {
    const std::string what =
        str("\"", record.column("completions"), "[", example.segments.size(), "]\"");
    if (!value.is_string()) {
      record.fail(str("found ", describe_json(value), " for ", what, ", expected a string"));
    }
    const auto& segment = value.get_ref<const std::string&>();
    if (strip_white_space(segment).empty()) {
      record.fail(str("found ", segment.empty() ? "an empty " : "nothing but white space in ", what,
                      ", expected text in each segment"));
    }
    if (!example.segments.empty()) text += separator;
    example.segments.push_back({text.size(), text.size() + segment.size()});
    text += segment;
  }
  example.responses.push_back(std::move(text));
  return example;
}

struct CodePoints {
  int64_t begin, end;
};

CodePoints span_of(const RecordFields& record, const Json& value, const std::string& what) {
  const auto is_number = [](const Json& number) {
    return number.is_number_integer() && number <= std::numeric_limits<int64_t>::max();
  };
  if (!value.is_array() || value.size() != 2 || !is_number(value[0]) || !is_number(value[1])) {
    record.fail(str("found ", value.is_array() ? "another list" : describe_json(value), " for ",
                    what, ", expected two whole numbers [begin, end]"));
  }
  return {value[0].get<int64_t>(), value[1].get<int64_t>()};
}

Example parse_spans(const RecordFields& record) {
  Example example;
  example.names = {"response"};
  example.responses.push_back(record.response("response"));
  const Text& response = example.responses[0];
  const auto* messages = std::get_if<Conversation>(&response);
  const std::string_view text =
      messages ? messages->back().content : std::get<std::string>(response);
  const int64_t length = code_points(text);
  int64_t behind = 0;  // the span before, in code points
  size_t byte = 0;
  for (const Json& value : list_of(record, "segments", "spans [begin, end]")) {
    const std::string what =
        str("\"", record.column("segments"), "[", example.segments.size(), "]\"");
    const auto [begin, end] = span_of(record, value, what);
    const std::string found = str("found the span [", begin, ", ", end, "] in ", what);
    if (begin < 0 || end > length || begin >= end) {
      record.fail(str(found, ", expected begin < end within the ", length,
                      " characters (code points) of \"", record.column("response"), "\"",
                      messages ? "'s last message" : ""));
    }
    if (begin < behind) {
      record.fail(str(found, " after one that ends at ", behind,
                      ", expected spans in order and without overlap"));
    }
    const size_t first = byte + code_point_offset(text.substr(byte), begin - behind);
    byte = first + code_point_offset(text.substr(first), end - begin);
    if (strip_white_space(text.substr(first, byte - first)).empty()) {
      record.fail(str(found, ", which holds nothing but white space, expected text"));
    }
    example.segments.push_back({first, byte});
    behind = end;
  }
  return example;
}

// null means not labelled.
Ratings labels_of(const RecordFields& record, size_t segments,
                  const std::vector<std::string>& names) {
  const size_t cells = segments * names.size();
  Ratings scores{.score = std::vector<float>(cells), .weight = std::vector<float>(cells)};
  const float weight = record.weight();
  bool labelled = false;
  for (size_t a = 0; a < names.size(); ++a) {
    if (!record.given(names[a]) && names.size() > 1) continue;
    const auto labels = record.numbers(names[a], static_cast<int64_t>(segments), "segment");
    for (size_t i = 0; i < segments; ++i) {
      if (!labels[i]) continue;
      labelled = true;
      scores.score[i * names.size() + a] = *labels[i];
      scores.weight[i * names.size() + a] = weight;
    }
  }
  if (labelled) return scores;
  std::vector<std::string> sources;
  for (const std::string& name : names) sources.push_back(str("\"", record.column(name), "\""));
  record.fail(str("found no labelled segment in ", join(sources, ", "),
                  ", expected at least one: null means not labelled"));
}

// The fields that hold the labels of segments: the attributes, or "labels".
std::vector<std::string> segment_labels(const std::vector<std::string>& attributes) {
  using Names = std::vector<std::string>;
  constexpr auto& own = SegmentsFormat::labels;
  return attributes.empty() ? Names(own.begin(), own.end()) : attributes;
}

bool has_spans(const RecordFields& record) {
  return record.has("response") && record.has("segments");
}

}  // namespace

bool SegmentsFormat::recognise(const RecordFields& record) {
  return record.has("completions") || has_spans(record);
}

std::vector<std::string> SegmentsFormat::reward_fields(const RecordFields&) { return {"reward"}; }

Example SegmentsFormat::parse(const RecordFields& record, const RowSchema& schema) {
  const bool listed = record.has("completions");
  const bool spans = has_spans(record);
  if (listed == spans) {
    record.fail(str("found ", listed ? "segments of two kinds" : "no segments",
                    record.fields_of_row(), ", expected ", schema.labelled ? needs : responses,
                    listed ? "" : kFieldsSayWhere));
  }
  Example example = listed ? parse_completions(record, schema.separator) : parse_spans(record);
  if (schema.labelled) {
    example.label = labels_of(record, example.segments.size(), segment_labels(schema.attributes));
  }
  return example;
}

}  // namespace laurel
