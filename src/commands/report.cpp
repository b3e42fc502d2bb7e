// laurel report: curves and pictures of runs, as one page.
#include <filesystem>
#include <iostream>
#include <map>

#include "application/output_files.h"
#include "checkpoint/run_folder.h"
#include "commands/arguments.h"
#include "commands/commands.h"
#include "core/files.h"
#include "report/report_page.h"

namespace laurel {

namespace fs = std::filesystem;

// The page may replace a run's own report, and nothing else of a run.
static fs::path output_of(const cxxopts::ParseResult& arguments,
                          const std::vector<std::string>& runs) {
  if (arguments.count("out") == 0) {
    if (runs.size() == 1) return RunFolder{runs.front()}.report();
    throw Error{ErrorKind::usage, str("--out: not given, expected the file for the report of ",
                                      runs.size(), " runs; one run's report is RUN/report.html")};
  }
  const fs::path output = arguments["out"].as<std::string>();
  for (const std::string& run : runs) {
    const RunFolder folder{run};
    if (fs::weakly_canonical(output) == fs::weakly_canonical(folder.report())) continue;
    check_output({.option = "--out", .output = output.string(), .model = folder.final_folder()});
  }
  return output;
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
    add("out", "Write the page to this file; needed for several runs.",
        cxxopts::value<std::string>(), "FILE");
    add("best-of-n",
        "Also draw the curve that laurel eval --best-of-n N --json FILE has written; may be "
        "repeated.",
        cxxopts::value<std::string>(), "FILE");  // not a list: cxxopts would split it at commas
  });
  if (!arguments) return 0;
  const std::vector<std::string> folders = positionals(*arguments);
  const fs::path output = output_of(*arguments, folders);
  std::vector<BestOfNResult> best_of_n;
  for (const auto& argument : arguments->arguments()) {
    if (argument.key() == "best-of-n") best_of_n.push_back(read_best_of_n(argument.value()));
  }
  write_file(output, report_page(read_runs(folders), best_of_n));
  std::cout << printable(output.string()) << "\n";
  return 0;
}

}  // namespace laurel
