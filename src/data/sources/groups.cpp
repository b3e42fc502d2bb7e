// Groups: read from their files, with what becomes of their labels.
#include "data/sources/groups.h"

#include <c10/util/Exception.h>

#include <bit>
#include <stdexcept>

#include "core/checksum.h"
#include "core/random.h"
#include "core/str.h"
#include "data/sources/label_changes.h"
#include "data/sources/row_file.h"

namespace laurel {

namespace {

constexpr int kRowBits = 40;
constexpr uint64_t kRowMask = (uint64_t{1} << kRowBits) - 1;

void multiply(Label& label, float factor) {
  if (auto* scores = std::get_if<Ratings>(&label)) {
    for (float& weight : scores->weight) weight *= factor;
  } else if (auto* preferences = std::get_if<Preferences>(&label)) {
    for (Preference& preference : *preferences) preference.weight *= factor;
  } else {
    std::get<Ranking>(label).weight *= factor;
  }
}

}  // namespace

Groups::Groups(std::initializer_list<Group> groups) {
  for (const Group& group : groups) push_back(group);
}

Groups::Groups(std::vector<NumberedRowFile> files) : files_(std::move(files)) {}

void Groups::add(size_t file, uint64_t row) {
  TORCH_INTERNAL_ASSERT(row <= kRowMask && file < (size_t{1} << (64 - kRowBits)), "so many rows");
  rows_.push_back((static_cast<uint64_t>(file) << kRowBits) | row);
}

const NumberedRowFile& Groups::file_of(size_t i) const { return files_[rows_[i] >> kRowBits]; }
size_t Groups::file(size_t i) const { return rows_[i] >> kRowBits; }
uint64_t Groups::row_of(size_t i) const { return rows_[i] & kRowMask; }

const RowEntry& Groups::entry(size_t i) const { return file_of(i).rows->index()[row_of(i)]; }

Group Groups::operator[](size_t i) const {
  LoadedRow row = file_of(i).rows->row(row_of(i));
  if (changes_) changes_->apply(row, file(i));
  if (!factors_.empty()) multiply(row.group.label, factors_[i]);
  row.group.id |= file_of(i).number << kLocationBits;
  row.group.source = source_;
  return std::move(row.group);
}

Group Groups::at(size_t i) const {
  if (i >= size()) throw std::out_of_range(str("group ", i, " of ", size()));
  return (*this)[i];
}

Label Groups::label(size_t i) const {
  LoadedRow row = file_of(i).rows->label_of(row_of(i));
  if (changes_) changes_->apply(row, file(i));
  if (!factors_.empty()) multiply(row.group.label, factors_[i]);
  return std::move(row.group.label);
}

void Groups::for_each_ratings(const VisitRatings& visit) const {
  for_each_ratings(0, size(), visit);
}

void Groups::for_each_ratings(size_t begin, size_t end, const VisitRatings& visit) const {
  const bool as_stored = factors_.empty() && (!changes_ || changes_->none());
  std::vector<float> score, weight;
  for (size_t i = begin; i < end; ++i) {
    if (as_stored) {
      if (file_of(i).rows->read_ratings(row_of(i), score, weight)) visit(i, score, weight);
      continue;
    }
    const Label read = label(i);
    const auto* ratings = std::get_if<Ratings>(&read);
    if (ratings) visit(i, ratings->score, ratings->weight);
  }
}

uint64_t Groups::id(size_t i) const { return entry(i).id | (file_of(i).number << kLocationBits); }

LoadedRow Groups::row(size_t i) const {
  LoadedRow row = file_of(i).rows->row(row_of(i));
  if (changes_) changes_->apply(row, file(i));
  row.group.id |= file_of(i).number << kLocationBits;
  return row;
}

AnnotatorScores Groups::annotator_scores(size_t i) const {
  return file_of(i).rows->label_of(row_of(i)).annotator_scores;
}

std::vector<ResponseStats> Groups::stats(size_t i) const {
  return file_of(i).rows->row(row_of(i)).stats;
}

uint64_t Groups::own_row(const LoadedRow& row) {
  // Of a copy of these groups, the rows in memory are another's too: it gets a file of its own.
  if (!own_ || own_.use_count() > 2) {
    own_ = std::make_shared<RowFile>();
    files_.push_back({own_, 0});
  }
  own_->add(bytes_of(row, {}));
  return ((static_cast<uint64_t>(files_.size()) - 1) << kRowBits) | (own_->size() - 1);
}

void Groups::add_row(const LoadedRow& row) {
  if (empty()) source_ = row.group.source;
  TORCH_INTERNAL_ASSERT(row.group.source == source_, "groups of one source");
  rows_.push_back(own_row(row));
  if (!factors_.empty()) factors_.push_back(1);
}

void Groups::push_back(const Group& group, const std::vector<ResponseStats>& stats) {
  add_row({.group = group, .stats = stats});
}

void Groups::set(size_t i, const Group& group) {
  LoadedRow row = file_of(i).rows->row(row_of(i));
  row.group = group;
  rows_[i] = own_row(row);
}

void Groups::set_changes(std::shared_ptr<const LabelChanges> changes) {
  changes_ = std::move(changes);
}

void Groups::multiply_weights(size_t i, float factor) {
  if (factors_.empty()) factors_.assign(size(), 1);
  factors_[i] *= factor;
}

void Groups::expect_random_reads() const {
  for (const auto& [rows, number] : files_) rows->expect_random_reads();
}

uint64_t Groups::fingerprint() const {
  uint64_t sum = size();
  const auto add = [&](uint64_t number) { sum = mix64(sum ^ number); };
  for (size_t i = 0; i < size(); ++i) {
    const RowEntry& of = entry(i);
    add(of.checksum);
    add(of.prompt_hash + id(i));
  }
  for (const float factor : factors_) add(std::bit_cast<uint32_t>(factor));
  return changes_ ? checksum64(changes_->text(), sum) : sum;
}

}  // namespace laurel
