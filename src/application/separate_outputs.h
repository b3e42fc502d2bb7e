// What a command writes can be written, and no file twice: told before it computes for hours.
#pragma once

#include <string>
#include <vector>

namespace laurel {

// A file that a command will write, as its arguments name it: the option, and the file; "-" is standard
// output.
struct OutputFile {
  std::string option, file;
};

// Throws Error (usage) where a file lies in no folder, is a folder, or may not be written, and where two
// outputs are one file. Other processes may still change what is found.
void check_separate_outputs(const std::vector<OutputFile>& outputs);

}  // namespace laurel
