// All rows of a config's sources, as audit and curate compare them: what they say, and numbers for
// their texts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/log.h"
#include "curation/example_reader.h"
#include "data/group.h"
#include "data/records/annotator_scores.h"
#include "data/sources/source.h"

namespace laurel {

// Texts of all rows, each once; white space at their ends makes no difference.
class TextTable {
 public:
  // The number of the text: those of equal keys have one number. `normalised` is of the text.
  uint32_t add(std::string_view text, std::string_view key, std::string normalised);

  size_t size() const { return facts_.size(); }
  int64_t code_points(uint32_t text) const { return facts_[text].code_points; }
  // The number of its normalised text, and that text: texts that differ in case, punctuation or
  // spacing only have one.
  uint32_t words(uint32_t text) const { return facts_[text].words; }
  const std::vector<std::string>& normalised() const { return normalised_; }

 private:
  struct Facts {
    uint32_t words = 0;
    int64_t code_points = 0;
  };
  std::vector<Facts> facts_;
  std::vector<std::string> normalised_;
  std::unordered_map<uint64_t, uint32_t> by_hash_, words_by_hash_;
};

struct CurationRow {
  RowPlace place;
  bool eval = false;
  bool presented_order = false;  // as in LoadedRow
  uint32_t prompt = 0;           // numbers of texts
  std::vector<uint32_t> responses;
  std::vector<std::string> slices;  // JSON texts, as Example::slices
  std::string annotator;            // JSON text; "" if the row does not say who
  Label label;
  AnnotatorScores annotator_scores;
  std::vector<std::string> annotators;  // by AnnotatorScore::annotator
  std::vector<ByteRange> segments;      // of the only response, as Example::segments
};

struct CurationSource {
  SourceOptions options;
  std::vector<std::string> files;         // train, then eval: RowPlace::file
  FileStamps stamps;                      // of the files when they were first read
  int64_t bad = 0;                        // malformed rows, which are left out
  std::vector<std::string> bad_examples;  // what is wrong with the first of them
};

struct CurationRows {
  std::vector<CurationSource> sources;
  std::vector<CurationRow> rows;  // by source, train before eval, in file order
  TextTable texts;

  std::string where(const CurationRow& row) const;  // "file:line"
};

// The row that is read again must be rows.rows[next]. Throws Error (data) where it is not: a file has
// changed meanwhile.
void check_same_row(const CurationRows& rows, size_t next, const ReadExample& read);

// Throws Error (data) where a file is not what it was when it was first read.
void check_unchanged(const CurationRows& rows);

// Rows of the files in `train`, and of those in `eval`; `annotator` is the field that says who
// labelled a row. Memory: about the size of the different texts.
// Throws Error (data) for what can be read only once.
CurationRows read_curation_rows(const std::vector<SourceOptions>& sources,
                                const std::optional<std::string>& annotator, int threads);

}  // namespace laurel
