// Format pairwise: two responses and which one is better, for sure, as a tie, or as probabilities.
//
//   chosen, rejected [tie or preference]
//   response_a, response_b, and preferred, tie, preference, or votes_a, votes_b [votes_tie]
//   either with [margin, strength]
#pragma once

#include <array>
#include <string>
#include <vector>

#include "data/group.h"
#include "data/records/example.h"
#include "data/records/record_fields.h"

namespace laurel {

struct PairwiseFormat {
  static constexpr const char* name = "pairwise";
  static constexpr LabelKind label_kind = LabelKind::pairwise;
  // What a row needs, for messages.
  static constexpr const char* needs =
      "\"chosen\" and \"rejected\", or \"response_a\", \"response_b\" and \"preferred\"";

  // The same of a row that is to be scored.
  static constexpr const char* responses =
      "\"chosen\" and \"rejected\", or \"response_a\" and \"response_b\"";

  // Our names of its fields, beside those that all formats have.
  static constexpr std::array fields{"chosen",     "rejected", "response_a", "response_b",
                                     "preferred",  "votes_a",  "votes_b",    "votes_tie",
                                     "preference", "tie",      "margin",     "strength"};

  // Whether a row has the fields of this format.
  static bool recognise(const RecordFields& record);

  // All but the prompt.
  static Example parse(const RecordFields& record, const RowSchema& schema);

  // The fields that scoring adds, besides the list "rewards" of lists and segments.
  static std::vector<std::string> reward_fields(const RecordFields& record);

  bool operator==(const PairwiseFormat&) const = default;
};

}  // namespace laurel
