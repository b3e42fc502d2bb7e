// Warnings of loading, for tests.
#pragma once

#include <string>
#include <vector>

#include "data/sources/guards.h"

namespace laurel::test {

// The text between the name of the source and the first row.
inline std::vector<std::string> short_warnings(const SourceData& data) {
  std::vector<std::string> texts;
  for (const std::string& warning : data.warnings) texts.push_back(short_warning(warning));
  return texts;
}

}  // namespace laurel::test
