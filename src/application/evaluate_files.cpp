// Loads the files as a source is loaded, and compares labels with the rewards of a Scorer.
#include "application/evaluate_files.h"

#include <algorithm>

#include "application/load_config.h"
#include "application/recorded_source.h"
#include "application/run_inputs.h"
#include "application/scorer.h"
#include "core/parallel.h"
#include "core/str.h"
#include "eval/evaluate.h"

namespace laurel {

// What rewards say of scores: as the named source learned it, else as they are.
static SourceModel model_of(const RewardConfig& config, const std::optional<std::string>& source,
                            Log& log) {
  if (!source) {
    for (const SourceRecord& record : config.sources) {
      if (std::ranges::count(record.scaling, Scaling{}) == std::ssize(record.scaling)) continue;
      log.warn(str("the model was trained on scaled scores of \"", record.name, "\"; --source ",
                   record.name, " compares in that source's units"));
    }
    return source_model(config);
  }
  if (const SourceRecord* record = config.find(*source)) return source_model(config, *record);
  std::vector<std::string> names;
  for (const SourceRecord& record : config.sources) names.push_back(record.name);
  throw Error{ErrorKind::usage,
              str("--source: found \"", *source, "\", expected one of the model's sources: ",
                  names.empty() ? "it names none" : join(names, ", "))};
}

// Of a head with several attributes, comparisons need to know what they are of, and so do scores.
static void check_attributes(const SourceModel& model, const Format& format) {
  if (model.head.attributes == 1) return;
  const bool compares = label_kind(format) != LabelKind::pointwise;
  if (compares ? !model.columns.reward_weights.empty() : !model.attributes.empty()) return;
  throw Error{ErrorKind::usage, str("--source: the head has ", model.head.attributes,
                                    " attributes, expected a source ",
                                    compares ? "with reward_weights" : "with attributes")};
}

static SourceOptions source_of(const EvaluationRequest& request, Log& log) {
  const RowOptions& rows = request.rows;
  SourceOptions source{
      .name = request.source.value_or("eval"), .text = rows.text, .columns = rows.columns};
  source.eval = data_files(request.files, log);
  source.format = rows.format ? *rows.format : format_of_first_row(source.eval[0].value, rows, log);
  source.slices = request.slices;
  check_columns(rows, source.format);
  return source;
}

static SourceData load(const SourceOptions& source, const Scorer& scorer, Log& log) {
  LoadContext context = scorer.load_context(
      {.special_text = scorer.reward_config().text.special_text, .threads = available_cores()});
  context.progress = load_progress();
  SourceData loaded = load_source(source, 0, context);
  if (!scorer.trained_here()) {  // notes are about choices that training has made
    for (const std::string& note : loaded.notes) log.info(note);
  }
  for (const std::string& warning : loaded.warnings) log.warn(warning);
  return loaded;
}

Evaluation evaluate_files(const EvaluationRequest& request, const Compute& compute, Log& log) {
  SourceOptions source = source_of(request, log);
  Scorer scorer(request.model, compute, request.rows, log);
  source.separator = *scorer.options().separator;
  const SourceModel model = model_of(scorer.reward_config(), request.source, log);
  check_attributes(model, source.format);
  if (label_kind(source.format) == LabelKind::pointwise) source.attributes = model.attributes;
  const SourceData loaded = load(source, scorer, log);
  EvaluationTask task{.source = source.name,
                      .split = loaded.eval,
                      .pooling = scorer.pooling(),
                      .packing = {.workers = compute.workers}};
  set_model(task, model);
  if (request.rows.reduction || !request.source) task.reduction = *scorer.options().reduction;
  return evaluate([&](const TokenBatch& batch) { return scorer.score(batch); }, task);
}

}  // namespace laurel
