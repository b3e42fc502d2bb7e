// report.html: one run, or several side by side, as a page that needs nothing else.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "report/run_record.h"

namespace laurel {

std::string report_page(const std::vector<RunRecord>& runs);

// Reads the run and writes its report.html. Throws Error (checkpoint).
void write_report(const std::filesystem::path& folder);

}  // namespace laurel
