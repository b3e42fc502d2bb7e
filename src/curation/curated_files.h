// Writes what curation leaves: new files with the kept rows, and the table of all rows.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "curation/row_fates.h"

namespace laurel {

// What became of a source's rows: "kept", "dropped: duplicates", "flipped: folds", "malformed", ...
using FateCounts = std::map<std::string, int64_t>;

// SOURCE.train.jsonl, and SOURCE.eval.jsonl of a source with rows held out by eval_fraction: the
// rows in the order of their files, each with the fields that it had. A row that is not changed has
// the bytes that it had (one of a list or a Parquet file: its JSON on one line).
std::string train_file_of(const SourceOptions& source);
std::string eval_file_of(const SourceOptions& source);

// Reads the training files of all sources once more, and writes these files and rows.jsonl into
// `folder`: for every row its file:line, its source, what became of it, by which rule, and the
// numbers behind it. Returns the counts of each source. Throws Error (checkpoint).
std::vector<FateCounts> write_curated_files(const CurationRows& rows, const RowFates& fates,
                                            const std::filesystem::path& folder, int threads);

}  // namespace laurel
