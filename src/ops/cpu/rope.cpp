// The loop of rope, cloned per instruction set.
#include "ops/cpu/rope.h"

#include "ops/cpu/clones.h"

namespace laurel {

template <class T>
LAUREL_CLONES void rope_tokens(const RopeArgs<T>& args, int64_t begin, int64_t end) {
  const int64_t half = args.x.width / 2;
  for (int64_t t = begin; t < end; ++t) {
    const Compute<T>* cos = args.cos + args.positions[t] * half;
    const Compute<T>* sin = args.sin + args.positions[t] * half;
    for (int64_t head = 0; head < args.x.inner; ++head) {
      T* first = args.x[t * args.x.inner + head];
      T* second = first + half;
      for (int64_t i = 0; i < half; ++i) {
        const Compute<T> a = load(first[i]);
        const Compute<T> b = load(second[i]);
        store(first[i], a * cos[i] - b * args.direction * sin[i]);
        store(second[i], b * cos[i] + a * args.direction * sin[i]);
      }
    }
  }
}

template void rope_tokens(const RopeArgs<float>&, int64_t, int64_t);
template void rope_tokens(const RopeArgs<double>&, int64_t, int64_t);
template void rope_tokens(const RopeArgs<Bf16>&, int64_t, int64_t);

}  // namespace laurel
