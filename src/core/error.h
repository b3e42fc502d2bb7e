// Error, the exception for everything that a user can cause, with the program's exit code.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace laurel {

// The values are the program's exit codes (docs/exit_codes.md).
enum class ErrorKind {
  usage = 2,       // command line or config
  data = 3,        // rows of a source
  model = 4,       // backbone, head or tokenizer files
  memory = 5,      // out of memory
  non_finite = 6,  // loss or gradient norm not finite
  checkpoint = 8,  // reading or writing run folders and exports
};

// The message says where (file:line, config path), what was found, what was expected, what to do.
// `message` is what() in full: what() ends at a NUL, which the bytes of a file may have.
struct Error : std::runtime_error {
  Error(ErrorKind error_kind, std::string text)
      : std::runtime_error(text), kind(error_kind), message(std::move(text)) {}

  ErrorKind kind;
  std::string message;
};

}  // namespace laurel
