// Parts of a row's body as bytes.
#include "data/sources/row_parts.h"

#include <bit>

#include "core/checksum.h"

namespace laurel {

void put_checked(std::string_view part, ByteWriter& to) {
  to.value(static_cast<uint32_t>(part.size()));
  to.value(static_cast<uint32_t>(checksum64(part)));
  to.append(part);
}

std::optional<CheckedPart> take_checked(std::string_view bytes) {
  ByteReader head(bytes);
  const auto size = head.value<uint32_t>(), checksum = head.value<uint32_t>();
  if (!head.ok() || size > bytes.size() - 2 * sizeof(uint32_t)) return std::nullopt;
  bytes.remove_prefix(2 * sizeof(uint32_t));
  static const auto of_nothing = static_cast<uint32_t>(checksum64(""));  // of most covariates
  const uint32_t found =
      size == 0 ? of_nothing : static_cast<uint32_t>(checksum64(bytes.substr(0, size)));
  if (found != checksum) return std::nullopt;
  return CheckedPart{bytes.substr(0, size), bytes.substr(size)};
}

void put_covariates(const std::vector<ResponseStats>& stats, ByteWriter& to) {
  for (const ResponseStats& of : stats) {
    for (const double number : of.covariates) to.value(std::bit_cast<uint64_t>(number));
  }
}

void take_covariates(std::string_view bytes, std::vector<ResponseStats>& stats) {
  if (stats.empty()) return;
  ByteReader from(bytes);
  for (ResponseStats& of : stats) {
    of.covariates.resize(bytes.size() / sizeof(uint64_t) / stats.size());
    for (double& number : of.covariates) number = std::bit_cast<double>(from.value<uint64_t>());
  }
}

void put(const std::vector<ResponseStats>& stats, ByteWriter& to) {
  to.value(static_cast<uint64_t>(stats.size()));
  for (const ResponseStats& of : stats) {
    to.value(of.answer_length);
    to.value(of.hash);
  }
}

void take(ByteReader& from, std::vector<ResponseStats>& stats) {
  for (auto left = from.value<uint64_t>(); left > 0 && from.ok(); --left) {
    ResponseStats& of = stats.emplace_back();
    of.answer_length = from.value<int64_t>();
    of.hash = from.value<uint64_t>();
  }
}

void put(const AnnotatorScores& annotator_scores, ByteWriter& to) {
  to.value(annotator_scores.weight);
  to.value(static_cast<uint64_t>(annotator_scores.scores.size()));
  for (const auto& [entry, attribute, annotator, score] : annotator_scores.scores) {
    for (const int32_t number : {entry, attribute, annotator}) to.value(number);
    to.value(score);
  }
}

void take(ByteReader& from, AnnotatorScores& annotator_scores) {
  annotator_scores.weight = from.value<float>();
  for (auto left = from.value<uint64_t>(); left > 0 && from.ok(); --left) {
    auto& [entry, attribute, annotator, score] = annotator_scores.scores.emplace_back();
    for (int32_t* number : {&entry, &attribute, &annotator}) *number = from.value<int32_t>();
    score = from.value<float>();
  }
}

}  // namespace laurel
