// report.html: one run, or several side by side, as a page that needs nothing else.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "report/best_of_n_figure.h"
#include "report/run_record.h"

namespace laurel {

// `best_of_n`: to be shown beside them.
std::string report_page(const std::vector<RunRecord>& runs,
                        const std::vector<BestOfNResult>& best_of_n = {});

// Whether a file is such a page, which another may replace.
bool is_report_page(const std::filesystem::path& file);

// Reads the run and writes its report.html. Throws Error (checkpoint).
void write_report(const std::filesystem::path& folder);

}  // namespace laurel
