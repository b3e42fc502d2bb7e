// Rows that a run holds out of its training files.
#pragma once

#include <vector>

#include "application/run_inputs.h"
#include "curation/rows.h"

namespace laurel {

// By row: whether eval_fraction holds its prompt out. All rows of such a prompt are, also those that
// the run drops or joins to others.
std::vector<bool> held_out_rows(const RunInputs& inputs, const CurationRows& rows);

}  // namespace laurel
