// Scores the rows by each model, keeps what all have, and compares.
#include "application/compare_files.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "checkpoint/checkpoints.h"
#include "checkpoint/hub_cache.h"
#include "checkpoint/run_folder.h"
#include "core/str.h"
#include "text/token_text.h"

namespace laurel {

namespace {

// What is known of the models once each has scored the rows.
struct ScoredModels {
  std::vector<ComparedModel> models;
  ComparedRows rows;
  std::vector<std::string> attributes;
  std::vector<std::string> as_they_are;  // names of models whose rewards predict no scores
};

std::string attributes_text(const std::vector<std::string>& attributes) {
  return attributes.empty() ? "one score without a name" : join(attributes, ", ");
}

void check_same_attributes(const ScoredModels& scored, const std::string& name,
                           const std::vector<std::string>& attributes) {
  if (scored.models.empty() || scored.attributes == attributes) return;
  throw Error{ErrorKind::usage,
              str(name, ": found scores of ", attributes_text(attributes), ", expected ",
                  attributes_text(scored.attributes), " as of ", scored.models.front().name,
                  ": models are compared on the same scores; --source NAME takes another source "
                  "of each, --fields score=FIELD reads one score")};
}

// Each model reads the files.
void refuse_pipes_to_compare(const std::vector<std::string>& files) {
  for (const std::string& file : files) {
    std::error_code ignored;
    if (!std::filesystem::is_fifo(file, ignored)) continue;
    throw Error{ErrorKind::data, str(file,
                                     ": found a pipe, expected a file: each model reads the rows; "
                                     "write them to a file first")};
  }
}

void add_scored(const std::string& name, const LoadedRows& rows, ScoredModels& scored) {
  const Split& split = rows.task.split;
  check_same_attributes(scored, name, rows.task.attributes);
  SplitOutcomes outcomes = outcomes_of(rows.rewards(), rows.task);
  scored.rows.rows = split.report.rows;
  scored.rows.models.push_back(
      {.reasons = drop_reasons(split, outcomes), .not_in_all = 0, .weights = rows.weights});
  scored.attributes = rows.task.attributes;
  scored.models.push_back(compared_model(name, split.groups, std::move(outcomes)));
  if (rows.predicts.empty()) scored.as_they_are.push_back(name);
}

void keep_rows_of_all(ScoredModels& scored) {
  scored.rows.compared = keep_common_rows(scored.models);
  if (scored.rows.compared == 0) {
    throw Error{ErrorKind::data,
                str("no row is left to compare: of ", scored.rows.rows,
                    " none has a label and is read by all models; laurel eval MODEL DATA says for "
                    "each why rows are dropped")};
  }
  for (size_t m = 0; m < scored.models.size(); ++m) {
    scored.rows.models[m].not_in_all = scored.models[m].not_in_all;
  }
}

// The metric that claims are about. Without a fixed zero or scale of rewards, ranks say more.
std::string metric_to_compare(const ComparisonRequest& request, const ScoredModels& scored,
                              const SetOptions& set) {
  const SplitOutcomes& outcomes = scored.models.front().outcomes;
  const bool scores = outcomes.cells.size() > 0 && !set.labels;
  if (!request.metric) {
    return scores && !scored.as_they_are.empty() ? "spearman" : std::string();
  }
  const std::vector<std::string> names = compared_metrics(outcomes, set);
  if (std::ranges::find(names, *request.metric) != names.end()) return *request.metric;
  throw Error{ErrorKind::usage,
              str("--metric: found \"", *request.metric,
                  "\", expected one of the metrics of such rows: ", join(names, ", "))};
}

// Of all models, while the last is still loaded: its tokens spell the texts.
ComparedFiles compare_scored(const ComparisonRequest& request, const LoadedRows& rows,
                             ScoredModels& scored, Log& log) {
  keep_rows_of_all(scored);
  const SplitOutcomes& outcomes = scored.models.front().outcomes;
  ComparisonOptions options{.set = {.attributes = scored.attributes,
                                    .reduction = rows.task.reduction,
                                    .labels = are_labels(outcomes.cells)},
                            .label_threshold = scored.as_they_are.empty()};
  options.metric = metric_to_compare(request, scored, options.set);
  if (options.set.labels && outcomes.cells.size() > 0 && !options.label_threshold) {
    log.info(str("which labels flip is not said: the rewards of ", join(scored.as_they_are, ", "),
                 " are compared as they are, without a threshold"));
  }
  const Split& split = rows.task.split;
  ComparedFiles found{
      .comparison = compare_models(scored.models, slice_fields(split, outcomes.origins()), options),
      .rows = scored.rows,
      .flipped = {}};
  found.rows.source = rows.task.source;
  if (request.flipped == kAllFlips && outcomes.cells.size() > 0 && !options.set.labels) {
    log.warn(
        "--rows: scores are neither right nor wrong, so that no row flips and the file is empty; rows "
        "of pairs, lists or labels have some");
  }
  const TokenText text_of(rows.scorer.tokenizer());
  found.flipped = flipped_rows(
      split, scored.models, options.set.labels && options.label_threshold, request.flipped,
      [&](std::span<const int32_t> ids) { return text_of.without_special(ids); });
  return found;
}

}  // namespace

ComparisonRequest checkpoints_to_compare(const std::string& run) {
  const RunFolder folder{run};
  std::error_code ignored;
  if (!std::filesystem::exists(folder.config(), ignored) || !run_id(folder)) {
    const auto of = run_of(run);
    throw Error{ErrorKind::usage,
                str("--steps: ", run, " is not the folder of a run",
                    of ? str("; it is a model of that in ", of->path) : std::string())};
  }
  ComparisonRequest request;
  for (const Checkpoint& checkpoint : list_checkpoints(folder)) {
    request.models.push_back(checkpoint.path.string());
    request.names.push_back(str("step ", checkpoint.step));
  }
  if (request.models.size() >= 2) return request;
  throw Error{ErrorKind::checkpoint,
              str(run, ": --steps found ", count_text(std::ssize(request.models), "checkpoint"),
                  ", expected two or more; a run keeps train.keep_last of them")};
}

ComparedFiles compare_files(const ComparisonRequest& request, const Compute& compute,
                            FileHashes& hashes, Log& log) {
  refuse_pipes_to_compare(request.rows.files);
  resolve_models(request.models);  // before any is scored
  ScoredModels scored;
  ComparedFiles found;
  for (size_t m = 0; m < request.models.size(); ++m) {
    EvaluationRequest of_model = request.rows;
    of_model.model = request.models[m];
    log.info(str(request.names[m], ":"));
    with_loaded_rows(of_model, compute, hashes, log, [&](const LoadedRows& rows) {
      add_scored(request.names[m], rows, scored);
      if (m + 1 == request.models.size()) found = compare_scored(request, rows, scored, log);
    });
  }
  return found;
}

}  // namespace laurel
