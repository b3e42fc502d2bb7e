// The rows of a published benchmark's files, and what a model scores of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/json.h"
#include "eval/benchmarks/benchmark.h"

namespace laurel {

struct BenchmarkFiles {
  std::vector<BenchmarkRow> rows;  // one or more
  int64_t malformed = 0;
  std::vector<std::string> remarks;  // what is suspicious of them
};

// Throws Error (data) for a row of another layout, unless so many may be skipped, for rows that
// contradict each other, and for files without rows.
BenchmarkFiles read_benchmark_files(const Benchmark& benchmark,
                                    const std::vector<std::string>& files, int64_t bad_rows);

// A row of the format ranked, without ranks.
Json row_to_score(const BenchmarkRow& row);

// "rb2: found 12 rows, and published scores are of 1865: they cannot be compared"; "" where that is
// their number.
std::string missing_rows(const Benchmark& benchmark, const std::string& name, int64_t rows);

}  // namespace laurel
