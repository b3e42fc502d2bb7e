// What a family says about a backbone: all that files outside model/ want to know of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/pooling.h"
#include "model/dropout.h"
#include "model/head.h"

namespace laurel {

struct BackboneInfo {
  std::string classifier_class;  // transformers' class of the exported model
  std::string tensor_prefix;     // of the layout's names; a bare backbone's files leave it out
  std::vector<std::string> other_prefixes = {};  // that stand for it where it is part of a model
  HeadNames head = {};                           // of the classifier's head
  bool head_has_bias = false;                    // the classifier's always has one
  int64_t hidden_size, vocab_size, layers;
  int64_t max_positions;           // tokens of the longest row that it was made for
  bool learned_positions = false;  // there are no others: longer rows cannot be computed
  Pooling pooling = {};            // how it reads a text; of a causal one the head has its own rule
  // Tensors behind the pooling that belong to the classifier: where a folder has none, they are
  // drawn anew, with this standard deviation, as a head is.
  std::vector<std::string> pooled_layers = {};
  double initializer_range = 0.02;
  double dropout = 0;  // that its config.json asks for in training; model.dropout says what is
  DropoutPlaces dropout_places = {};
};

}  // namespace laurel
