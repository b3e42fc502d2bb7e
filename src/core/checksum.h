// Checksum of bytes that notices damage, at the speed of memory. It is no proof of who wrote them.
#pragma once

#include <cstdint>
#include <string_view>

namespace laurel {

// 64 bits; `before` is the checksum of the bytes before these. Of parts that are multiples of 32
// bytes and of the whole it is not the same: always take the same parts.
uint64_t checksum64(std::string_view bytes, uint64_t before = 0);

}  // namespace laurel
