// Kernel of embedding_add over tokens [begin, end), rows contiguous.
#pragma once

#include <cstdint>

#include "ops/cpu/bf16.h"

namespace laurel {

template <class T>
struct EmbeddingAdd {
  const int32_t* ids;
  int64_t width;
  const T* weight;
  T* out;
};
template <class T>
void embedding_add_rows(const EmbeddingAdd<T>& args, int64_t begin, int64_t end);

}  // namespace laurel
