// Format segments: a response labelled in parts, which are a list of strings, or spans of a text.
//
//   completions (strings), labels
//   response, segments ([begin, end] in code points), labels
//   attributes take the place of labels
#pragma once

#include <array>
#include <string>
#include <vector>

#include "data/group.h"
#include "data/records/example.h"
#include "data/records/record_fields.h"

namespace laurel {

struct SegmentsFormat {
  static constexpr const char* name = "segments";
  static constexpr LabelKind label_kind = LabelKind::pointwise;
  // What a row needs, for messages.
  static constexpr const char* needs =
      "\"completions\" and \"labels\", or \"response\", \"segments\" and \"labels\"";

  // The same of a row that is to be scored.
  static constexpr const char* responses = "\"completions\", or \"response\" and \"segments\"";

  // Our names of its fields, beside those that all formats have.
  static constexpr std::array fields{"completions", "response", "segments", "labels"};
  static constexpr std::array labels{"labels"};  // in whose place attributes are

  // Whether a row has the fields of this format.
  static bool recognise(const RecordFields& record);

  // All but the prompt.
  static Example parse(const RecordFields& record, const RowSchema& schema);

  // The fields that scoring adds, besides the list "rewards" of lists and segments.
  static std::vector<std::string> reward_fields(const RecordFields& record);

  bool operator==(const SegmentsFormat&) const = default;
};

}  // namespace laurel
