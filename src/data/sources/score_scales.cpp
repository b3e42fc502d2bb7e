// Compares the ranges of scores by output: attribute by attribute, source by source, file by file.
#include "data/sources/score_scales.h"

#include <algorithm>
#include <limits>
#include <map>

#include "core/str.h"

namespace laurel {

namespace {

constexpr int64_t kFewScores = 8;
constexpr double kApart = 4;

struct Scores {
  std::string name;  // "source helpful"; "a.jsonl"
  int64_t count = 0;
  float least = std::numeric_limits<float>::infinity(), largest = -least;

  void add(float score) {
    ++count;
    least = std::min(least, score);
    largest = std::max(largest, score);
  }
  void add(const Scores& other) {
    count += other.count;
    least = std::min(least, other.least);
    largest = std::max(largest, other.largest);
  }
  double span() const { return static_cast<double>(largest) - least; }
};

using ByOutput = std::map<std::string, std::vector<Scores>>;  // attribute -> each file's

ByOutput scores_of(const SourceData& source) {
  const Split& split = source.train.groups.empty() ? source.eval : source.train;
  const std::vector<std::string>& names = source.options.attributes;
  const size_t attributes = std::max<size_t>(names.size(), 1), files = split.files.size();
  std::vector<Scores> all(attributes * files);  // by attribute, then by file
  split.groups.for_each_ratings(
      [&](size_t group, std::span<const float> score, std::span<const float> weight) {
        const size_t file = split.groups.id(group) >> kLocationBits;
        for (size_t i = 0; i < score.size(); ++i) {
          if (weight[i] != 0) all[i % attributes * files + file].add(score[i]);
        }
      });
  ByOutput scores;
  for (size_t attribute = 0; attribute < attributes; ++attribute) {
    const std::span of_files = std::span(all).subspan(attribute * files, files);
    for (size_t i = 0; i < files; ++i) of_files[i].name = split.files[i];
    scores[names.empty() ? "" : names[attribute]].assign(of_files.begin(), of_files.end());
  }
  return scores;
}

bool differ(const Scores& a, const Scores& b) {
  if (a.count < kFewScores || b.count < kFewScores) return false;
  if (a.largest < b.least || b.largest < a.least) return true;
  const auto [narrow, wide] = std::minmax({a.span(), b.span()});
  return narrow > 0 && wide >= kApart * narrow;
}

std::string text_of(const Scores& scores) {
  return str(scores.name, " (", scores.count, " scores from ", significant(scores.least, 4), " to ",
             significant(scores.largest, 4), ")");
}

void compare(const std::vector<Scores>& all, const std::string& attribute, const char* advice,
             std::vector<std::string>& warnings) {
  const auto enough = [](const Scores& scores) { return scores.count >= kFewScores; };
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

std::vector<std::string> scale_warnings(std::span<const SourceData> sources) {
  std::vector<std::string> warnings;
  ByOutput outputs;
  for (const SourceData& source : sources) {
    if (source.options.score_scaling != ScoreScaling::none) continue;
    for (const auto& [attribute, of_files] : scores_of(source)) {
      compare(
          of_files, attribute,
          "; bring them to one, e.g. with \"fields\": {\"score\": \"score / 100\"} in a source of "
          "its own",
          warnings);
      Scores whole{.name = str("source ", source.options.name)};
      for (const Scores& of_file : of_files) whole.add(of_file);
      outputs[attribute].push_back(whole);
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
