// Row loop of embedding_add, cloned per instruction set.
#include "ops/cpu/embedding.h"

#include "ops/cpu/clones.h"

namespace laurel {

template <class T>
LAUREL_CLONES void embedding_add_rows(const EmbeddingAdd<T>& args, int64_t begin, int64_t end) {
  for (int64_t t = begin; t < end; ++t) {
    const T* __restrict from = args.weight + args.ids[t] * args.width;
    T* __restrict to = args.out + t * args.width;
    for (int64_t i = 0; i < args.width; ++i) store(to[i], load(to[i]) + load(from[i]));
  }
}

template void embedding_add_rows(const EmbeddingAdd<float>&, int64_t, int64_t);
template void embedding_add_rows(const EmbeddingAdd<double>&, int64_t, int64_t);
template void embedding_add_rows(const EmbeddingAdd<Bf16>&, int64_t, int64_t);

}  // namespace laurel
