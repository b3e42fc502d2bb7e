// From loaded rows to the train and eval splits of a source: what is held out, counted and scaled.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/sources/row_loader.h"
#include "data/sources/source.h"

namespace laurel {

// Moves out the rows of round(fraction * prompts) prompts, at least one: those whose hashes, mixed,
// are smallest, so that neither order nor seed matters and more rows change little. Rows that are
// not used follow their prompt. Throws Error (data) below 20 prompts among the rows used.
std::vector<LoadedRow> hold_out(std::vector<LoadedRow>& rows, double fraction,
                                const std::string& source);

// `files` are named by the ids of the groups.
Split split_of(std::vector<LoadedRow> rows, const std::vector<std::string>& files);

// Scales the scores of each attribute to weighted mean 0 and deviation 1. `attributes` are their
// names, {""} without. Throws Error (data) if all scores of one are equal.
std::vector<Scaling> standardize(Split& train, const std::vector<std::string>& attributes,
                                 const std::string& source);

// How many rows used of `eval` have the same responses to the same prompt as one of `train`.
int64_t repeated_rows(const std::vector<LoadedRow>& train, const std::vector<LoadedRow>& eval);

}  // namespace laurel
