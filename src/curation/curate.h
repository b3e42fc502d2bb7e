// laurel curate: the training rows of a config, made better by the rules of its section `curation`.
#pragma once

#include <filesystem>
#include <string>

#include "application/compute.h"
#include "config/config.h"
#include "core/log.h"

namespace laurel {

// Writes into the new folder `out`
//   SOURCE.train.jsonl, SOURCE.eval.jsonl, rows.jsonl   see curated_files.h
//   curation.json   options, counts, hashes of what was read, and what a model found in the labels
//   config.json     the config with the new files
// and returns what is to be printed. Reads, changes and removes no other file; the same config,
// files and number of threads give the same bytes. `config` has been loaded by load_config. Throws Error.
std::string curate(const Config& config, const Compute& compute, const std::filesystem::path& out,
                   Log& log);

}  // namespace laurel
