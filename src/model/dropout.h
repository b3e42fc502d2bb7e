// What training drops, and where in a model: model.dropout and model.train.lora.dropout.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "data/batch.h"
#include "ops/dropout.h"

namespace laurel {

enum class DropoutPlace { embedding, attention, attention_output, mlp, pooled, features, adapters };

struct DropoutOptions {
  double model = 0, adapters = 0;  // probabilities
  uint64_t seed = 0;

  bool any() const { return model > 0 || adapters > 0; }
};

// Where a family's model has dropout beside its attention probabilities and what its blocks have
// themselves, and all of it in words.
struct DropoutPlaces {
  bool embedding = false;  // what the first block takes
  bool pooled = false;     // what the layers behind the pooling take
  bool features = false;   // what the head takes
  const char* text = "attention probabilities";
};

// One training pass. Made by default, of passes that score: nothing is dropped.
class DropoutPass {
 public:
  DropoutPass() = default;
  DropoutPass(const DropoutOptions& options, int64_t step);

  bool drops() const { return options_.any(); }

  // `rows`: a hash of each row of what is dropped (dropout_rows).
  DropoutMask mask(DropoutPlace place, int64_t layer, std::span<const uint64_t> rows) const;

 private:
  DropoutOptions options_;
  uint64_t key_ = 0;
};

// A hash of each of a worker's tokens `ids` (T), int32 on the CPU: of its prompt and of its row's
// tokens up to it; where it sees what follows, of the whole row and its place. So a token has one
// mask wherever it is packed, and one in all responses that begin alike up to it, whether that
// prefix is shared or computed once for each. `prompts`: of each span, a hash of its prompt.
std::vector<uint64_t> dropout_rows(const at::Tensor& ids, std::span<const Span> spans,
                                   std::span<const uint64_t> prompts, bool causal);

}  // namespace laurel
