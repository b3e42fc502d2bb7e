// The next rows of files, with what is wrong with those that are not JSON.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "application/scorer.h"
#include "data/files/row_files.h"

namespace laurel {

// How many rows show what another precision does to rewards.
inline constexpr size_t kRowsToCompare = 64;

struct RowsRead {
  std::vector<Record> records;
};

// At most `most` of them; none at the end of the files.
RowsRead read_rows(RowFiles& in, size_t most);

}  // namespace laurel
