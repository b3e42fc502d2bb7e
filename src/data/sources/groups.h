// The groups of a split: which rows of which files of rows they are. A group is read when it is
// asked for, so that a split takes a few bytes for each, however long its texts are.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "data/group.h"
#include "data/records/annotator_scores.h"

namespace laurel {

class RowFile;
struct LabelChanges;
struct LoadedRow;
struct RowEntry;

// What evaluation needs to know of a response besides its tokens.
struct ResponseStats {
  int64_t answer_length;  // code points of the answer as given: without prompt and shared messages
  uint64_t hash;          // equal responses to equal prompts have equal hashes
  std::vector<double> covariates = {};  // by Split::covariates; NaN: it has none
};

// A file of rows, and the number of its data file in the ids of groups.
struct NumberedRowFile {
  std::shared_ptr<const RowFile> rows;
  uint64_t number = 0;
};

class Groups {
 public:
  using value_type = Group;

  Groups() = default;
  Groups(std::initializer_list<Group> groups);  // in memory, as push_back

  // Groups of rows of `files`; add() says which.
  explicit Groups(std::vector<NumberedRowFile> files);
  void add(size_t file, uint64_t row);
  void reserve(size_t groups) { rows_.reserve(groups); }
  const std::vector<NumberedRowFile>& files() const { return files_; }

  void set_source(SourceId source) { source_ = source; }
  SourceId source() const { return source_; }

  size_t size() const { return rows_.size(); }
  bool empty() const { return rows_.empty(); }

  // As it is trained on or evaluated. Throws Error (data) that names the file where the row in it
  // is damaged.
  Group operator[](size_t i) const;
  Group at(size_t i) const;  // throws std::out_of_range
  Group front() const { return at(0); }

  // Parts of it, without reading its tokens.
  Label label(size_t i) const;
  AnnotatorScores annotator_scores(size_t i) const;  // as they are in the file
  const RowEntry& entry(size_t i) const;             // sizes and hashes
  uint64_t id(size_t i) const;

  // visit(i, scores, weights) of each whose label is ratings, in their order; fast.
  using VisitRatings =
      std::function<void(size_t, std::span<const float> score, std::span<const float> weight)>;
  void for_each_ratings(const VisitRatings& visit) const;
  void for_each_ratings(size_t begin, size_t end, const VisitRatings& visit) const;

  // What it is made of; without its source and multiply_weights().
  LoadedRow row(size_t i) const;
  std::vector<ResponseStats> stats(size_t i) const;
  size_t file(size_t i) const;  // which of files()

  class Iterator {
   public:
    using value_type = Group;
    using difference_type = std::ptrdiff_t;

    Iterator() = default;
    Iterator(const Groups* groups, size_t at) : groups_(groups), at_(at) {}
    Group operator*() const { return (*groups_)[at_]; }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    Iterator operator++(int) { return {groups_, at_++}; }
    bool operator==(const Iterator&) const = default;

   private:
    const Groups* groups_ = nullptr;
    size_t at_ = 0;
  };
  using const_iterator = Iterator;
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, size()}; }

  // Groups that come from no file are kept in memory.
  void push_back(const Group& group, const std::vector<ResponseStats>& stats = {});
  void add_row(const LoadedRow& row);
  void set(size_t i, const Group& group);  // all else of its row stays
  void clear() { *this = Groups(); }

  // What becomes of the labels when they are read; a multiple of a group's weights comes last.
  void set_changes(std::shared_ptr<const LabelChanges> changes);
  const LabelChanges* changes() const { return changes_.get(); }
  void multiply_weights(size_t i, float factor);

  // Reading them in an order of no file.
  void expect_random_reads() const;

  // Equal ones have the same groups, with the same labels and in the same order, but for chance.
  uint64_t fingerprint() const;

 private:
  const NumberedRowFile& file_of(size_t i) const;
  uint64_t row_of(size_t i) const;
  uint64_t own_row(const LoadedRow& row);

  SourceId source_ = 0;
  std::vector<NumberedRowFile> files_;
  std::shared_ptr<RowFile> own_;  // the last of files_, if that is in memory
  std::vector<uint64_t> rows_;    // number in files_, and of the row in it
  std::shared_ptr<const LabelChanges> changes_;
  std::vector<float> factors_;  // by group; {}: all 1
};

}  // namespace laurel
