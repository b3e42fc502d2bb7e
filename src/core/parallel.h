// parallel_for: independent work on several threads.
#pragma once

#include <cstdint>
#include <functional>

namespace laurel {

// Calls work(i) once for every i in [0, n), on `threads` threads. The first exception is thrown
// again here, after all threads have stopped.
void parallel_for(int64_t n, int threads, const std::function<void(int64_t)>& work);

// Number of cores that this process may use.
int available_cores();

}  // namespace laurel
