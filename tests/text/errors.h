// The message of the Error that a call throws.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "core/error.h"

namespace laurel {

inline std::string message_of(const std::function<void()>& call, ErrorKind kind) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, kind);
    return error.message;
  }
  ADD_FAILURE() << "nothing was thrown";
  return "";
}

}  // namespace laurel
