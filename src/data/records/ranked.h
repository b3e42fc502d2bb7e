// Format ranked: K responses in an order, given as ranks or as scores.
//
//   responses, ranks or scores
#pragma once

#include <array>
#include <string>
#include <vector>

#include "data/group.h"
#include "data/records/example.h"
#include "data/records/record_fields.h"

namespace laurel {

struct RankedFormat {
  static constexpr const char* name = "ranked";
  static constexpr LabelKind label_kind = LabelKind::ranked;
  // What a row needs, for messages.
  static constexpr const char* needs = "\"responses\" and \"ranks\" or \"scores\"";

  // The same of a row that is to be scored.
  static constexpr const char* responses = "\"responses\"";

  // Our names of its fields, beside those that all formats have.
  static constexpr std::array fields{"responses", "ranks", "scores"};

  // Whether a row has the fields of this format.
  static bool recognise(const RecordFields& record);

  // All but the prompt.
  static Example parse(const RecordFields& record, const RowSchema& schema);

  // The fields that scoring adds, besides the list "rewards" of lists and segments.
  static std::vector<std::string> reward_fields(const RecordFields& record);

  bool operator==(const RankedFormat&) const = default;
};

}  // namespace laurel
