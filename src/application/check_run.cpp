// Lengths, first rows, steps, memory and disk of a run.
#include "application/check_run.h"

#include <algorithm>

#include "application/disk.h"
#include "application/load_config.h"
#include "application/resume.h"
#include "application/run_inputs.h"
#include "application/run_memory.h"
#include "checkpoint/run_folder.h"
#include "core/str.h"

namespace laurel {

static void print_lengths(const SourceData& source, std::ostream& out) {
  std::vector<size_t> lengths;
  for (const Split* split : {&source.train, &source.eval}) {
    for (const Group& group : split->groups) {
      for (const Response& response : group.responses) lengths.push_back(response.ids.size());
    }
  }
  if (lengths.empty()) return;
  std::sort(lengths.begin(), lengths.end());
  out << source.options.name << ": tokens per row: median " << lengths[lengths.size() / 2]
      << ", longest " << lengths.back() << "\n";
}

// The end of the first row as the model sees it: a reward at the wrong token gives no error.
static void print_first_row(const SourceData& source, const Tokenizer& tokenizer,
                            std::ostream& out) {
  const Split& split = source.train.groups.empty() ? source.eval : source.train;
  if (split.groups.empty()) return;
  const Group& group = split.groups.front();
  const Response& response = group.responses.front();
  const int32_t pooled = response.positions.front().end - 1;
  out << source.options.name << ": " << split.where(group.id) << " ends in";
  for (int32_t i = std::max(0, pooled - 7); i <= pooled; ++i) {
    out << (i == pooled ? "  [pooled here] " : " ")
        << tokenizer.token_of(response.ids[i]).value_or("?");
  }
  out << "\n";
}

void check_run(const Config& config, const Compute& compute, bool overwrite, Log& log,
               std::ostream& out) {
  const RunFolder folder{config.run.folder.value};
  ResumePoint resume_point = find_resume_point(config.run, overwrite, input_paths(config), log);
  const RunInputs run = load_run_inputs(config, log);
  check_resume_point(resume_point, folder, facts_of(config, run, compute), run.length.steps, log);
  int64_t groups = 0;
  for (const SourceData& source : run.sources) {
    print_lengths(source, out);
    print_first_row(source, run.text.tokenizer, out);
    groups += static_cast<int64_t>(source.train.groups.size());
  }
  const double epochs = static_cast<double>(run.length.groups) / static_cast<double>(groups);
  out << "run: " << count_text(run.length.steps, "step") << " of "
      << count_text(config.train.batches.batch_size, "group") << ", " << epochs
      << (epochs == 1 ? " epoch (" : " epochs (") << run.length.groups << " of "
      << count_text(groups, "group") << ")\n"
      << memory_text(plan_run_memory(config, run, compute)) << "\n"
      << disk_text(plan_disk(config, run, compute)) << "\n"
      << resume_text(resume_point, folder) << "\n";
}

}  // namespace laurel
