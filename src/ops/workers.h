// Workers: threads that each run whole operations of their own.
#pragma once

#include <cstdint>
#include <functional>

namespace laurel {

// Calls work(i) for i in [0, workers), each on a thread of its own where there are as many compute
// threads, otherwise one after the other in order. Operations called by a worker among several use
// its thread alone; a single worker's use all threads. An exception is thrown again here.
void run_workers(int64_t workers, const std::function<void(int64_t)>& work);

}  // namespace laurel
