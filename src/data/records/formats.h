// One function per format: from the fields of a row to an example, without its prompt.
#pragma once

#include <string>
#include <vector>

#include "data/records/example.h"
#include "data/records/record.h"

namespace laurel {

// What a row of the format needs, for messages.
inline constexpr const char* kPairwiseFields =
    "\"chosen\" and \"rejected\", or \"response_a\", \"response_b\" and \"preferred\"";
inline constexpr const char* kPointwiseFields = "\"response\" and \"score\"";
inline constexpr const char* kRankedFields = "\"responses\" and \"ranks\" or \"scores\"";
inline constexpr const char* kSegmentsFields =
    "\"completions\" and \"labels\", or \"response\", \"segments\" and \"labels\"";

// Our names of the fields that only this format has, beside prompt and weight.
std::vector<std::string> pairwise_fields();
std::vector<std::string> pointwise_fields(const std::vector<std::string>& attributes);
std::vector<std::string> ranked_fields();
std::vector<std::string> segments_fields(const std::vector<std::string>& attributes);

// The fields that hold the labels of segments: the attributes, or "labels".
std::vector<std::string> segment_labels(const std::vector<std::string>& attributes);

Example parse_pairwise(const RowFields& fields, const RowSchema& schema);
Example parse_pointwise(const RowFields& fields, const RowSchema& schema);
Example parse_ranked(const RowFields& fields, const RowSchema& schema);
Example parse_segments(const RowFields& fields, const RowSchema& schema);

}  // namespace laurel
