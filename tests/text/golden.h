// Access to the folders of tests/golden/text, made by scripts/make_golden_text.py.
#pragma once

#include <filesystem>
#include <string>

#include "core/files.h"
#include "core/json.h"
#include "text/text_processor.h"

namespace laurel {

inline constexpr const char* kGoldenFolders[] = {"header", "marks",  "thinking", "brackets",
                                                 "turns",  "blocks", "first"};

inline std::filesystem::path golden_folder(const std::string& name) {
  return std::filesystem::path(LAUREL_SOURCE_DIR) / "tests" / "golden" / "text" / name;
}

inline Json golden(const std::string& name) {
  const auto file = golden_folder(name) / "golden.json";
  return parse_json(read_file(file), file.string(), ErrorKind::data);
}

inline TextProcessor golden_text(const std::string& name, const Json& kwargs = Json::object()) {
  return load_text_processor(golden_folder(name),
                             {.template_kwargs = kwargs, .template_date = "2026-01-31"});
}

}  // namespace laurel
