// Reads a data file into tokenised rows, in threads, with every row's outcome.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "data/records/expand/grouped_reader.h"
#include "data/records/keys_seen.h"
#include "data/sources/annotators.h"
#include "data/sources/encode_example.h"
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

  void parse_and_take(Chunk& chunk, Chunk& before, RowFileWriter& writer);
  void load_chunk(Chunk& chunk);
  void parse(Work& work);
  void decide_rule(const Work& work);
  void record_occurrences(Work& work);
  void encode(Work& work) const;
  void take_all(Chunk& chunk, RowFileWriter& writer);
  void take(Work& work, RowFileWriter& writer);
  void count_bad(const std::string& where, const std::string& error);

  SourceOptions options_;
  LoadContext context_;
  const FileFacts& before_;
  Progress progress_;
  int threads_;
  RowSchema schema_;
  KeysSeen keys_seen_;
  FileFacts facts_;
  TextRule rule_ = TextRule::plain;
  AnnotatorNames annotators_;
  SliceValues slices_;
};

// Throws Error (data) where a source has strings and message lists, and nothing says how both are
// read. `facts` are of all its files so far.
void check_one_kind(const FileFacts& facts, const SourceOptions& options,
                    const LoadContext& context);

}  // namespace laurel
