// Duplicates: rows that say the same of the same texts, and rows with nearly the same texts.
#pragma once

#include <cstdint>
#include <vector>

#include "config/curation_options.h"
#include "curation/min_hash.h"
#include "curation/rows.h"

namespace laurel {

struct DuplicateOptions {
  double near = kNear;  // CurationOptions::near
};

// Rows, as positions in CurationRows::rows, ascending.
using RowCluster = std::vector<size_t>;

// Clusters are sorted by their first row. Rows of train are compared with those of train, rows of
// eval with those of eval; scores only within a source, pairs and lists across sources.
struct Duplicates {
  // Equal prompt, equal responses in any order, equal_label(). Rows by different annotators are votes
  // and in none of these; one annotator's are.
  std::vector<RowCluster> exact;
  // Equal prompt and responses, other labels by same_label(): never duplicates.
  std::vector<RowCluster> contradictory;
  // Rows of different texts, each of whose texts is a near duplicate of one of the other row, and
  // whose labels agree through these; a chain of such rows is one cluster. Equal rows are in it too.
  std::vector<RowCluster> near;
  // Two rows as near, but whose labels disagree.
  std::vector<RowCluster> near_contradictory;
  int64_t votes = 0;         // rows that repeat the texts of another annotator's row
  int64_t not_compared = 0;  // Candidates::not_compared
};

// Only exact, contradictory and votes, which hashes of texts find.
Duplicates find_equal_rows(const CurationRows& rows);

Duplicates find_duplicates(const CurationRows& rows, const DuplicateOptions& options, int threads);

// Different prompts that are near duplicates, or differ in case, punctuation or spacing only; as
// numbers of texts.
Similarity similar_prompts(const CurationRows& rows, const DuplicateOptions& options, int threads);

}  // namespace laurel
