// Access to the fields of a benchmark's row, with messages that name the benchmark's layout.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "core/json.h"

namespace laurel {

// Holds references to what it is made of. Where a field is not what is asked for, a member throws
// Error (data): "WHERE: found ..., expected a row of NAME: LAYOUT".
class BenchmarkFields {
 public:
  BenchmarkFields(const Json& row, const std::string& where, const char* benchmark,
                  const char* layout)
      : row_(row), where_(where), benchmark_(benchmark), layout_(layout) {}

  bool has(const std::string& name) const { return row_.contains(name); }
  std::string text(const std::string& name) const;
  std::string id(const std::string& name) const;  // a string or a number as text; "" without it
  std::vector<std::string> texts(const std::string& name) const;  // a list of strings, one or more
  const Json& list(const std::string& name) const;
  std::string text_in(const std::string& name, const std::string& member) const;  // of an object

  // Of the list's elements, which are objects.
  std::vector<std::string> texts_in(const std::string& name, const std::string& member) const;

  // The place of a text among those that the benchmark has.
  size_t one_of(const std::string& name, const std::string& text,
                std::span<const std::string> names) const;

  [[noreturn]] void fail(const std::string& found) const;

 private:
  const Json& required(const std::string& name) const;
  std::string text_of(const Json& value, const std::string& what) const;

  const Json& row_;
  const std::string& where_;
  const char* benchmark_;
  const char* layout_;
};

}  // namespace laurel
