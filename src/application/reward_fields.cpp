// Walks the values of several models together, down to their numbers.
#include "application/reward_fields.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <utility>

namespace laurel {

namespace {

using Numbers = std::vector<double>;
using Combination = std::function<Json(const Numbers&)>;

double average_of(const Numbers& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double deviation_of(const Numbers& values) {
  double square = 0;
  const double mean = average_of(values);
  for (const double value : values) square += (value - mean) * (value - mean);
  return std::sqrt(square / static_cast<double>(values.size() - 1));
}

// Values of one shape, each a number, null, or a list or an object of such.
Json combine(const std::vector<const Json*>& values, const Combination& combination) {
  const Json& first = *values.front();
  if (std::ranges::any_of(values, [](const Json* value) { return value->is_null(); })) {
    return nullptr;
  }
  if (first.is_number()) {
    Numbers numbers;
    for (const Json* value : values) numbers.push_back(value->get<double>());
    return combination(numbers);
  }
  Json out = first;
  for (auto& [key, element] : out.items()) {
    std::vector<const Json*> elements;
    for (const Json* value : values) {
      TORCH_INTERNAL_ASSERT(value->type() == first.type() && value->size() == first.size());
      elements.push_back(first.is_array() ? &value->at(std::stoul(key)) : &value->at(key));
    }
    element = combine(elements, combination);
  }
  return out;
}

}  // namespace

std::vector<RewardField> combined(std::span<const std::vector<RewardField>> of_models) {
  const auto smallest = [](const Numbers& of) { return std::ranges::min(of); };
  const auto all = [](const Numbers& of) { return Json(of); };
  const std::vector<std::pair<const char*, Combination>> combinations = {
      {"", average_of},
      {kBesideSuffixes[0], smallest},
      {kBesideSuffixes[1], deviation_of},
      {kBesideSuffixes[2], all}};
  std::vector<RewardField> fields;
  for (size_t i = 0; i < of_models.front().size(); ++i) {
    std::vector<const Json*> values;
    for (const auto& of_model : of_models) values.push_back(&of_model.at(i).value);
    const std::string& key = of_models.front()[i].key;
    for (const auto& [suffix, combination] : combinations) {
      fields.push_back({key + suffix, combine(values, combination)});
    }
  }
  return fields;
}

}  // namespace laurel
