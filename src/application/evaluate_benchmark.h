// The scores of a reward model on a published benchmark, from its files.
#pragma once

#include <vector>

#include "application/compute.h"
#include "application/evaluate_files.h"
#include "core/log.h"
#include "eval/benchmarks/benchmark.h"

namespace laurel {

struct BenchmarkResult {
  Evaluation evaluation;
  std::vector<ScoredBenchmarkRow> rows;  // that could be scored
};

// All answers are scored once. The benchmark says what rows mean: the request's rows and grouping
// have no format, fields or slices. A row that cannot be scored, mostly an over-long one, is counted
// and warned of. Throws Error (data) for a row of another layout, unless so many may be skipped,
// before the model is loaded, and where no row can be scored.
BenchmarkResult evaluate_benchmark(const Benchmark& benchmark, const EvaluationRequest& request,
                                   const Compute& compute, Log& log);

}  // namespace laurel
