// The benchmarks on which a run is evaluated, from their files to tokenised groups.
#pragma once

#include <vector>

#include "application/head_plan.h"
#include "config/config.h"
#include "core/log.h"
#include "data/sources/encode_example.h"
#include "train/training.h"

namespace laurel {

// `texts`: how the run's model reads texts. A row that is over-long, or that the model cannot read,
// is counted and warned of. Throws Error (data) as read_benchmark_files(), and Error (usage) where a
// head with several attributes does not say what comparisons are about.
std::vector<TrainingBenchmark> load_benchmarks(const Config& config, const EncodeContext& texts,
                                               const HeadPlan& head, Log& log);

}  // namespace laurel
