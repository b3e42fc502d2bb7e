// The next rows of a file, with what is wrong with those that are not JSON.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "application/scorer.h"
#include "data/files/row_reader.h"

namespace laurel {

// How many rows show what another precision does to rewards.
inline constexpr size_t kRowsToCompare = 64;

struct RowsRead {
  std::vector<Record> records;
  std::vector<std::string> texts;  // of each record, as the file has it
};

// At most `most` of them; none at the end of the file.
RowsRead read_rows(RowReader& in, size_t most);

}  // namespace laurel
