// Asks the file system; writes nothing.
#include "application/separate_outputs.h"

#include <unistd.h>

#include <filesystem>

#include "core/error.h"
#include "core/str.h"

namespace laurel {

namespace fs = std::filesystem;

[[noreturn]] static void refuse_output(const OutputFile& output, const std::string& found,
                                       const char* expected) {
  throw Error{ErrorKind::usage, str(output.option, ": found ",
                                    output.file == "-" ? "standard output" : output.file.c_str(),
                                    found, ", expected ", expected, "; nothing was written")};
}

static void check_can_be_written(const OutputFile& output) {
  if (output.file == "-") return;
  std::error_code problem;
  const fs::path file = fs::absolute(output.file, problem);
  const fs::path folder = file.parent_path();
  if (output.file.empty() || fs::is_directory(file, problem)) {
    refuse_output(output, output.file.empty() ? "\"\"" : ", a folder", "the name of a file");
  }
  if (!fs::is_directory(folder, problem)) {
    refuse_output(output, str(", in ", folder, ", which is no folder"),
                  "a file in a folder that exists");
  }
  const bool replaces = !fs::exists(file, problem) || fs::is_regular_file(file, problem);
  if (::access(replaces ? folder.c_str() : file.c_str(), W_OK) == 0) return;
  refuse_output(output, ", which may not be written", "a file that may be");
}

// What goes through a pipe, a terminal or /dev/null is not lost.
static bool are_one_file(const std::string& a, const std::string& b) {
  if (a == "-" || b == "-") return a == b;
  std::error_code problem;
  if (fs::exists(a, problem) && !fs::is_regular_file(a, problem)) return false;
  if (fs::equivalent(a, b, problem)) return true;
  return fs::weakly_canonical(fs::absolute(a), problem) ==
         fs::weakly_canonical(fs::absolute(b), problem);
}

void check_separate_outputs(const std::vector<OutputFile>& outputs) {
  for (size_t i = 0; i < outputs.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (!are_one_file(outputs[i].file, outputs[j].file)) continue;
      refuse_output(outputs[i], str(", as for ", outputs[j].option), "another file");
    }
    check_can_be_written(outputs[i]);
  }
}

}  // namespace laurel
