// Format pointwise: a response and its scores, one, one for each attribute, or several annotators'.
//
//   response, score or scores [annotators]
//   response, one or more of the attributes, each a number or a list [annotators]
#pragma once

#include <array>
#include <string>
#include <vector>

#include "data/group.h"
#include "data/records/example.h"
#include "data/records/record_fields.h"

namespace laurel {

struct PointwiseFormat {
  static constexpr const char* name = "pointwise";
  static constexpr LabelKind label_kind = LabelKind::pointwise;
  // What a row needs, for messages.
  static constexpr const char* needs = "\"response\" and \"score\"";

  // The same of a row that is to be scored.
  static constexpr const char* responses = "\"response\"";

  // Our names of its fields, beside those that all formats have.
  static constexpr std::array fields{"response", "score", "scores", "annotators"};
  static constexpr std::array labels{"score", "scores"};  // in whose place attributes are

  // Whether a row has the fields of this format.
  static bool recognise(const RecordFields& record);

  // All but the prompt.
  static Example parse(const RecordFields& record, const RowSchema& schema);

  // The fields that scoring adds, besides the list "rewards" of lists and segments.
  static std::vector<std::string> reward_fields(const RecordFields& record);

  bool operator==(const PointwiseFormat&) const = default;
};

}  // namespace laurel
