// Where a run starts: at step 0 or from a checkpoint (run.resume).
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>

#include "application/compute.h"
#include "application/run_inputs.h"
#include "checkpoint/run_folder.h"
#include "checkpoint/run_lock.h"
#include "checkpoint/train_state.h"
#include "config/config.h"
#include "core/log.h"

namespace laurel {

struct ResumePoint {
  bool resumes = false;                             // in the folder of a run
  bool by_path = false;                             // the checkpoint was named
  bool in_place = false;                            // the checkpoint is one in the run's folder
  bool training_done = false;                       // final/ is there: all but the export
  int64_t final_step = 0;                           // then: the last step of the run
  bool export_damaged = false;                      // then: export/ is to be made again
  bool adapter_missing = false;                     // then: so is adapter/, or it is damaged
  std::optional<std::filesystem::path> checkpoint;  // none: at the first step
  TrainState state;                                 // the checkpoint's
  std::unique_ptr<RunLock> lock;                    // of a folder that exists
};

// Follows run.resume. Changes nothing but the lock. Throws Error (usage) for a value that says
// nothing, (checkpoint) where it cannot be followed.
ResumePoint find_resume_point(const RunOptions& options, bool overwrite,
                              std::span<const std::filesystem::path> inputs, Log& log);

// The lock of a folder that is made if need be.
std::unique_ptr<RunLock> lock_folder(const std::filesystem::path& folder, Log& log);

// Throws Error (checkpoint) that shows what is different in config, data or model since the
// checkpoint, and must not be (config/difference.h); says aloud what may be, and what that means.
// Sets inputs.length to what a run that goes on for longer has (longer_run.h), and what
// check_finished_run() sets. Returns facts_of() the run as it is now.
RunFacts check_resume_point(ResumePoint& resume_point, const Config& config, RunInputs& inputs,
                            const Compute& compute, Log& log);

// "starts at step 40, from FOLDER"
std::string resume_text(const ResumePoint& resume_point, const RunFolder& folder);

}  // namespace laurel
