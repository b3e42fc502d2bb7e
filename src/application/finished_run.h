// What a run that has made all of its steps left behind: whether final/ and export/ are whole.
#pragma once

#include <string>

#include "application/resume.h"

namespace laurel {

// Sets resume_point.training_done: final/ is whole, of step `steps` and of the weights that
// train.final says, so that nothing of it is left to do; and resume_point.export_damaged and
// adapter_missing. A damaged final/ is made again from the checkpoint that the run resumes from, a
// damaged export/ from final/: both are said aloud. Throws Error (checkpoint) where final/ is
// damaged and no checkpoint is left, and where a finished run is to be longer and has none: nothing
// begins anew by itself.
void check_finished_run(ResumePoint& resume_point, const Config& config, int64_t steps, Log& log);

}  // namespace laurel
