// laurel: parse, dispatch, catch once.
#include <filesystem>
#include <iostream>
#include <string_view>

#include "application/version.h"
#include "commands/commands.h"
#include "core/error.h"
#include "core/process.h"
#include "core/str.h"
#include "ops/cuda/deterministic.h"
#include "train/out_of_memory.h"

namespace {

void print_help() {
  std::cout << "laurel trains reward models.\n\nUsage: laurel COMMAND [arguments]\n\n";
  for (const laurel::Command& command : laurel::kCommands) {
    std::cout << "  " << command.name
              << std::string(10 - std::string_view(command.name).size(), ' ') << command.summary
              << "\n";
  }
  std::cout
      << "\n  laurel COMMAND --help explains a command; laurel --version prints the version.\n";
}

int run(int argc, char** argv) {
  const std::string_view name = argc > 1 ? argv[1] : "--help";
  if (name == "--version") {
    std::cout << laurel::version_text() << "\n";
    return 0;
  }
  if (name == "--help" || name == "-h") {
    print_help();
    return argc > 1 ? 0 : static_cast<int>(laurel::ErrorKind::usage);
  }
  for (const laurel::Command& command : laurel::kCommands) {
    if (name == command.name) return command.run(argc - 1, argv + 1);
  }
  throw laurel::Error{laurel::ErrorKind::usage,
                      "unknown command \"" + std::string(name) + "\"; see laurel --help"};
}

int fail(laurel::ErrorKind kind, const std::string& message) {
  std::cerr << "error: " << laurel::printable(message) << "\n";
  return static_cast<int>(kind);
}

}  // namespace

int main(int argc, char** argv) {
  laurel::ignore_broken_pipes();
  laurel::silence_rust_panics();
  try {
    return run(argc, argv);
  } catch (const laurel::Error& error) {
    return fail(error.kind, error.message);
  } catch (const std::filesystem::filesystem_error& error) {
    return fail(laurel::ErrorKind::checkpoint, error.what());
  } catch (const std::exception& error) {
    if (laurel::is_out_of_memory(error)) {
      return fail(laurel::ErrorKind::memory,
                  "out of memory: asked for " + laurel::requested_memory(error) +
                      ". Set train.recompute to \"inputs\", or lower "
                      "train.tokens_per_micro_batch or model.max_length");
    }
    if (const auto operation = laurel::refused_operation(error)) {
      return fail(laurel::ErrorKind::usage,
                  "run.deterministic: found true, but LibTorch cannot compute " + *operation +
                      " that way; expected false, or run.device cpu");
    }
    std::cerr << "laurel has a bug, please report it:\n" << error.what() << "\n";
  }
  return 1;
}
