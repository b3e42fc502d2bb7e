// How many threads compute.
#pragma once

#include <cstdint>
#include <optional>

namespace laurel {

// All cores where `threads` is not given. Once per process, before the first tensor operation.
// Returns their number.
int64_t set_compute_threads(std::optional<int64_t> threads);

}  // namespace laurel
