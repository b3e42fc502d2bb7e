// laurel report: curves and pictures of runs, as one page.
#include <filesystem>
#include <iostream>
#include <map>

#include "application/output_files.h"
#include "checkpoint/run_folder.h"
#include "commands/arguments.h"
#include "commands/commands.h"
#include "commands/json_output.h"
#include "core/log.h"
#include "core/str.h"
#include "report/report_page.h"

namespace laurel {

namespace fs = std::filesystem;

// The page may replace an earlier one, of a run's folder only its own report.
static fs::path output_of(const cxxopts::ParseResult& arguments,
                          const std::vector<std::string>& runs) {
  if (arguments.count("out") == 0) {
    if (runs.size() == 1) return RunFolder{runs.front()}.report();
    throw Error{ErrorKind::usage, str("--out: not given, expected the file for the report of ",
                                      runs.size(), " runs; one run's report is RUN/report.html")};
  }
  const fs::path output = arguments["out"].as<std::string>();
  if (output == "-") return output;
  for (const std::string& run : runs) {
    if (fs::weakly_canonical(output) == fs::weakly_canonical(RunFolder{run}.report()))
      return output;
  }
  std::vector<fs::path> models;
  for (const std::string& run : runs) models.push_back(RunFolder{run}.final_folder());
  check_output({.option = "--out", .output = output.string(), .models = models});
  std::error_code ignored;
  if (!fs::is_regular_file(output, ignored) || is_report_page(output)) return output;
  throw Error{ErrorKind::usage, str("--out: found ", output,
                                    ", which exists and is no report; expected a new file, or ",
                                    "an earlier report; nothing was written")};
}

// Runs whose folders have the same name are told apart by their paths.
static std::vector<RunRecord> read_runs(const std::vector<std::string>& folders) {
  std::vector<RunRecord> runs;
  std::map<std::string, int> names;
  for (const std::string& folder : folders) {
    runs.push_back(read_run(folder));
    ++names[runs.back().name];
  }
  for (size_t i = 0; i < runs.size(); ++i) {
    if (names[runs[i].name] > 1) runs[i].name = folders[i];
  }
  return runs;
}

int report_command(int argc, char** argv) {
  const CommandLine line{
      "report", "RUN...",
      "Writes RUN/report.html: curves of training and evaluation, calibration, rewards, lengths, "
      "slices, the rows that are most confidently wrong, config and data. Several runs share their "
      "charts. Needs no model; also of a run that goes on (docs/report.md).\n"};
  const auto arguments = parse_arguments(line, argc, argv, [](cxxopts::OptionAdder& add) {
    add("out", "Write the page to this file; needed for several runs. - is standard output.",
        cxxopts::value<std::string>(), "FILE");
    add("best-of-n",
        "Also draw the curve that laurel eval --best-of-n N --json FILE has written; may be "
        "repeated.",
        cxxopts::value<std::string>(), "FILE");  // not a list: cxxopts would split it at commas
  });
  if (!arguments) return 0;
  const std::vector<std::string> folders = positionals(*arguments);
  const fs::path output = output_of(*arguments, folders);
  Log log(standard_error_sink());
  const std::vector<RunRecord> runs = read_runs(folders);
  std::vector<BestOfNResult> best_of_n;
  for (const auto& argument : arguments->arguments()) {
    if (argument.key() != "best-of-n") continue;
    best_of_n.push_back(read_best_of_n(argument.value(), folders));
    const std::string& doubt = best_of_n.back().doubt;
    if (!doubt.empty()) log.warn(str(argument.value(), " ", doubt));
  }
  write_output(output.string(), report_page(runs, best_of_n));
  if (output != "-") std::cout << printable(output.string()) << "\n";
  return 0;
}

}  // namespace laurel
