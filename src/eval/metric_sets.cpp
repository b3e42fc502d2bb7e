// Chooses the metrics of each kind of outcome and summarises them.
#include "eval/metric_sets.h"

#include <algorithm>

#include "core/str.h"
#include "eval/calibration_sets.h"
#include "eval/covariate_effect.h"
#include "eval/position_bias.h"
#include "eval/rating_pairs.h"
#include "eval/reduce_segments.h"
#include "eval/segment_metrics.h"
#include "eval/summarise.h"

namespace laurel {

namespace {

constexpr int64_t kMaxRatingPairs = 100'000;  // bounds the time of their intervals

std::vector<RatingOutcome> ratings_of(const Outcomes<Cell>& cells) {
  std::vector<RatingOutcome> ratings;
  for (const Cell& cell : cells.values) ratings.push_back(cell.rating);
  return ratings;
}

std::vector<std::string> headline_of_cells(bool labels) {
  if (labels) return {"auc", "accuracy", "majority"};
  return {"mse", "mse_of_mean", "spearman"};
}

Metrics metrics_of(const Outcomes<Cell>& cells, bool labels) {
  const std::vector<RatingOutcome> ratings = ratings_of(cells);
  return labels ? label_metrics(ratings) : rating_metrics(ratings);
}

std::string word_of(bool segments) { return segments ? "segment" : "rating"; }

// What cells are, decided once for all of a split.
struct CellKind {
  bool labels, segments;
};

// One attribute's cells, segments with what their places say.
MetricSet set_of_cells(std::string name, std::string title, const Outcomes<Cell>& cells,
                       const CellKind& kind) {
  std::vector<Metrics> parts{metrics_of(cells, kind.labels)};
  if (kind.segments) {
    std::vector<SegmentPosition> places;
    for (const Cell& cell : cells.values) {
      places.push_back({.score = cell.rating.score, .index = cell.index, .last = cell.last});
    }
    parts.push_back(segment_position_metrics(places, kind.labels));
  }
  MetricSet set = summarise(std::move(name), std::move(title), concatenated(parts), cells.origins);
  set.headline = headline_of_cells(kind.labels);
  return set;
}

std::vector<Outcomes<Cell>> by_attribute(const Outcomes<Cell>& cells, size_t attributes) {
  std::vector<Outcomes<Cell>> parts(attributes);
  for (size_t i = 0; i < cells.values.size(); ++i) {
    parts[cells.values[i].attribute].add(cells.values[i], cells.origins[i]);
  }
  return parts;
}

// The mean of each metric over the attributes that were labelled, undefined where one's is. The
// weights are those of all cells.
Metrics mean_over_attributes(const Outcomes<Cell>& cells, size_t attributes, bool labels) {
  std::vector<Metrics> parts;
  std::vector<std::vector<size_t>> positions(attributes);
  for (size_t i = 0; i < cells.values.size(); ++i) {
    positions[cells.values[i].attribute].push_back(i);
  }
  std::erase_if(positions, [](const auto& of_attribute) { return of_attribute.empty(); });
  for (const auto& part : by_attribute(cells, attributes)) {
    if (part.size() > 0) parts.push_back(metrics_of(part, labels));
  }
  const std::vector<std::string> names = parts.front().names;
  const auto values = [=](std::span<const double> weight) {
    MetricValues means(names.size(), 0.0);
    std::vector<double> own;
    for (size_t a = 0; a < parts.size(); ++a) {
      own.clear();
      for (const size_t i : positions[a]) own.push_back(weight[i]);
      const MetricValues of_attribute = parts[a].values(own);
      for (size_t k = 0; k < means.size(); ++k) {
        if (!of_attribute[k]) means[k].reset();
        if (means[k]) *means[k] += *of_attribute[k] / static_cast<double>(parts.size());
      }
    }
    return means;
  };
  return {names, values};
}

std::optional<MetricSet> deviation_set(const Outcomes<Cell>& cells, const std::string& word) {
  Outcomes<DeviationOutcome> stated;
  for (int64_t i = 0; i < cells.size(); ++i) {
    const Cell& cell = cells.values[i];
    if (cell.predicted_deviation <= 0) continue;
    stated.add({.error = cell.rating.prediction - cell.rating.score,
                .deviation = cell.predicted_deviation,
                .annotator_deviation = cell.annotator_deviation},
               cells.origins[i]);
  }
  if (stated.size() == 0) return std::nullopt;
  return summarise("predicted_deviations",
                   str("predicted deviations: ", count_text(stated.size(), word)),
                   deviation_metrics(stated.values), stated.origins);
}

// One cell per response: its labelled segments' predictions and scores, reduced alike.
Outcomes<Cell> responses_of(const Outcomes<Cell>& cells, Reduction reduction) {
  Outcomes<Cell> responses;
  std::vector<double> score, prediction;
  for (int64_t i = 0; i < cells.size(); ++i) {
    score.push_back(cells.values[i].rating.score);
    prediction.push_back(cells.values[i].rating.prediction);
    if (!cells.values[i].last) continue;
    Cell whole = cells.values[i];
    whole.rating = {.score = reduce(score, reduction), .prediction = reduce(prediction, reduction)};
    responses.add(whole, cells.origins[i]);
    score.clear();
    prediction.clear();
  }
  return responses;
}

Outcomes<Cell> last_of(const Outcomes<Cell>& cells) { return responses_of(cells, Reduction::last); }

// Further metric sets of one attribute's cells.
std::vector<MetricSet> further_sets(const Outcomes<Cell>& cells, const CellKind& kind,
                                    Reduction reduction) {
  std::vector<MetricSet> sets;
  if (kind.segments) {
    if (reduction != Reduction::last) {
      const Outcomes<Cell> whole = responses_of(cells, reduction);
      const auto names = enum_names(Reduction{});
      sets.push_back(set_of_cells(
          "responses",
          str(count_text(whole.size(), "response"), " by ", names[static_cast<size_t>(reduction)]),
          whole, {kind.labels && are_labels(whole), false}));
    }
    const Outcomes<Cell> last = last_of(cells);
    sets.push_back(set_of_cells("last_segments", count_text(last.size(), "last segment"), last,
                                {kind.labels, false}));
  }
  if (auto stated = deviation_set(cells, word_of(kind.segments))) sets.push_back(*stated);
  if (kind.labels) sets.push_back(calibration_set(cells));
  return sets;
}

}  // namespace

bool are_labels(const Outcomes<Cell>& cells) { return are_labels(ratings_of(cells)); }

std::string title_of(const SplitOutcomes& all, const SetOptions& options) {
  if (all.pairs.size() > 0) return count_text(all.pairs.size(), "pair");
  if (all.lists.size() > 0) return count_text(all.lists.size(), "list");
  const std::string cells = count_text(all.cells.size(), word_of(all.segments));
  const size_t attributes = options.attributes.size();
  return attributes < 2 ? cells : str("mean of ", attributes, " attributes: ", cells);
}

std::vector<std::string> headline_of(const SplitOutcomes& all, const SetOptions& options) {
  if (all.pairs.size() > 0) return {"accuracy", "longer_wins"};
  if (all.lists.size() > 0) return {"accuracy", "longer_wins", "kendall"};
  return headline_of_cells(options.labels);
}

std::optional<ImpliedPairs> implied_pairs(const SplitOutcomes& all, const SetOptions& options) {
  if (all.segments || options.attributes.size() > 1) return std::nullopt;
  const Outcomes<Cell>& cells = all.cells;
  std::vector<double> score;
  std::vector<uint64_t> prompt;
  for (int64_t i = 0; i < cells.size(); ++i) {
    score.push_back(cells.values[i].rating.score);
    prompt.push_back(cells.origins[i].prompt);
  }
  const RatingPairs implied = pairs_of_ratings(score, prompt, kMaxRatingPairs);
  if (implied.pairs.empty()) return std::nullopt;
  ImpliedPairs found{.possible = implied.possible};
  for (const auto& [i, j] : implied.pairs) {
    const Cell &better = cells.values[i], &worse = cells.values[j];
    found.pairs.add({.better = better.reward,
                     .worse = worse.reward,
                     .better_length = better.length,
                     .worse_length = worse.length,
                     .covariates = difference(better.covariates, worse.covariates)},
                    {.prompt = prompt[i],
                     .responses = {cells.origins[i].responses[0], cells.origins[j].responses[0]}});
  }
  const bool all_of_them = found.pairs.size() == implied.possible;
  const std::string of = all_of_them ? "" : str(found.pairs.size(), " of ");
  found.title = str("pairs of ratings: ", of, count_text(implied.possible, "pair"));
  return found;
}

Metrics headline_metrics(const SplitOutcomes& all, const SetOptions& options) {
  if (all.pairs.size() > 0) return pair_metrics(all.pairs.values);
  if (all.lists.size() > 0) return list_metrics(all.lists.values);
  if (options.attributes.size() < 2) return metrics_of(all.cells, options.labels);
  return mean_over_attributes(all.cells, options.attributes.size(), options.labels);
}

std::optional<MetricSet> main_set(const SplitOutcomes& all, const SetOptions& options) {
  if (all.origins().empty()) return std::nullopt;
  const std::string title = title_of(all, options);
  MetricSet set;
  if (all.pairs.size() > 0) {
    set = pair_set("pairs", title, all.pairs);
  } else if (all.lists.size() > 0) {
    set = summarise("lists", title, list_metrics(all.lists.values), all.lists.origins);
  } else if (options.attributes.size() < 2) {
    set = set_of_cells("rows", title, all.cells, {options.labels, all.segments});
  } else {
    set = summarise("mean", title,
                    mean_over_attributes(all.cells, options.attributes.size(), options.labels),
                    all.cells.origins);
  }
  set.headline = headline_of(all, options);
  return set;
}

// The calibration that the model has of such labels.
static std::optional<Calibration> stored_for(const SetOptions& options, CalibrationLabels labels) {
  const auto& stored = options.calibration;
  return stored && stored->labels == labels ? stored : std::nullopt;
}

static std::vector<MetricSet> sets_of_pairs(const Outcomes<PairOutcome>& pairs,
                                            const SetOptions& options) {
  std::vector<MetricSet> sets{calibration_set(pairs)};
  sets.push_back(summarise("length", str("length: ", count_text(pairs.size(), "pair")),
                           length_metrics(pairs.values, pairs.origins), pairs.origins));
  if (const auto presented = presented_pairs(pairs); presented.size() > 0) {
    sets.push_back(summarise("position", str("position: ", count_text(presented.size(), "pair")),
                             position_metrics(presented.values), presented.origins));
  }
  if (const auto stored = stored_for(options, CalibrationLabels::pairs)) {
    sets.push_back(calibrated_set(pairs, *stored));
  }
  return sets;
}

std::vector<MetricSet> other_sets(const SplitOutcomes& all, const SetOptions& options) {
  if (all.pairs.size() > 0) return sets_of_pairs(all.pairs, options);
  if (all.cells.size() == 0) return {};
  const size_t n = std::max<size_t>(1, options.attributes.size());
  if (n == 1) {
    std::vector<MetricSet> sets;
    if (const auto implied = implied_pairs(all, options)) {
      sets.push_back(pair_set("pairs", implied->title, implied->pairs));
      sets.back().possible = implied->possible;
    }
    for (MetricSet& set :
         further_sets(all.cells, {options.labels, all.segments}, options.reduction)) {
      sets.push_back(std::move(set));
    }
    const auto stored = stored_for(options, CalibrationLabels::labels);
    if (stored && options.labels) sets.push_back(calibrated_set(all.cells, *stored));
    return sets;
  }
  std::vector<MetricSet> sets;
  const auto parts = by_attribute(all.cells, n);
  for (size_t a = 0; a < n; ++a) {
    if (parts[a].size() == 0) continue;
    const std::string& name = options.attributes[a];
    const CellKind kind{are_labels(parts[a]), all.segments};
    sets.push_back(set_of_cells(
        name, str(name, ": ", count_text(parts[a].size(), word_of(all.segments))), parts[a], kind));
    for (MetricSet& set : further_sets(parts[a], kind, options.reduction)) {
      set.name = str(name, "/", set.name);
      set.title = str(name, ", ", set.title);
      sets.push_back(std::move(set));
    }
  }
  return sets;
}

}  // namespace laurel
