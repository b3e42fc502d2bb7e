// The prompts of benchmark files, whatever their layout.
#pragma once

#include <string>
#include <vector>

#include "core/json.h"
#include "core/log.h"
#include "core/options.h"
#include "curation/decontaminate.h"

namespace laurel {

// Adds the prompts of all rows; a benchmark's name is its file's, without folder and ending. Throws
// Error (data) for a row in which no prompt is recognised, with the names that are looked for.
void add_benchmark_files(const std::vector<Path>& against, Decontaminator& decontaminator,
                         Log& log);

// User and system text of the row's first prompt: of "prompt", "messages", "question",
// "instruction", "problem", "query" or "input", the first that is there; else what the responses of
// a pair begin with. Throws Error (data) that starts with `where`.
std::string benchmark_prompt(const Json& row, const std::string& where);

}  // namespace laurel
