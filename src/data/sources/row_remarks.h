// What is said of a source's rows once all are loaded.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "data/sources/file_facts.h"
#include "data/sources/load.h"

namespace laurel {

struct IgnoredFields {
  std::string file;
  std::set<std::string> fields;
};

void add_notes(const FileFacts& facts, const SourceOptions& options, const LoadContext& context,
               const std::vector<IgnoredFields>& ignored, std::vector<std::string>& notes);

void add_warnings(const FileFacts& facts, const SourceOptions& options,
                  std::vector<std::string>& warnings);

}  // namespace laurel
