// Loads the files as a source is loaded, and compares labels with the rewards of a Scorer.
#include "application/evaluate_files.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "application/best_of_n_rows.h"
#include "application/load_config.h"
#include "application/model_precision.h"
#include "application/read_rows.h"
#include "application/run_inputs.h"
#include "application/stability_rows.h"
#include "checkpoint/hub_cache.h"
#include "checkpoint/manifest.h"
#include "core/parallel.h"
#include "core/str.h"
#include "data/sources/token_cache.h"

namespace laurel {

void check_attributes(const SourceModel& model, const Format& format) {
  if (model.head.attributes == 1) return;
  const bool compares = label_kind(format) != LabelKind::pointwise;
  if (compares ? !model.columns.reward_weights.empty() : !model.attributes.empty()) return;
  throw Error{
      ErrorKind::usage,
      str("the head has ", model.head.attributes, " attributes, expected ",
          compares ? "one reward that pairs and lists compare" : "names of those that are scored",
          ": --source NAME of a source of the training run with ",
          compares ? "reward_weights" : "attributes",
          ", or laurel export --reward NAME, which makes a model of one of them")};
}

static void check_segment_options(const RowOptions& rows, const Format& format) {
  if (std::holds_alternative<SegmentsFormat>(format)) return;
  if (!rows.separator && !rows.reduction) return;
  throw Error{ErrorKind::usage,
              str(rows.separator ? "--separator" : "--reduction", ": found it for rows of format ",
                  format_name(format), ", expected rows of segments")};
}

// In the words of --covariate.
static void check_covariates(const SourceOptions& source) {
  std::vector<std::string> problems = problems_of_covariates(source);
  for (std::string& problem : problems) {
    const std::string_view option = "covariates";  // then ".NAME: " or ": "
    const char* const before_name = problem[option.size()] == '.' ? " " : ":";
    problem = str("--covariate", before_name, problem.substr(option.size() + 1));
  }
  if (!problems.empty()) throw Error{ErrorKind::usage, join(problems, "\n  ")};
}

static SourceOptions source_of(const EvaluationRequest& request, FirstRow& first, Log& log) {
  const RowOptions& rows = request.rows;
  if (request.run) {
    SourceOptions source = request.run->source;
    if (!request.slices.empty()) source.slices = request.slices;
    first.row = Json::object();
    return source;
  }
  SourceOptions source{.name = "eval", .text = rows.text};
  source.eval = data_files(request.files, request.split, log);
  first = first_row(source.eval[0].value, request.grouping, rows, request.bad_rows, log);
  source.format = first.reading.format;
  source.expand = request.grouping.expand;
  source.rows_per_group = request.grouping.rows_per_group;
  source.rows.map = first.reading.fields.fields();
  source.rows.filter = rows.filter;
  source.slices = request.slices;
  source.rows.covariates = request.covariates;
  source.ignore = rows.ignore;
  check_covariates(source);
  check_segment_options(rows, source.format);
  if (request.best_of_n > 0) check_best_of_n_format(source.format);
  return source;
}

// Scores that the source's loss could not have learned are of another kind than its own. A mean of
// annotators may lie between two that it takes.
static void check_scores(const RewardMeaning& meaning, const Split& split) {
  if (meaning.source.empty() || traits(*meaning.model.loss).labels != LabelKind::pointwise) return;
  for (size_t group = 0; group < split.groups.size(); ++group) {
    const Label label = split.groups.label(group);
    const auto* scores = std::get_if<Ratings>(&label);
    if (!scores) return;
    for (size_t i = 0; i < scores->score.size(); ++i) {
      const float score = scores->score[i];
      if (scores->weight[i] == 0) continue;
      auto problem = score_problem(*meaning.model.loss, std::floor(score));
      if (!problem) problem = score_problem(*meaning.model.loss, std::ceil(score));
      if (!problem) continue;
      throw Error{ErrorKind::data,
                  str(split.where(split.groups.id(group)), ": found the score ", score, ", ",
                      *problem, " for the loss ", traits(*meaning.model.loss).name, " of source ",
                      meaning.source, "; --raw compares rewards as they are")};
    }
  }
}

static SourceData load(const SourceOptions& source, const EvaluationRequest& request,
                       const Scorer& scorer, Log& log) {
  LoadContext context =
      scorer.load_context({.bad_rows = request.bad_rows,
                           .special_text = scorer.reward_config().text.special_text,
                           .threads = available_cores()});
  if (request.run) {
    context.length.over_length = request.run->over_length;
    context.data = request.run->data;
    if (!context.data.threads) context.data.threads = available_cores();
    if (context.data.cache) context.cache = open_token_cache(context.data.cache_folder);
  }
  context.progress = load_progress();
  context.guarding = Guarding::evaluation;
  SourceData loaded = load_source(source, 0, context);
  for (const std::string& note : loaded.notes) log.info(note);
  for (const std::string& warning : loaded.warnings) log.warn(warning);
  return loaded;
}

// Rows of the first file, where another precision than the model's own may be compared with it; a
// pipe can be read only once.
static RowsRead rows_to_compare(const EvaluationRequest& request, const SourceOptions& source) {
  if (!request.precision || request.run || request.grouping.changes_rows()) return {};
  const std::string& file = source.eval[0].value;
  if (!std::filesystem::is_regular_file(file)) return {};
  RowFiles rows({file});
  return read_rows(rows, kRowsToCompare);
}

void with_loaded_rows(const EvaluationRequest& request, const Compute& compute, FileHashes& hashes,
                      Log& log, const std::function<void(const LoadedRows&)>& use) {
  FirstRow first;
  SourceOptions source = source_of(request, first, log);
  const RowsRead some = rows_to_compare(request, source);
  const ChosenPrecision chosen =
      choose_precision(request.model, compute, request.precision, request.rows, some.records, log);
  Scorer scorer(request.model, chosen.compute, request.rows, log);
  tell_precision_change(chosen, scorer, some.records, log);
  if (!request.run) source.separator = *scorer.options().separator;
  const RewardMeaning meaning =
      meaning_of(scorer.reward_config(), request.meaning, source, first.row);
  const SourceModel& model = meaning.model;
  if (!meaning.note.empty()) log.info(meaning.note);
  if (!meaning.source.empty()) source.name = meaning.source;
  check_attributes(model, source.format);
  if (label_kind(source.format) == LabelKind::pointwise) source.attributes = model.attributes;
  check_covariates(source);
  check_fields(request.rows.fields, source.format, source.attributes);
  if (request.best_of_n > 0) {
    check_best_of_n_source(source, scorer.reward_config(), hashes, log);
    check_best_of_n_scores(source);
  } else {
    check_training_files(scorer.reward_config(), names_of(source.eval), request.training_rows,
                         hashes, log);
  }
  if (request.stability > 0) check_stability_rows(scorer, source);
  const SourceData loaded = load(source, request, scorer, log);
  check_scores(meaning, loaded.eval);
  if (request.best_of_n > 0) check_best_of_n_answers(loaded.eval, request.best_of_n);
  EvaluationTask task{.source = source.name,
                      .split = loaded.eval,
                      .best_of_n = request.best_of_n,
                      .pooling = scorer.pooling(),
                      .packing = {.workers = compute.workers}};
  set_model(task, model);
  if (request.rows.reduction || meaning.source.empty()) {
    task.reduction = *scorer.options().reduction;
  }
  if (scorer.reward_config().columns() == 1) task.calibration = scorer.reward_config().calibration;
  use({scorer, task, source.eval, weights_text(chosen.compute), meaning.source});
}

Evaluation evaluate_files(const EvaluationRequest& request, const Compute& compute, Log& log) {
  Evaluation evaluation;
  FileHashes hashes;
  with_loaded_rows(request, compute, hashes, log, [&](const LoadedRows& rows) {
    evaluation = evaluate(rows.rewards(), rows.task);
    evaluation.weights = rows.weights;
    if (evaluation.best_of_n) {
      evaluation.best_of_n->weights_sha256 = weights_sha256(resolve_model(request.model));
    }
    if (request.stability == 0) return;
    evaluation.stability = stability_of_rows(rows.scorer, names_of(rows.files), request.stability);
  });
  return evaluation;
}

}  // namespace laurel
