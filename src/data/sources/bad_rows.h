// The malformed rows of a source: how many, the first of them, and how many of each kind.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace laurel {

class BadRows {
 public:
  // `error` begins with `where`.
  void add(const std::string& where, const std::string& error);

  void add(const BadRows& later);

  int64_t count() const { return count_; }

  // ", the first:" and the messages of the first ten, a line each; of more than one row, "by kind:"
  // and how many there are of each kind.
  std::string text() const;

  void fields(auto& visit) {
    visit(first_);
    visit(kinds_);
    visit(count_);
  }

 private:
  std::vector<std::string> first_;        // messages
  std::map<std::string, int64_t> kinds_;  // what they say, without places and values
  int64_t count_ = 0;
};

}  // namespace laurel
