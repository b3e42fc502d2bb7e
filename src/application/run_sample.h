// The rows by which a run shows what a narrower type of its weights changes.
#pragma once

#include "application/run_inputs.h"
#include "checkpoint/sample_rows.h"

namespace laurel {

// Evaluation rows of all sources, or training rows where there are none: evenly spaced, a few.
SampleRows sample_rows_of(const RunInputs& inputs);

}  // namespace laurel
