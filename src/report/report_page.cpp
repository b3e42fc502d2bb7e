// Puts the sections of a report together.
#include "report/report_page.h"

#include <fstream>

#include "checkpoint/run_folder.h"
#include "core/files.h"
#include "core/str.h"
#include "report/html.h"
#include "report/page_parts.h"

namespace laurel {

namespace {

constexpr std::string_view kTitle = "Report of ";

// What a reader might look for and not find, and why.
std::string absent_text(const RunRecord& run) {
  std::string html;
  const auto add = [&](const std::string& sentence) {
    html += str("<p>", escaped(sentence), "</p>\n");
  };
  if (run.steps == 0) add(run.name + " has made no step yet: there are no curves.");
  if (run.evaluations.empty()) {
    add(run.name +
        " has not been evaluated: no source has rows for it (eval, eval_fraction), or "
        "no evaluation was due yet (train.eval_every).");
  }
  if (!run.evaluations.empty() && !run.rows) {
    add(run.name + " has no eval_rows.json of its last evaluation: there are no pictures of rows.");
  }
  if (run.config.is_null()) add(run.name + " has no laurel.json: its config is not known.");
  return html;
}

std::string title_of(const std::vector<RunRecord>& runs) {
  std::vector<std::string> names;
  for (const RunRecord& run : runs) names.push_back(run.name);
  return str(kTitle, join(names, ", "));
}

}  // namespace

std::string run_heading(Runs runs, const RunRecord& run, int level) {
  if (runs.size() < 2) return "";
  return str("<h", level, ">", escaped(run.name), "</h", level, ">\n");
}

size_t dash_of_run(size_t run) { return run / kLightColours.series.size(); }

std::string report_page(const std::vector<RunRecord>& runs,
                        const std::vector<BestOfNResult>& best_of_n) {
  std::string body = str("<h1>", escaped(title_of(runs)), "</h1>\n", overview_section(runs));
  for (const RunRecord& run : runs) body += absent_text(run);
  body += training_section(runs) + evaluation_section(runs) + best_of_n_section(best_of_n) +
          rows_section(runs) + facts_section(runs);
  return html_page(title_of(runs), body);
}

bool is_report_page(const std::filesystem::path& file) {
  std::string begin(1000, '\0');
  std::ifstream in(file, std::ios::binary);
  in.read(begin.data(), std::ssize(begin));
  const std::string empty = html_page("", "");
  return begin.starts_with(empty.substr(0, empty.find('\n'))) &&
         begin.find(str("<title>", kTitle)) != std::string::npos;
}

void write_report(const std::filesystem::path& folder) {
  write_file(RunFolder{folder}.report(), report_page({read_run(folder)}));
}

}  // namespace laurel
