// parallel_for: independent work on several threads.
#pragma once

#include <cstdint>
#include <functional>

namespace laurel {

// Calls work(i) once for every i in [0, n), on `threads` threads. The first exception is thrown
// again here, after all threads have stopped. `progress(done)` is called on the calling thread a
// few times a second.
void parallel_for(int64_t n, int threads, const std::function<void(int64_t)>& work,
                  const std::function<void(int64_t)>& progress = {});

// Number of cores that this process may use.
int available_cores();

}  // namespace laurel
