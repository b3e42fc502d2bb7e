// Reads a data file into tokenised rows, in threads, with every row's outcome.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "data/records/example.h"
#include "data/records/expand/grouped_reader.h"
#include "data/records/format.h"
#include "data/records/keys_seen.h"
#include "data/sources/annotators.h"
#include "data/sources/file_facts.h"
#include "data/sources/load.h"
#include "data/sources/row_file.h"
#include "data/sources/slice_values.h"
#include "data/sources/source.h"

namespace laurel {

// The rows that there are at most, or all.
using RowCount = std::optional<int64_t>;

// Loads a file once.
class RowLoader {
 public:
  using Progress = std::function<void(int64_t rows, int64_t file_bytes)>;

  // `before`: of the files of the source before this one, which decide how texts are read and how
  // many rows may be bad.
  RowLoader(const SourceOptions& options, const LoadContext& context, const FileFacts& before,
            Progress progress);

  // Its first `most` rows, to `writer`; returns what there is to say of them. Errors as load_source.
  FileFacts load(const std::string& path, RowCount most, RowFileWriter& writer);

 private:
  struct Work;
  struct Chunk;

  std::optional<Chunk> read_chunk(GroupedReader& reader, int64_t& left);
  void decide_rule(Work& work, FileFacts& facts);
  void load_chunk(Chunk& chunk);
  void parse(Work& work);
  void record_occurrences(const Example& example, const std::string& where, FileFacts& facts) const;
  void encode(Work& work, FileFacts& facts) const;
  void take_chunk(Chunk& chunk, RowFileWriter& writer);
  void take_held(RowFileWriter& writer);
  void take(Work& work, RowFileWriter& writer);
  void count_bad(const std::string& where, const std::string& error);

  SourceOptions options_;
  LoadContext context_;
  const FileFacts& before_;
  Progress progress_;
  int threads_;
  RowSchema schema_;
  KeysSeen keys_seen_;
  // Of the source, or of the first row that can be read: set before a later row is tokenised.
  std::optional<TextRule> rule_;
  bool rule_decided_ = false;
  int64_t rows_read_ = 0;
  // Of rows taken, as all that follows.
  FileFacts facts_;
  std::vector<Work> held_;  // malformed ones, until a row is good or the file is judged
  AnnotatorNames annotators_;
  SliceValues slices_;
};

// Throws Error (data) where a source has strings and message lists, and nothing says how both are
// read. `facts` are of all its files so far.
void check_one_kind(const FileFacts& facts, const SourceOptions& options,
                    const LoadContext& context);

}  // namespace laurel
