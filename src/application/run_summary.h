// What a run achieved, in a few lines at its end, and what to do with the model.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "train/report.h"

namespace laurel {

// Relative to the current directory where it lies in it.
std::string shown_path(const std::filesystem::path& path);

// "pairs: accuracy 0.7130 (the longer answer: 0.5520) of 1500 rows, after step 60"; empty where
// nothing of it was labelled.
std::string result_text(const Evaluation& evaluation, int64_t step);

// First and last loss, each source's result beside its baseline, and the commands that follow.
std::string summary_text(const RunSummary& summary, const std::filesystem::path& run);

}  // namespace laurel
