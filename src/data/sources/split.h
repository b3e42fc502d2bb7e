// From the rows of files to the train and eval splits of a source: what is held out, counted and
// scaled. All of it is done on their indexes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "data/sources/loaded_row.h"
#include "data/sources/row_file.h"
#include "data/sources/source.h"
#include "data/sources/source_rows.h"

namespace laurel {

// Which rows of a source are held out: those whose prompt's hash, mixed, is at most `last`; bad rows
// never are. None: none.
struct HeldOut {
  std::optional<uint64_t> last;
  bool contains(const RowEntry& row) const;
};

// The rows of round(fraction * prompts) prompts, at least one: those whose hashes, mixed, are
// smallest, so that neither order nor seed matters and more rows change little. Rows that are not
// used follow their prompt. Throws Error (data) below 20 prompts among the rows used.
HeldOut hold_out(const TokenizedFiles& rows, double fraction, const std::string& source);

// The rows that are not held out, or those that are. `files` are named by the ids of the groups.
// Throws Error (data) where an index is none that loading makes.
Split split_of(const TokenizedFiles& rows, const HeldOut& held_out, bool are_held_out,
               const std::vector<std::string>& files);

// Why a row is dropped; null for one that is not.
const char* reason_of(Outcome outcome);

// Scales the scores of each attribute to weighted mean 0 and deviation 1. `attributes` are their
// names, {""} without. Throws Error (data) if all scores of one are equal.
std::vector<Scaling> standardize(Split& train, const std::vector<std::string>& attributes,
                                 const std::string& source);

// How many groups of `eval` have the same responses to the same prompt as one of `train`.
int64_t repeated_rows(const Groups& train, const Groups& eval);

}  // namespace laurel
