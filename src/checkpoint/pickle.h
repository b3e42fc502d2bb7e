// Files that Python's pickle wrote: reading one can run code, so none is read.
#pragma once

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

namespace laurel {

inline constexpr std::string_view kPickleAdvice =
    "Pickle files can run code and are not read; convert them once in Python: "
    "AutoModel.from_pretrained(FOLDER).save_pretrained(NEW_FOLDER)";

inline bool is_pickle_name(const std::filesystem::path& file) {
  constexpr std::array kEndings{".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle"};
  return std::ranges::find(kEndings, file.extension().string()) != kEndings.end();
}

}  // namespace laurel
