// The prompts of benchmark files, whatever their layout.
#pragma once

#include <string>
#include <vector>

#include "core/json.h"
#include "core/log.h"
#include "core/options.h"
#include "curation/decontaminate.h"

namespace laurel {

// Adds the prompts of all rows; a benchmark's name is its file's, without folder and ending. Rows
// whose prompts are empty are counted and warned of. Throws as benchmark_prompts().
void add_benchmark_files(const std::vector<Path>& against, Decontaminator& decontaminator,
                         Log& log);

// The prompts of a row, each of which stands for it: user and system text of each of the fields
// "prompt", "messages", "question", "instruction", "problem", "query", "input" and
// "conversation_input" that has text, each user message before the first answer alone, and
// instruction and input together. Of a row with none of them: what the responses of a pair begin
// with, or its only response. None where they are empty. Throws Error (data) that starts with `where`
// for a row that has none of these fields, nor those of a format.
std::vector<std::string> benchmark_prompts(const Json& row, const std::string& where);

}  // namespace laurel
