// Reads a source's files into tokenised rows, in threads, with every row's outcome.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "data/files/row_reader.h"
#include "data/sources/annotators.h"
#include "data/sources/bad_rows.h"
#include "data/sources/encode_example.h"
#include "data/sources/length_tally.h"
#include "data/sources/load.h"
#include "data/sources/source.h"

namespace laurel {

// merged and those after it come from pairs_from_scores. merged: used, in the group of another row.
enum class Outcome { used, bad, over_length, identical, merged, no_pair, weight_0, max_responses };

struct LoadedRow {
  Outcome outcome = Outcome::used;
  Group group;  // of rows that are not used: id and prompt hash; of bad rows: id
  std::vector<ResponseStats> stats;
  AnnotatorScores
      annotator_scores;  // AnnotatorScore::annotator is a number in SourceRows::annotators
  std::vector<std::string> slices = {};  // of rows used: a value for each of SourceOptions::slices
  bool truncated = false, special_text = false;
};

// How often something worth a warning occurs in the rows, and where first.
struct Occurrences {
  int64_t count = 0;
  std::string first;  // "file:line"

  void add(const std::string& where);
};

// All rows of a source's files, and what loading found in them.
struct SourceRows {
  std::vector<LoadedRow> train, eval;
  TextRule rule = TextRule::plain;
  bool has_strings = false;
  FirstOccurrences first;                    // these as in SourceData
  std::vector<std::string> annotators = {};  // names of those who gave ratings
  std::vector<std::string> notes, warnings;
};

// Loads a source once.
class RowLoader {
 public:
  RowLoader(const SourceOptions& options, const LoadContext& context);

  // Groups are without source. Errors as load_source.
  SourceRows load();

 private:
  struct Work;

  std::vector<LoadedRow> read(const std::vector<Path>& files, size_t first_file);
  void check_lengths(const char* part);
  std::vector<Work> next_rows(RowReader& reader, int64_t most) const;
  void load_rows(std::vector<Work>& lines, double fraction);
  void parse(Work& work) const;
  void decide_rule(const Work& work);
  void record_occurrences(const Work& work);
  void encode(Work& work) const;
  LoadedRow outcome(Work& work);
  void count_bad(const std::string& where, const std::string& error);
  void add_warnings();

  SourceOptions options_;
  LoadContext context_;
  int threads_;
  SourceRows source_rows_;
  bool decided_ = false;                                  // the text rule
  std::optional<std::string> first_string_, first_list_;  // where
  std::set<std::string> ignored_;                         // of the file being read
  BadRows bad_;
  int64_t rows_ = 0;
  bool any_good_ = false;  // of the rows so far
  LengthTally lengths_;    // of the files of train, or of eval
  AnnotatorNames annotators_;
  Occurrences special_text_, other_role_, repeated_prompt_, repeated_response_;
  Occurrences joined_, fields_left_out_;  // of messages under the rule pair
};

}  // namespace laurel
