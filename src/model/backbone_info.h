// What a family says about a backbone: all that files outside model/ want to know of it.
#pragma once

#include <cstdint>
#include <string>

#include "data/pooling.h"
#include "model/head.h"

namespace laurel {

struct BackboneInfo {
  std::string classifier_class;  // transformers' class of the exported model
  std::string tensor_prefix;     // of the layout's names; a bare backbone's files leave it out
  HeadNames head = {};           // of the classifier's head
  int64_t hidden_size, vocab_size, layers;
  int64_t max_positions;  // tokens of the longest row that it was made for
  Pooling pooling = {};   // how it reads a text; of a causal one the head has its own rule
};

}  // namespace laurel
