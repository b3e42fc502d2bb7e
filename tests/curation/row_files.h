// Rows for tests of curation: written to files, read as the program reads them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "curation/rows.h"

namespace laurel::test {

// Writes the lines to a file of the test's folder and returns its path.
std::string write_lines(const std::string& name, const std::vector<Json>& lines);

SourceOptions source_of(const std::string& name, const Format& format,
                        const std::vector<std::string>& train,
                        const std::vector<std::string>& eval = {});

// One source of pairs "ukp" with these rows.
CurationRows rows_of(const std::vector<Json>& train, const std::vector<Json>& eval = {},
                     const std::optional<std::string>& annotator = std::nullopt);

// The same of ratings.
CurationRows ratings_of_rows(const std::vector<Json>& train,
                             const std::optional<std::string>& annotator = std::nullopt);

Json pair_of(const std::string& prompt, const std::string& chosen, const std::string& rejected);
Json rating_of(const std::string& prompt, const std::string& response, double score);

}  // namespace laurel::test
