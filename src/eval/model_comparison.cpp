// One bootstrap over the values of all models and their differences; another over the differences of
// one metric in the whole set and its slices.
#include "eval/model_comparison.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "eval/simultaneous.h"
#include "eval/slice_comparison.h"

namespace laurel {

namespace {

std::vector<double> ones(size_t n) { return std::vector<double>(n, 1.0); }

std::optional<double> minus(const std::optional<double>& a, const std::optional<double>& b) {
  if (!a || !b) return std::nullopt;
  return *a - *b;
}

// The same outcomes, by model.
struct SetOfModels {
  std::string name, title;
  int64_t possible = 0;
  std::vector<Metrics> metrics = {};
  std::vector<std::vector<Decision>> decisions = {};
  std::vector<Origin> origins = {};
};

// Values of all models, one after the other, then those of the others less the first's.
MetricValues values_and_differences(const std::vector<Metrics>& models,
                                    std::span<const double> weight) {
  MetricValues all, differences;
  const MetricValues first = models.front().values(weight);
  for (size_t m = 0; m < models.size(); ++m) {
    const MetricValues own = m == 0 ? first : models[m].values(weight);
    for (size_t k = 0; k < own.size() && m > 0; ++k) {
      differences.push_back(minus(own[k], first[k]));
    }
    all.insert(all.end(), own.begin(), own.end());
  }
  all.insert(all.end(), differences.begin(), differences.end());
  return all;
}

// A calibration error is biased upward in every draw (docs/metrics.md): it has no interval.
bool has_interval(const std::string& metric) { return metric != "ece"; }

SetComparison compare_set(const SetOfModels& of, const BootstrapOptions& options) {
  const size_t models = of.metrics.size();
  const std::vector<std::string>& names = of.metrics.front().names;
  const Resampling resampling = choose_resampling(of.origins);
  const auto statistic = [&](std::span<const double> weight) {
    return values_and_differences(of.metrics, weight);
  };
  const MetricValues values = statistic(ones(of.origins.size()));
  const auto intervals = bootstrap(resampling, statistic, options);
  SetComparison set{.name = of.name,
                    .title = of.title,
                    .n = static_cast<int64_t>(of.origins.size()),
                    .possible = of.possible,
                    .unit = resampling.unit,
                    .units = resampling.units};
  const auto estimate = [&](size_t i, const std::string& metric) {
    return has_interval(metric) ? estimate_of(values[i], intervals[i])
                                : Estimate{.value = values[i]};
  };
  for (size_t k = 0; k < names.size(); ++k) {
    MetricComparison& metric = set.metrics.emplace_back(MetricComparison{.name = names[k]});
    for (size_t m = 0; m < models; ++m) {
      metric.values.push_back(estimate(m * names.size() + k, names[k]));
      metric.differences.push_back(
          m == 0 ? Estimate{} : estimate((models + m - 1) * names.size() + k, names[k]));
    }
  }
  for (const std::vector<Decision>& decisions : of.decisions) {
    if (decisions.empty()) break;
    set.flips.push_back(count_flips(of.decisions.front(), decisions));
  }
  return set;
}

SetOfModels main_set_of(std::span<const ComparedModel> models, const ComparisonOptions& options) {
  const SplitOutcomes& first = models.front().outcomes;
  SetOfModels set{.name = "all",
                  .title = title_of(first, options.set),
                  .possible = static_cast<int64_t>(first.origins().size()),
                  .origins = first.origins()};
  for (const ComparedModel& model : models) {
    set.metrics.push_back(headline_metrics(model.outcomes, options.set));
    set.decisions.push_back(
        decisions_of(model.outcomes, options.set.labels && options.label_threshold));
  }
  return set;
}

std::optional<SetOfModels> implied_set_of(std::span<const ComparedModel> models,
                                          const ComparisonOptions& options) {
  std::optional<SetOfModels> set;
  for (const ComparedModel& model : models) {
    const auto implied = implied_pairs(model.outcomes, options.set);
    if (!implied) return std::nullopt;
    if (!set) {
      set = SetOfModels{.name = "pairs",
                        .title = implied->title,
                        .possible = implied->possible,
                        .origins = implied->pairs.origins};
    }
    set->metrics.push_back(pair_metrics(implied->pairs.values));
    set->decisions.push_back(decisions_of(implied->pairs));
  }
  return set;
}

// Outcomes of which one metric is compared: all, or those of a slice.
struct Part {
  std::vector<Metrics> models;
  std::vector<size_t> outcomes;

  // By model.
  MetricValues values(size_t metric, std::span<const double> weight) const {
    std::vector<double> own;
    own.reserve(outcomes.size());
    for (const size_t i : outcomes) own.push_back(weight[i]);
    MetricValues values;
    for (const Metrics& model : models) values.push_back(model.values(own)[metric]);
    return values;
  }
};

// Differences of one metric from the first model's, of all parts one after the other. The first part
// is the whole set.
class PartDifferences {
 public:
  PartDifferences(const std::vector<Part>& parts, size_t metric, const SetOfModels& whole,
                  const BootstrapOptions& options)
      : others_(whole.metrics.size() - 1) {
    const auto differences = [&](std::span<const double> weight) {
      MetricValues all;
      for (const Part& part : parts) {
        const MetricValues values = part.values(metric, weight);
        for (size_t m = 1; m <= others_; ++m) all.push_back(minus(values[m], values[0]));
      }
      return all;
    };
    values_ = differences(ones(whole.origins.size()));
    for_each_draw(choose_resampling(whole.origins), options,
                  [&](std::span<const double> weight) { draws_.push_back(differences(weight)); });
    set_errors(parts);
  }

