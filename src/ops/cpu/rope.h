// Kernel of rope over tokens [begin, end).
#pragma once

#include <cstdint>

#include "ops/cpu/bf16.h"
#include "ops/cpu/strided_rows.h"

namespace laurel {

template <class T>
struct RopeArgs {
  StridedRows<T> x;          // (tokens, heads, K)
  const int32_t* positions;  // per token
  const Compute<T>* cos;     // (positions, K/2)
  const Compute<T>* sin;
  Compute<T> direction;  // 1 or -1
};
template <class T>
void rope_tokens(const RopeArgs<T>& args, int64_t begin, int64_t end);

}  // namespace laurel
