// The rows that a run evaluates itself.
#pragma once

#include <optional>
#include <string>

#include "application/evaluate_files.h"
#include "checkpoint/run_folder.h"

namespace laurel {

// The source of the run's config that is named, else the only one with rows to evaluate. Throws Error
// (usage) where there is none, or several.
RunSource run_source(const RunFolder& run, const std::optional<std::string>& name);

// "; the run read its source ukp with --fields '{...}'" for each source of the run that `model` belongs
// to whose fields have other names than ours, or "".
std::string fields_of_run(const std::string& model);

// Warns of the files of a source's evaluation that are no longer as the run has read them, by the
// hashes in its inputs.json.
void warn_of_changed_rows(const RunFolder& run, const std::string& source, FileHashes& hashes,
                          Log& log);

}  // namespace laurel