  // Of the parts first ... last - 1 that `use` says, with intervals for all of them at once.
  std::vector<Estimate> estimates(size_t first, size_t last, const std::vector<bool>& use) const {
    MetricValues shown = values_;
    for (size_t i = 0; i < shown.size(); ++i) {
      const size_t part = i / others_;
      if (part < first || part >= last || !use[part] || !known_[i]) shown[i].reset();
    }
    const SimultaneousIntervals held = simultaneous_intervals(shown, draws_, errors_);
    std::vector<Estimate> found;
    for (size_t i = first * others_; i < last * others_; ++i) {
      found.push_back(estimate_of(values_[i], held.intervals[i]));
    }
    return found;
  }

 private:
  // At least that of as many outcomes that vary as the whole set's do (as compare_slices()).
  void set_errors(const std::vector<Part>& parts) {
    for (size_t i = 0; i < values_.size(); ++i) {
      std::vector<double> defined;
      for (const MetricValues& draw : draws_) {
        if (draw[i]) defined.push_back(*draw[i]);
      }
      const double n = static_cast<double>(parts[i / others_].outcomes.size());
      const double share = static_cast<double>(parts.front().outcomes.size()) / n;
      const double own = deviation_of_draws(defined, draws_.size());
      errors_.push_back(i < others_ ? own : std::max(own, errors_[i % others_] * std::sqrt(share)));
      known_.push_back(2 * defined.size() >= draws_.size());
    }
  }

  size_t others_;
  MetricValues values_;
  std::vector<MetricValues> draws_;
  std::vector<double> errors_;
  std::vector<bool> known_;  // defined in half of the draws at least
};

std::vector<Estimate> with_first(std::span<const Estimate> others) {
  std::vector<Estimate> all{Estimate{}};
  all.insert(all.end(), others.begin(), others.end());
  return all;
}

std::vector<Part> compared_parts(std::span<const ComparedModel> models, const SetOfModels& whole,
                                 std::span<const SliceField> slices, const SetOptions& options) {
  std::vector<Part> parts{{.models = whole.metrics, .outcomes = {}}};
  for (size_t i = 0; i < whole.origins.size(); ++i) parts.front().outcomes.push_back(i);
  for (const SliceField& field : slices) {
    for (const SliceMembers& members : field.values) {
      Part& part = parts.emplace_back(Part{.models = {}, .outcomes = members.outcomes});
      for (const ComparedModel& model : models) {
        part.models.push_back(
            headline_metrics(selected(model.outcomes, members.outcomes), options));
      }
    }
  }
  return parts;
}

// Compares the metric in the whole set and in every slice.
void compare_parts(std::span<const ComparedModel> models, const SetOfModels& whole,
                   std::span<const SliceField> slices, const ComparisonOptions& options,
                   ModelComparison& found) {
  const std::vector<Part> parts = compared_parts(models, whole, slices, options.set);
  const auto metric =
      static_cast<size_t>(std::ranges::find(whole.metrics.front().names, found.metric) -
                          whole.metrics.front().names.begin());
  const bool two = models.size() == 2;
  if (two && slices.empty()) {  // nothing is compared at once
    found.differences = found.sets.front().metrics[metric].differences;
    return;
  }
  const PartDifferences differences(parts, metric, whole, options.bootstrap);
  const Resampling resampling = choose_resampling(whole.origins);
  std::vector<bool> compared{true};
  for (size_t p = 1; p < parts.size(); ++p) {
    compared.push_back(is_large_slice(parts[p].outcomes, whole.origins, resampling));
    if (compared.back()) ++found.slices_compared;
  }
  found.differences = two ? found.sets.front().metrics[metric].differences
                          : with_first(differences.estimates(0, 1, compared));
  const std::vector<Estimate> of_slices = differences.estimates(1, parts.size(), compared);
  const size_t others = models.size() - 1;
  size_t part = 1;
  for (const SliceField& field : slices) {
    SliceFieldOfModels& of = found.slices.emplace_back(
        SliceFieldOfModels{.name = field.name, .left_out = field.left_out});
    for (const SliceMembers& members : field.values) {
      SliceOfModels& slice = of.slices.emplace_back(SliceOfModels{
          .value = members.value, .n = static_cast<int64_t>(members.outcomes.size())});
      for (const auto& value : parts[part].values(metric, ones(whole.origins.size()))) {
        slice.values.push_back({.value = value});
      }
      slice.differences = with_first(std::span(of_slices).subspan((part - 1) * others, others));
      ++part;
    }
  }
}

}  // namespace

std::vector<std::string> compared_metrics(const SplitOutcomes& outcomes,
                                          const SetOptions& options) {
  std::vector<std::string> names = headline_metrics(outcomes, options).names;
  std::erase_if(names, [](const std::string& name) { return !has_interval(name); });
  return names;
}

ModelComparison compare_models(std::span<const ComparedModel> models,
                               std::span<const SliceField> slices,
                               const ComparisonOptions& options) {
  TORCH_INTERNAL_ASSERT(models.size() > 1 && !models.front().rows.empty(), "rows of two models");
  const SetOfModels whole = main_set_of(models, options);
  ModelComparison found;
  for (const ComparedModel& model : models) found.models.push_back(model.name);
  found.metric = options.metric.empty() ? headline_of(models.front().outcomes, options.set).front()
                                        : options.metric;
  found.sets.push_back(compare_set(whole, options.bootstrap));
  if (const auto implied = implied_set_of(models, options)) {
    found.sets.push_back(compare_set(*implied, options.bootstrap));
  }
  compare_parts(models, whole, slices, options, found);
  return found;
}

}  // namespace laurel
