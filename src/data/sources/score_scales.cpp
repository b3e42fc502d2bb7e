// Compares the ranges of scores by output: attribute by attribute, source by source, file by file.
#include "data/sources/score_scales.h"

#include <algorithm>
#include <map>

#include "core/parallel.h"
#include "core/str.h"

namespace laurel {

namespace {

constexpr int64_t kFewScores = 8;
constexpr double kApart = 4;
constexpr size_t kGroupsAtOnce = 1 << 17;  // fixed: sums do not depend on the number of threads

double span_of(const ScoreTally& scores) {
  return static_cast<double>(scores.largest) - scores.least;
}

bool differ(const ScoreTally& a, const ScoreTally& b) {
  if (a.moments.count < kFewScores || b.moments.count < kFewScores) return false;
  if (a.largest < b.least || b.largest < a.least) return true;
  const auto [narrow, wide] = std::minmax({span_of(a), span_of(b)});
  return narrow > 0 && wide >= kApart * narrow;
}

std::string text_of(const ScoreTally& scores) {
  return str(scores.name, " (", scores.moments.count, " scores from ", significant(scores.least, 4),
             " to ", significant(scores.largest, 4), ")");
}

void compare(std::span<const ScoreTally> all, const std::string& attribute, const char* advice,
             std::vector<std::string>& warnings) {
  const auto enough = [](const ScoreTally& scores) { return scores.moments.count >= kFewScores; };
  const auto first = std::ranges::find_if(all, enough);
  if (first == all.end()) return;
  for (auto other = first + 1; other != all.end(); ++other) {
    if (!differ(*first, *other)) continue;
    warnings.push_back(str("scores of two scales on one output",
                           attribute.empty() ? "" : str(", ", attribute), ": ", text_of(*first),
                           " and ", text_of(*other), advice));
    return;
  }
}

}  // namespace

void ScoreTally::add(float score) {
  least = std::min(least, score);
  largest = std::max(largest, score);
  moments.add(score);
}

void ScoreTally::add(const ScoreTally& other) {
  least = std::min(least, other.least);
  largest = std::max(largest, other.largest);
  moments = sum_of(moments, other.moments);
}

ScoreTallies score_tallies(const SourceData& source) {
  if (label_kind(source.options.format) != LabelKind::pointwise) return {};
  if (source.options.score_scaling != ScoreScaling::none) return {};
  const Split& split = source.train.groups.empty() ? source.eval : source.train;
  const Groups& groups = split.groups;
  const size_t attributes = std::max<size_t>(source.options.attributes.size(), 1);
  using OfFiles = std::map<size_t, ScoreTally>;  // a part has rows of few files
  std::vector<std::vector<OfFiles>> parts((groups.size() + kGroupsAtOnce - 1) / kGroupsAtOnce,
                                          std::vector<OfFiles>(attributes));
  parallel_for(std::ssize(parts), available_cores(), [&](int64_t part) {
    const size_t begin = static_cast<size_t>(part) * kGroupsAtOnce;
    const size_t end = std::min(begin + kGroupsAtOnce, groups.size());
    groups.for_each_ratings(begin, end, [&](size_t group, const auto& score, const auto& weight) {
      const size_t file = groups.id(group) >> kLocationBits;
      for (size_t i = 0; i < score.size(); ++i) {
        if (weight[i] != 0) parts[part][i % attributes][file].add(score[i]);
      }
    });
  });
  ScoreTallies tallies(attributes);
  for (size_t i = 0; i < attributes; ++i) {
    for (const std::string& file : split.files) tallies[i].push_back({.name = file});
    for (const std::vector<OfFiles>& part : parts) {
      for (const auto& [file, tally] : part[i]) tallies[i][file].add(tally);
    }
  }
  return tallies;
}

std::vector<std::string> scale_warnings(std::span<const SourceData> sources,
                                        std::span<const ScoreTallies> tallies) {
  std::vector<std::string> warnings;
  std::map<std::string, std::vector<ScoreTally>> outputs;  // attribute -> each source's
  for (size_t i = 0; i < sources.size(); ++i) {
    const std::vector<std::string>& names = sources[i].options.attributes;
    for (size_t attribute = 0; attribute < tallies[i].size(); ++attribute) {
      const std::vector<ScoreTally>& of_files = tallies[i][attribute];
      const std::string name = names.empty() ? "" : names[attribute];
      compare(
          of_files, name,
          "; bring them to one, e.g. with \"fields\": {\"score\": \"score / 100\"} in a source of "
          "its own",
          warnings);
      ScoreTally whole{.name = str("source ", sources[i].options.name)};
      for (const ScoreTally& of_file : of_files) whole.add(of_file);
      outputs[name].push_back(whole);
    }
  }
  for (const auto& [attribute, of_sources] : outputs) {
    compare(
        of_sources, attribute,
        "; \"score_scaling\": \"standardize\" on both trains on one scale, or bring them to one "
        "with \"fields\": {\"score\": \"score / 100\"}",
        warnings);
  }
  return warnings;
}

}  // namespace laurel
