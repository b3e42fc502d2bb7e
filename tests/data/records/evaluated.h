// An expression over a row {"x": value}, for tests.
#pragma once

#include <string>

#include "data/records/expressions.h"

namespace laurel::test {

// Of the expression for {"x": VALUE}; an error's message.
inline std::string of(const std::string& text, const std::string& value) {
  try {
    const Expressions expression(std::vector<Expression>{{text, ExpressionUse::value}});
    return expression.evaluate("{\"x\": " + value + "}")->at(0).dump();
  } catch (const ExpressionError& error) {
    return error.message;
  }
}

}  // namespace laurel::test
