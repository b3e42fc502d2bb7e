// The values of a split's slices: of every field a list of its values, and of every group a number in
// it.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <vector>

namespace laurel {

class SliceValues {
 public:
  using value_type = std::vector<std::string>;  // of a group, by field

  SliceValues() = default;
  SliceValues(std::initializer_list<value_type> groups);
  SliceValues(const std::vector<value_type>& groups);

  size_t size() const { return groups_; }
  bool empty() const { return groups_ == 0; }
  value_type operator[](size_t group) const;

  void push_back(const value_type& of_group);

  // The number of a value of the field; a new one if it has none yet.
  uint32_t number(size_t field, const std::string& value);
  void push_back_numbers(const std::vector<uint32_t>& of_group);

  std::vector<std::string> values(size_t field) const {
    return field < fields_.size() ? fields_[field].values : std::vector<std::string>();
  }
  void rename(size_t field, uint32_t number, const std::string& value) {
    fields_[field].values[number] = value;
  }

  // Numbers of the groups with each value.
  std::map<std::string, std::vector<int64_t>> groups_by_value(size_t field) const;

  class Iterator {
   public:
    using value_type = SliceValues::value_type;
    using difference_type = std::ptrdiff_t;

    Iterator() = default;
    Iterator(const SliceValues* of, size_t at) : of_(of), at_(at) {}
    value_type operator*() const { return (*of_)[at_]; }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    Iterator operator++(int) { return {of_, at_++}; }
    bool operator==(const Iterator&) const = default;

   private:
    const SliceValues* of_ = nullptr;
    size_t at_ = 0;
  };
  using const_iterator = Iterator;
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, groups_}; }

 private:
  struct Field {
    std::vector<std::string> values;
    std::map<std::string, uint32_t> numbers = {};  // of values as they were given
    std::vector<uint32_t> of_group = {};
  };

  std::vector<Field> fields_;
  size_t groups_ = 0;
};

}  // namespace laurel
