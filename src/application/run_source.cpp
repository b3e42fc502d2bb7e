// Reads laurel.json of the run.
#include "application/run_source.h"

#include "checkpoint/hub_cache.h"
#include "config/config.h"
#include "core/str.h"
#include "report/inputs_record.h"

namespace laurel {

static bool has_eval_rows(const SourceOptions& source) {
  return !source.eval.empty() || source.eval_fraction > 0;
}

// Without what is for training alone, so that its train files are not read.
static SourceOptions evaluated_part(SourceOptions source) {
  if (source.eval_fraction > 0) return source;  // what is held out is of these files
  source.train.clear();
  source.score_scaling = ScoreScaling::none;
  source.sampling = Sampling::uniform;
  source.balanced_by.reset();
  source.population_of.reset();
  source.population.clear();
  return source;
}

RunSource run_source(const RunFolder& run, const std::optional<std::string>& name) {
  const Config config = read_config(run.config(), {});
  std::vector<std::string> names;
  const SourceOptions* found = nullptr;
  for (const SourceConfig& of : config.sources) {
    if (!has_eval_rows(of.source)) continue;
    names.push_back(of.source.name);
    if (!name || *name == of.source.name) found = &of.source;
  }
  if (names.empty()) {
    throw Error{ErrorKind::usage,
                str(run.path, ": no source of the run has rows to evaluate, expected --data FILE")};
  }
  if (!found || (!name && names.size() > 1)) {
    throw Error{ErrorKind::usage,
                str("--source: found ", name ? str("\"", *name, "\"") : "none",
                    ", expected one of the run's sources that have rows to evaluate: ",
                    join(names, ", "), "; or --data FILE")};
  }
  return {.source = evaluated_part(*found),
          .over_length = config.model.length.over_length,
          .data = config.data};
}

static std::string fields_of(const Config& config) {
  std::string text;
  for (const SourceConfig& of : config.sources) {
    const FieldOptions& rows = of.source.rows;
    if (!rows.shape && rows.map.empty()) continue;
    text += str("; the run read its source ", of.source.name, " with",
                rows.shape ? str(" --shape ", *rows.shape) : "",
                rows.map.empty() ? "" : str(" --fields ", shell_word(json_of(rows.map).dump())));
  }
  return text;
}

std::string fields_of_run(const std::string& model) {
  try {
    const std::optional<RunFolder> run = run_of(resolve_model(model));
    return run ? fields_of(read_config(run->config(), {})) : "";
  } catch (const Error&) {  // it only adds to what is told
    return "";
  }
}

void warn_of_changed_rows(const RunFolder& run, const std::string& source, FileHashes& hashes,
                          Log& log) {
  const auto inputs = read_inputs_record(run.inputs());
  if (!inputs) return;
  for (const InputSource& of : inputs->sources) {
    if (of.name != source) continue;
    for (const RecordedFile& file : of.eval.files) {
      const std::string* const sha256 = file.sha256 ? hashes.of(file.path) : nullptr;
      if (!sha256 || *sha256 == *file.sha256) continue;
      log.warn(
          str(file.path,
              ": has changed since the run read it: what is compared is not what the run's own "
              "evaluations are of"));
    }
  }
}

}  // namespace laurel
