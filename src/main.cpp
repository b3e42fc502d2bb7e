// laurel: parse, dispatch, catch once.
#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

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
              << std::string(11 - std::string_view(command.name).size(), ' ') << command.summary
              << "\n";
  }
  std::cout
      << "\n  laurel help COMMAND explains a command, laurel describe OPTION an option of a config;\n"
         "  laurel --version prints the version.\n";
}

int run_command(std::string_view name, int argc, char** argv) {
  std::vector<std::string> names{"help"};
  for (const laurel::Command& command : laurel::kCommands) {
    if (name == command.name) return command.run(argc, argv);
    names.push_back(command.name);
  }
  const std::string nearest = laurel::nearest_name(name, names);
  throw laurel::Error{
      laurel::ErrorKind::usage,
      laurel::str("unknown command \"", name, "\"",
                  nearest.empty() ? "" : "; did you mean " + nearest + "?", "; see laurel --help")};
}

// laurel help, laurel help COMMAND
int help(int argc, char** argv) {
  if (argc < 3) {
    print_help();
    return 0;
  }
  std::string option = "--help";
  char* arguments[] = {argv[2], option.data(), nullptr};
  return run_command(argv[2], 2, arguments);
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
  if (name == "help") return help(argc, argv);
  return run_command(name, argc - 1, argv + 1);
}

int fail(laurel::ErrorKind kind, const std::string& message) {
  std::cerr << "error: " << laurel::printable(message) << "\n";
  return static_cast<int>(kind);
}

int run_and_catch(int argc, char** argv) {
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

}  // namespace

int main(int argc, char** argv) {
  laurel::open_closed_standard_descriptors();
  laurel::ignore_broken_pipes();
  laurel::ignore_file_size_signal();
  laurel::silence_rust_panics();
  laurel::end_process(run_and_catch(argc, argv));
}
