// Duplicates: rows that say the same of the same texts, and rows with nearly the same texts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/options.h"
#include "curation/min_hash.h"
#include "curation/rows.h"

namespace laurel {

struct DuplicateOptions {
  double near = 0.8;

  void fields(auto& visit) {
    visit("near", near,
          "Texts are near duplicates from this Jaccard index of their three-word runs on.",
          Range{.min = 0.3, .max = 1});
  }
  bool operator==(const DuplicateOptions&) const = default;
};

// Rows, as positions in CurationRows::rows; the first in file order comes first.
using RowCluster = std::vector<size_t>;

struct Duplicates {
  // Equal prompt, equal responses in any order, equal label. Rows by different annotators are votes
  // and in none of these; one annotator's are.
  std::vector<RowCluster> exact;
  // Equal prompt and responses, other labels: never duplicates.
  std::vector<RowCluster> contradictory;
  // Rows of different texts, each of whose texts has a near twin in the other row: a chain of such
  // rows is one cluster. The labels agree: the twin of the better response is the better one.
  std::vector<RowCluster> near;
  // As near, but some two rows of it prefer opposite twins.
  std::vector<RowCluster> near_contradictory;
  int64_t votes = 0;         // rows that repeat texts of another annotator's row
  int64_t not_compared = 0;  // Similarity::not_compared
};

// Among the rows for which `take` says true; eval rows are never compared with train rows here.
Duplicates find_duplicates(const CurationRows& rows, const DuplicateOptions& options, int threads);

// Equal rows say the same: of pairs who is better (or a tie), of lists all places, of ratings all
// scores.
bool same_label(const CurationRow& a, const CurationRow& b);

// Different normalised prompts that are near duplicates, as numbers of TextTable::words().
Similarity similar_prompts(const CurationRows& rows, const DuplicateOptions& options, int threads);

}  // namespace laurel
