// Validates a group that was read from a file: packing and losses index by its numbers unchecked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "data/group.h"

namespace laurel {

// What is wrong with the group, and where: "responses[1]: \"ids\": found the number -5, expected
// a whole number from 0 to 431"; nullopt where it can be packed. Ids are below `vocabulary`.
std::optional<std::string> problem_of(const Group& group, int64_t vocabulary);

}  // namespace laurel
