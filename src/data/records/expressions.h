// Jinja expressions over a row, compiled once, by the Rust library: within limits of steps and bytes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"

struct laurel_expressions;

namespace laurel {

// value: any JSON. name: a string, or a whole number of any size as one. filter: true or false,
// whether the row is kept.
enum class ExpressionUse { value, name, filter };

struct Expression {
  std::string text;
  ExpressionUse use = ExpressionUse::value;
};

// What went wrong, without place and text.
struct ExpressionError {
  size_t number = 0;  // of the expression
  std::string message;
};

// Thread-safe.
class Expressions {
 public:
  // Throws ExpressionError.
  explicit Expressions(const std::vector<Expression>& expressions);

  // The keys of a row that each names: "info.title" names info, "row['a b']" names "a b".
  const std::vector<std::string>& keys(size_t number) const { return keys_[number].named; }
  // Those that it asks for by row.get('key').
  const std::vector<std::string>& asked_keys(size_t number) const { return keys_[number].asked; }

  // The values in order, of the text of a JSON object; nullopt where a filter does not keep the row.
  // A key that the row lacks is none. Throws ExpressionError.
  std::optional<std::vector<Json>> evaluate(std::string_view row) const;

 private:
  struct Free {
    void operator()(laurel_expressions* expressions) const;
  };

  struct Keys {
    std::vector<std::string> named, asked;
  };

  std::unique_ptr<laurel_expressions, Free> expressions_;
  std::vector<Keys> keys_;
};

}  // namespace laurel
