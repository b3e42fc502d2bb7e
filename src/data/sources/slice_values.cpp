// Numbers of values, in the order in which they come.
#include "data/sources/slice_values.h"

namespace laurel {

SliceValues::SliceValues(std::initializer_list<value_type> groups)
    : SliceValues(std::vector<value_type>(groups)) {}

SliceValues::SliceValues(const std::vector<value_type>& groups) {
  for (const value_type& of_group : groups) push_back(of_group);
}

SliceValues::value_type SliceValues::operator[](size_t group) const {
  value_type values;
  for (const Field& field : fields_) values.push_back(field.values[field.of_group[group]]);
  return values;
}

uint32_t SliceValues::number(size_t field, const std::string& value) {
  if (field >= fields_.size()) fields_.resize(field + 1);
  Field& of = fields_[field];
  const auto next = static_cast<uint32_t>(of.values.size());
  const auto [known, is_new] = of.numbers.try_emplace(value, next);
  if (is_new) of.values.push_back(value);
  return known->second;
}

void SliceValues::push_back(const value_type& of_group) {
  std::vector<uint32_t> numbers;
  for (size_t field = 0; field < of_group.size(); ++field) {
    numbers.push_back(number(field, of_group[field]));
  }
  push_back_numbers(numbers);
}

void SliceValues::push_back_numbers(const std::vector<uint32_t>& of_group) {
  for (size_t field = 0; field < of_group.size(); ++field) {
    fields_[field].of_group.push_back(of_group[field]);
  }
  ++groups_;
}

std::map<std::string, std::vector<int64_t>> SliceValues::groups_by_value(size_t field) const {
  std::map<std::string, std::vector<int64_t>> groups;
  if (field >= fields_.size()) return groups;
  const Field& of = fields_[field];
  std::vector<std::vector<int64_t>*> by_number(of.values.size(), nullptr);
  for (size_t i = 0; i < groups_; ++i) {
    auto*& members = by_number[of.of_group[i]];
    if (!members) members = &groups[of.values[of.of_group[i]]];
    members->push_back(static_cast<int64_t>(i));
  }
  return groups;
}

}  // namespace laurel
