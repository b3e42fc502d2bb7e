// First rows, steps, memory and disk of a run.
#include "application/check_run.h"

#include "application/disk.h"
#include "application/label_table.h"
#include "application/load_config.h"
#include "application/rendered_row.h"
#include "application/resume.h"
#include "application/run_inputs.h"
#include "application/run_memory.h"
#include "application/shape_hint.h"
#include "checkpoint/run_folder.h"
#include "core/str.h"

namespace laurel {

static void print_first_row(const SourceData& source, const Tokenizer& tokenizer,
                            std::ostream& out) {
  const Split& split = source.train.groups.empty() ? source.eval : source.train;
  if (split.groups.empty()) return;
  const Group group = split.groups.front();
  out << source.options.name << ": " << split.where(group.id) << ", as the model reads it ("
      << label_text(group.label) << "):\n";
  const size_t count = group.responses.size();
  for (size_t i = 0; i < count; ++i) {
    out << "  " << (count > 1 ? str("response ", i + 1, ": ") : std::string())
        << printable(rendered_row(group.responses[i], tokenizer)) << "\n";
  }
}

// Where the run's folder is in use and run.resume says nothing of it: what train would say.
static std::optional<std::string> find_start(const Config& config, bool overwrite, Log& log,
                                             ResumePoint& resume_point) {
  try {
    resume_point = find_resume_point(config.run, overwrite, input_paths(config), log);
  } catch (const Error& error) {
    if (error.kind != ErrorKind::checkpoint || config.run.resume != "never") throw;
    return error.message;
  }
  return std::nullopt;
}

// Throws Error (data) where a source has more malformed rows than data.bad_rows allows; each was
// listed when it was loaded.
static void check_bad_rows(const Config& config, const RunInputs& run) {
  for (const SourceData& source : run.sources) {
    const int64_t bad = source.train.report.bad + source.eval.report.bad;
    if (bad <= config.data.bad_rows) continue;
    throw Error{ErrorKind::data,
                str("source ", source.options.name, ": found ", count_text(bad, "malformed row"),
                    ", expected at most ", config.data.bad_rows,
                    " (data.bad_rows); they are listed above")};
  }
}

// All malformed rows are counted here, and refused at the end.
static RunInputs load_all_inputs(Config config, Log& log) {
  config.data.bad_rows = kAllBadRows;
  return load_run_inputs(config, log, true);
}

CheckedRun check_run(const Config& config, const Compute& compute, bool overwrite, Log& log,
                     std::ostream& out) {
  const RunFolder folder{config.run.folder.value};
  ResumePoint resume_point;
  const std::optional<std::string> used = find_start(config, overwrite, log, resume_point);
  for (const SourceConfig& source : config.sources) {
    for (const std::string& hint : shape_hint(source.source)) log.info(hint);
  }
  RunInputs run = load_all_inputs(config, log);
  int64_t groups = 0;
  for (const SourceData& source : run.sources) {
    for (const std::string& line : source.found) out << line << "\n";
    print_first_row(source, run.text.tokenizer, out);
    groups += static_cast<int64_t>(source.train.groups.size());
  }
  out << label_table(run.sources) << std::flush;
  check_bad_rows(config, run);
  check_resume_point(resume_point, config, run, compute, log);
  const double epochs = static_cast<double>(run.length.groups) / static_cast<double>(groups);
  const std::string average = average_text(config.train.optimizer.average);
  if (!average.empty()) out << average << "\n";
  out << "run: " << count_text(run.length.steps, "step") << " of "
      << count_text(config.train.batches.batch_size, "group") << ", " << epochs
      << (epochs == 1 ? " epoch (" : " epochs (") << run.length.groups << " of "
      << count_text(groups, "group") << ")\n"
      << memory_text(plan_run_memory(config, run, compute), compute) << "\n"
      << disk_text(plan_disk(config, run, compute)) << "\n"
      << (used ? str("run.folder is in use: ", *used) : resume_text(resume_point, folder)) << "\n";
  CheckedRun checked{.starts = !used, .warnings = {}};
  for (const SourceData& source : run.sources) {
    checked.warnings.insert(checked.warnings.end(), source.warnings.begin(), source.warnings.end());
  }
  return checked;
}

}  // namespace laurel
