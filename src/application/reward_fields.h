// The fields that a row gets with its rewards, of one model and of several.
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "core/json.h"

namespace laurel {

struct RewardField {
  std::string key;
  Json value;  // a number, null, or a list or an object of such
};

// What is added to KEY for the fields beside it.
constexpr std::array kBesideSuffixes{"_min", "_deviation", "_by_model"};

// Of the same row's fields by each model, number by number: KEY is their mean, KEY_min the smallest,
// KEY_deviation their standard deviation (n - 1, as torch.std), KEY_by_model a list of all, in the
// order of the models. null where a model has none.
std::vector<RewardField> combined(std::span<const std::vector<RewardField>> of_models);

}  // namespace laurel
