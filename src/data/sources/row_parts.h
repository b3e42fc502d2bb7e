// Parts of a row's body as bytes; for files of rows alone.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "data/records/annotator_scores.h"
#include "data/sources/groups.h"

namespace laurel {

// Its size and its checksum, then the part.
void put_checked(std::string_view part, ByteWriter& to);

struct CheckedPart {
  std::string_view part, rest;
};

// nullopt where it is damaged.
std::optional<CheckedPart> take_checked(std::string_view bytes);

// Of responses, without their covariates.
void put(const std::vector<ResponseStats>& stats, ByteWriter& to);
void take(ByteReader& from, std::vector<ResponseStats>& stats);

// As many of each response; into what take() has made.
void put_covariates(const std::vector<ResponseStats>& stats, ByteWriter& to);
void take_covariates(std::string_view bytes, std::vector<ResponseStats>& stats);

void put(const AnnotatorScores& annotator_scores, ByteWriter& to);
void take(ByteReader& from, AnnotatorScores& annotator_scores);

}  // namespace laurel
