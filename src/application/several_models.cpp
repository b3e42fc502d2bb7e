// Checks several models before any is opened, and opens one at a time.
#include "application/several_models.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>
#include <tuple>
#include <utility>

#include "application/model_precision.h"
#include "application/scale_outputs.h"
#include "checkpoint/hub_cache.h"
#include "checkpoint/manifest.h"
#include "core/str.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

constexpr const char* kWith = "--with";

[[noreturn]] void refuse_with(const std::string& what) {
  throw Error{ErrorKind::usage, str(kWith, ": ", what)};
}

void check_with_options(const ScoreRequest& request) {
  const char* beside = request.options.calibrated              ? "--calibrated"
                       : request.options.as != ScoreAs::reward ? "--as"
                       : request.options.source                ? "--source"
                                                               : nullptr;
  if (beside) {
    refuse_with(str("found it with ", beside,
                    ", expected one of them: several models are scored in the units that laurel "
                    "normalize has stored"));
  }
  for (const std::string& file : request.files) {
    if (file != "-" && fs::is_regular_file(file)) continue;
    refuse_with(str("found ", file == "-" ? "standard input" : file,
                    ", which can be read once, expected files: every model reads them anew"));
  }
}

struct StoredScale {
  fs::path folder;
  Normalization normalization;
  UnitDeviation unit;
  std::string weights;  // their hash
};

StoredScale stored_scale(const std::string& model) {
  const fs::path folder = resolve_model(model);
  const auto config = read_reward_config(folder);
  if (config && config->columns() != 1) {
    refuse_with(str(model, ": found a head of ", config->columns(),
                    " rows, expected one reward; laurel export --reward NAME or --combine SOURCE "
                    "makes such a model"));
  }
  const UnitDeviation unit = checked_deviation(config ? &*config : nullptr, kWith, model);
  return {fs::weakly_canonical(folder), *config->normalization, unit, weights_sha256(folder)};
}

// Of one model's answers, also where its rewards were multiplied or shifted by an export.
bool same_but_for_scale(const Normalization& a, const Normalization& b) {
  constexpr double kTolerance = 1e-6;  // deviations
  constexpr size_t kFewLevels = 5;     // may lie alike for two models
  const auto counts = [](const Normalization& of) {
    return std::tuple(of.answers, of.prompts, of.prompts_with_several, of.quantiles.size());
  };
  std::set<double> levels;
  for (const auto& [name, reward] : a.quantiles) levels.insert(reward);
  if (levels.size() < kFewLevels || a.data_sha256 != b.data_sha256 || counts(a) != counts(b))
    return false;
  const auto in_deviations = [](const Normalization& of, double reward) {
    return (reward - of.mean.value) / of.deviation.value;
  };
  return std::ranges::all_of(a.quantiles, [&](const auto& quantile) {
    const auto other = b.quantiles.find(quantile.first);
    return other != b.quantiles.end() && std::abs(in_deviations(a, quantile.second) -
                                                  in_deviations(b, other->second)) < kTolerance;
  });
}

// A copy's rewards would count twice. Copies of a run are normalized together, and an export keeps
// its model's numbers, in whatever type its weights are.
void check_different(const std::string& model, const StoredScale& of, const std::string& before,
                     const StoredScale& other) {
  if (of.folder == other.folder) {
    refuse_with(str("found ", model, " twice, expected different models"));
  }
  const char* const same = of.normalization == other.normalization ? "normalization"
                           : of.weights == other.weights           ? "weights"
                           : same_but_for_scale(of.normalization, other.normalization)
                               ? "normalization, but for its scale,"
                               : nullptr;
  if (!same) return;
  refuse_with(str("found the same ", same, " in ", model, " and in ", before,
                  ", which are one model; expected different models"));
}

// The units of two models are alike where they are the same deviation of the same answers.
void check_alike(const std::string& model, const StoredScale& of, const std::string& first_model,
                 const StoredScale& first, Log& log) {
  if (of.unit.group != first.unit.group) {
    refuse_with(str(model, ": found ", text_of(of.unit.group), " in its normalization, but ",
                    text_of(first.unit.group), " in that of ", first_model,
                    "; expected the same of all: laurel normalize each on the same answers"));
  }
  if (of.normalization.data_sha256 == first.normalization.data_sha256) return;
  log.warn(str(model, " was normalized on other answers than ", first_model,
               ": their units may differ"));
}

}  // namespace

std::vector<ModelRewards> scaled_models(const ScoreRequest& request, Log& log) {
  if (request.with.empty()) return {};
  check_with_options(request);
  std::vector<std::string> models{request.model};
  models.insert(models.end(), request.with.begin(), request.with.end());
  std::vector<StoredScale> scales;
  std::vector<ModelRewards> rewards;
  for (const std::string& model : models) {
    const StoredScale of = stored_scale(model);
    for (size_t i = 0; i < scales.size(); ++i) check_different(model, of, models[i], scales[i]);
    if (!scales.empty()) check_alike(model, of, models.front(), scales.front(), log);
    scales.push_back(of);
    const double mean = of.normalization.mean.value;
    log.info(str("model ", scales.size(), ", ", model, ": (reward - ", mean, ") / ", of.unit.value,
                 ", ", text_of(of.unit.group)));
    rewards.emplace_back(model, mean, of.unit.value);
  }
  return rewards;
}

void with_scorer(const std::string& model, const ScoreRequest& request, const Compute& compute,
                 Log& log, const std::function<void(OpenedScorer&)>& use) {
  RowFiles in(request.files);
  RowsRead ahead;
  if (request.precision) ahead = read_rows(in, kRowsToCompare);
  const ChosenPrecision chosen =
      choose_precision(model, compute, request.precision, request.rows, ahead.records, log);
  Scorer scorer(model, chosen.compute, request.rows, log);
  tell_precision_change(chosen, scorer, ahead.records, log);
  OpenedScorer opened{scorer, in, std::move(ahead)};
  use(opened);
}

}  // namespace laurel
