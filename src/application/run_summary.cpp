// Picks the metric of each kind of labels, and what a model that knows nothing would have.
#include "application/run_summary.h"

#include "application/run_source.h"
#include "core/str.h"
#include "report/baselines.h"
#include "train/step_line.h"

namespace laurel {

std::string shown_path(const std::filesystem::path& path) {
  std::error_code ignored;
  const std::filesystem::path here =
      path.lexically_relative(std::filesystem::current_path(ignored));
  return here.empty() || *here.begin() == ".." ? path.string() : here.string();
}

std::string result_text(const Evaluation& evaluation, int64_t step) {
  if (evaluation.sets.empty()) return "";
  const MetricSet& set = evaluation.sets.front();
  for (const auto& [metric, baseline, meaning] : kBaselines) {
    const auto value = value_of(set, metric), without = value_of(set, baseline);
    if (!value || !without) continue;
    return str(evaluation.source, ": ", metric, " ", fixed_text(*value, 4), " (", meaning, ": ",
               fixed_text(*without, 4), ") of ", set.title, ", after step ", step);
  }
  for (const char* total : {"total", "micro"}) {  // of a benchmark
    const auto value = value_of(set, total);
    if (!value) continue;
    return str(evaluation.source, ": ", total, " ", fixed_text(*value, 4), " of ", set.title,
               ", after step ", step);
  }
  return "";
}

std::string summary_text(const RunSummary& summary, const std::filesystem::path& run) {
  std::string text;
  if (summary.first_loss && summary.last_loss) {
    text =
        str("summary: loss ", fixed_text(*summary.first_loss, 4), " in step ", summary.first_step,
            ", ", fixed_text(*summary.last_loss, 4), " in step ", summary.last_step);
  }
  for (const Evaluation& evaluation : summary.evaluations) {
    const std::string result = result_text(evaluation, summary.evaluated_step);
    if (!result.empty()) text += str(text.empty() ? "" : "\n", "  ", result);
  }
  if (summary.evaluations.empty() && !text.empty()) {
    text += "\n  not evaluated: no source has rows for it (eval, eval_fraction)";
  }
  const std::string folder = shown_path(run);
  return str(text, text.empty() ? "" : "\n", "next: laurel eval ", folder,
             " ROWS.jsonl, laurel score ", folder, " ROWS.jsonl OUTPUT.jsonl, laurel export ",
             folder, " OUTPUT --dtype bf16", fields_of_run(run.string()));
}

}  // namespace laurel
