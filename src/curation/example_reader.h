// Example reader: the rows of one source as examples, some thousands at a time, parsed in threads.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/records/example.h"
#include "data/records/expand/grouped_reader.h"
#include "data/sources/source.h"

namespace laurel {

// Where a row is.
struct RowPlace {
  int32_t source = 0;
  int32_t file = 0;       // of the source's files: train, then eval
  uint64_t location = 0;  // location_id() of the row

  bool operator==(const RowPlace&) const = default;
};

struct ReadExample {
  RowPlace place;
  bool eval = false;  // of a file in `eval`
  std::string where;  // "file:line"
  std::string text;   // the row as the file has it
  std::optional<Example> example;
  std::string error;  // why there is none; "" where the source's filter drops the row
};

class ExampleReader {
 public:
  // `source` is for RowPlace; limit counts as in loading. `more_slices`: fields that are read as
  // slices after those of the options.
  ExampleReader(const SourceOptions& options, int32_t source, int threads,
                std::vector<std::string> more_slices = {});

  // In order; none at the end. Throws Error (data) for files that cannot be read.
  std::vector<ReadExample> next();

 private:
  bool open_next_file();

  SourceOptions options_;
  RowSchema schema_;
  int32_t source_;
  int threads_;
  size_t file_ = 0;  // the next to be opened
  int64_t left_ = 0;
  std::unique_ptr<GroupedReader> reader_;
};

}  // namespace laurel
