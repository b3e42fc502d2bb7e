// Features of responses under a frozen backbone: each different text is computed once.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "data/batch.h"
#include "data/batches/pack.h"
#include "data/group.h"
#include "data/pooling.h"

namespace laurel {

// Features (P, D) of the scored positions of a packed batch: RewardModel::features.
using FeatureFunction = std::function<at::Tensor(const TokenBatch&)>;

// The i-th group; each is asked for once, and only its different responses are kept.
using GroupFunction = std::function<Group(size_t i)>;

struct ResponseFeatures {
  at::Tensor values;                               // (N, F) fp32, N different responses
  std::vector<std::vector<int64_t>> of_responses;  // of response j of group i: a row of `values`
};

// F = 2 D: what the model pools, and the mean over the response's tokens, because one token of a
// backbone that no reward model was made of says little. Of a causal backbone its own tokens: those
// after what all responses to the prompt begin with; of an encoder all. F = D where the model pools
// the mean itself.
ResponseFeatures response_features(const FeatureFunction& features, size_t groups,
                                   const GroupFunction& group, const Pooling& pooling,
                                   const PackOptions& packing);

}  // namespace laurel
