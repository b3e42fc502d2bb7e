// laurel audit: what is wrong with the rows of a config.
#include <iostream>

#include "application/load_config.h"
#include "application/output_files.h"
#include "application/run_inputs.h"
#include "commands/arguments.h"
#include "commands/commands.h"
#include "config/curation_options.h"
#include "core/files.h"
#include "core/str.h"
#include "curation/audit_output.h"

namespace laurel {

static AuditOptions audit_options(const cxxopts::ParseResult& arguments) {
  AuditOptions options;
  if (arguments.count("near") > 0) options.duplicates.near = arguments["near"].as<double>();
  if (options.duplicates.near < kLeastNear || options.duplicates.near > 1) {
    throw Error{ErrorKind::usage, str("--near: found ", options.duplicates.near,
                                      ", expected a Jaccard index from ", kLeastNear, " to 1")};
  }
  if (arguments.count("annotator") > 0) {
    options.annotator = arguments["annotator"].as<std::string>();
  }
  return options;
}

// Every malformed row is a finding, none an error.
static AuditReport audit_config(Config config, const AuditOptions& options, Log& log) {
  config.data.bad_rows = kAllBadRows;
  const Compute compute = set_up_process(config, log);
  const RunInputs inputs = load_run_inputs(config, log);
  return audit_run(config, inputs, compute, options);
}

static std::string output_of(const cxxopts::ParseResult& arguments, const char* option,
                             const Config& config) {
  if (arguments.count(option) == 0) return "";
  const std::string output = arguments[option].as<std::string>();
  std::vector<std::string> inputs;
  for (const SourceConfig& source : config.sources) {
    for (const auto* files : {&source.source.train, &source.source.eval}) {
      for (const Path& file : *files) inputs.push_back(file.value);
    }
  }
  for (const BenchmarkConfig& benchmark : config.benchmarks) {
    for (const Path& file : benchmark.files) inputs.push_back(file.value);
  }
  check_output({.option = str("--", option),
                .output = output,
                .inputs = inputs,
                .models = {config.model.load.path.value}});
  return output;
}

static void write_report(const AuditReport& report, const std::string& json,
                         const std::string& page, const std::string& config) {
  (json == "-" ? std::cerr : std::cout) << audit_text(report);
  const std::string text = json.empty() ? "" : audit_json(report).dump(2) + "\n";
  if (json == "-") {
    std::cout << text << std::flush;
  } else if (!json.empty()) {
    write_file(json, text);
  }
  if (!page.empty()) write_file(page, audit_page(report, config));
}

int audit_command(int argc, char** argv) {
  const CommandLine line{
      "audit", "CONFIG",
      "Reads all rows of a config and reports what is wrong with them: duplicates, contradictions, "
      "cycles of preferences, rows of eval in train, labels that follow length, position or "
      "annotator, sources that are turned round. Changes nothing (docs/curation.md).\n"};
  const auto arguments = parse_arguments(line, argc, argv, [](cxxopts::OptionAdder& add) {
    add_set_option(add);
    add("annotator",
        "The field of the rows that says who labelled them: equal texts by several "
        "annotators are votes.",
        cxxopts::value<std::string>(), "FIELD");
    add("near", "Texts are near duplicates from this Jaccard index on; 0.8 by default.",
        cxxopts::value<double>(), "INDEX");
    add("strict", "Exit with 1 where there is a warning or an error.");
    add("json", "Write all findings and figures to this file; - is standard output.",
        cxxopts::value<std::string>(), "FILE");
    add("page", "Write them to this HTML page.", cxxopts::value<std::string>(), "FILE");
  });
  if (!arguments) return 0;
  const std::string file = positionals(*arguments)[0];
  const AuditOptions options = audit_options(*arguments);
  Log log(standard_error_sink());
  const Config config = load_config(file, overrides_of(*arguments), log);
  const std::string json = output_of(*arguments, "json", config);
  const std::string page = output_of(*arguments, "page", config);
  const AuditReport report = audit_config(config, options, log);
  write_report(report, json, page, file);
  return arguments->count("strict") > 0 && !passes_strict(report) ? 1 : 0;
}

}  // namespace laurel
