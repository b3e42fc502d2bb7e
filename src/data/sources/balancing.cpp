// Balanced sampling and population weights by the values of a slice.
#include "data/sources/balancing.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "core/error.h"
#include "core/str.h"
#include "data/sources/slices.h"

namespace laurel {

namespace {

constexpr size_t kShownValues = 20;

using GroupsByValue = std::map<std::string, std::vector<int64_t>>;

GroupsByValue groups_by_field(const SourceData& source, const std::string& field) {
  const auto& fields = source.options.slices;
  const auto position = std::ranges::find(fields, field) - fields.begin();
  return groups_by_slice(source.train, static_cast<size_t>(position));
}

double weight_of(const SourceData& source, const std::vector<int64_t>& groups) {
  double weight = 0;
  for (const int64_t i : groups)
    weight += weight_sum(source.train.groups.label(static_cast<size_t>(i)));
  return weight;
}

// Every value of the data has a share, and every share has weight in the data.
void check_values(const SourceData& source, const GroupsByValue& groups) {
  const SourceOptions& options = source.options;
  std::vector<std::string> without_share, without_rows;
  for (const auto& [value, members] : groups) {
    if (!options.population.contains(value)) without_share.push_back(value);
  }
  for (const auto& [value, share] : options.population) {
    const auto found = groups.find(value);
    if (found == groups.end() || weight_of(source, found->second) == 0) {
      without_rows.push_back(value);
    }
  }
  const std::string where = str("source ", options.name, ": population: found ");
  if (!without_share.empty()) {
    throw Error{ErrorKind::data,
                str(where, "no share for the training rows whose ", *options.population_of, " is ",
                    join(without_share, ", "), "; expected one for every value")};
  }
  if (!without_rows.empty()) {
    throw Error{ErrorKind::data,
                str(where, "no labelled training row whose ", *options.population_of, " is ",
                    join(without_rows, ", "), "; expected some for every share")};
  }
}

// How often each group of the train split is taken, relative to the others.
std::vector<double> frequencies(const SourceData& source) {
  std::vector<double> frequency(source.train.groups.size());
  for (const auto& part : sampling_parts(source)) {
    for (const int64_t group : part) frequency[group] = 1 / static_cast<double>(part.size());
  }
  return frequency;
}

std::string effective_number(const SourceData& source) {
  const std::vector<double> frequency = frequencies(source);
  double sum = 0, squares = 0;
  for (size_t i = 0; i < frequency.size(); ++i) {
    const double w = frequency[i] * weight_sum(source.train.groups.label(i));
    sum += w;
    squares += w * w;
  }
  return str("effective number of groups ", significant(squares > 0 ? sum * sum / squares : 0, 5),
             " of ", frequency.size());
}

}  // namespace

std::vector<std::vector<int64_t>> sampling_parts(const SourceData& source) {
  std::vector<std::vector<int64_t>> parts;
  if (source.options.sampling == Sampling::uniform || source.train.groups.empty()) {
    parts.emplace_back(source.train.groups.size());
    std::iota(parts[0].begin(), parts[0].end(), 0);
    return parts;
  }
  for (auto& [value, groups] : groups_by_field(source, *source.options.balanced_by)) {
    parts.push_back(groups);
  }
  return parts;
}

void reweight_to_population(SourceData& source) {
  const SourceOptions& options = source.options;
  if (options.population.empty() || source.train.groups.empty()) return;
  const GroupsByValue groups = groups_by_field(source, *options.population_of);
  check_values(source, groups);
  std::map<std::string, double> weights;
  double shares = 0, total = 0;
  for (const auto& [value, members] : groups) {
    total += weights[value] = weight_of(source, members);
    shares += options.population.at(value);
  }
  for (const auto& [value, members] : groups) {
    const double share = options.population.at(value) / shares;
    const auto factor = static_cast<float>(share * total / weights.at(value));
    for (const int64_t i : members) {
      source.train.groups.multiply_weights(static_cast<size_t>(i), factor);
    }
  }
}

void add_sampling_note(SourceData& source) {
  const SourceOptions& options = source.options;
  const bool weighed = !options.population.empty();
  if (source.train.groups.empty()) return;
  if (!weighed && options.sampling == Sampling::uniform) return;
  const std::string& field = weighed ? *options.population_of : *options.balanced_by;
  std::vector<std::string> values;
  for (const auto& [value, members] : groups_by_field(source, field)) {
    const double mean = weight_of(source, members) / static_cast<double>(members.size());
    values.push_back(str(members.size(), " ", value,
                         weighed ? str(" of mean weight ", significant(mean, 5)) : ""));
  }
  const size_t all = values.size();
  if (all > kShownValues) {
    values.resize(kShownValues);
    values.push_back(str(all - kShownValues, " more values"));
  }
  source.notes.push_back(str("source ", options.name, ": training groups by ", field, ", ",
                             weighed ? "weighted to the population" : "balanced", ": ",
                             join(values, ", "), "; ", effective_number(source)));
}

}  // namespace laurel
