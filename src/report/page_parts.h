// The sections of a report, each HTML of one run or of several side by side; "" where the runs have
// nothing to show.
#pragma once

#include <span>
#include <string>

#include "report/run_record.h"

namespace laurel {

using Runs = std::span<const RunRecord>;

std::string overview_section(Runs runs);
std::string training_section(Runs runs);    // curves of steps
std::string evaluation_section(Runs runs);  // metrics, their curves, slices
std::string rows_section(Runs runs);        // rewards of rows of the last evaluation, wrong rows
std::string facts_section(Runs runs);       // config, data, environment

// A heading of this level for what is of one of several runs; "" for the only one.
std::string run_heading(Runs runs, const RunRecord& run, int level);

// Lines and bands of run number i have colour i, and dashes where colours repeat.
size_t dash_of_run(size_t run);

}  // namespace laurel
