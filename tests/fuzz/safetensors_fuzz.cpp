// Safetensors headers, and the tensors of files that have one.
#include <ATen/ops/empty.h>

#include "checkpoint/safetensors.h"
#include "fuzz/fuzz.h"

using namespace laurel;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const fuzz::MemoryFile memory(data, size);
  fuzz::guarded([&] {
    const SafetensorsFile file(memory.path());
    uint64_t bytes = 0;
    for (const TensorInfo& tensor : file.tensors()) {
      fuzz::require(tensor.begin <= tensor.end && tensor.end <= size, "tensors lie in the file");
      fuzz::require(file.find(tensor.name) != nullptr, "a tensor is found by its name");
      bytes += tensor.end - tensor.begin;
    }
    fuzz::require(bytes <= size, "tensors do not overlap");
    for (const TensorInfo& tensor : file.tensors()) {
      // A shape with a 0 has any other numbers beside it.
      const bool is_empty = tensor.begin == tensor.end;
      if (!is_empty) fuzz::guarded([&] { file.read(tensor, at::empty(tensor.shape, at::kFloat)); });
    }
  });
  return 0;
}
