// The message of the Error that a call throws, for tests that read it.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "core/error.h"

namespace laurel::test {

// The message of the Error of this kind that `call` throws.
template <class Call>
std::string error_of(ErrorKind kind, const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, kind);
    return error.message;
  }
  return "no error";
}

}  // namespace laurel::test
