// Helpers to call the Rust library: its messages become Errors, its buffers become C++ values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/str.h"
#include "laurel_rust.h"

namespace laurel {

inline std::string take(char* message) {
  std::string text = message;
  laurel_message_free(message);
  return text;
}

inline void check(char* message, ErrorKind kind, std::string_view where) {
  if (message != nullptr) throw Error{kind, str(where, ": ", take(message))};
}

inline std::string take(laurel_bytes bytes) {
  std::string text(bytes.data, bytes.size);
  laurel_bytes_free(bytes);
  return text;
}

inline std::vector<int32_t> take(laurel_ids ids) {
  std::vector<int32_t> values(ids.data, ids.data + ids.size);
  laurel_ids_free(ids);
  return values;
}

}  // namespace laurel
