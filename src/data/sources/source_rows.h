// The rows of all files of a source: from the token cache, or else tokenised and stored.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "data/sources/file_facts.h"
#include "data/sources/groups.h"
#include "data/sources/load.h"

namespace laurel {

// Files of rows, and what only one file knows.
struct TokenizedFiles {
  std::vector<NumberedRowFile> files;
  std::vector<std::vector<std::string>> annotators;           // names, of each file
  std::vector<std::vector<std::vector<std::string>>> slices;  // values, of each file and field
};

struct SourceRows {
  TokenizedFiles train, eval;
  FileFacts facts;                            // of all
  std::map<std::string, std::string> sha256;  // of data files, where it is known
  std::vector<std::string> notes, warnings;
  std::vector<std::string> found = {};  // as in SourceData
};

// `notes` says what the cache did. Errors as load_source; that the cache cannot be written is a note,
// and the rows are then in a temporary file, as they are without a cache.
SourceRows load_rows(const SourceOptions& options, const LoadContext& context);

}  // namespace laurel
