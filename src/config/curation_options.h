// The rules of `laurel curate`: which rows of the training files are dropped, turned round or made
// uncertain.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/options.h"

namespace laurel {

enum class DuplicateRule { keep, exact, near };
constexpr auto enum_names(DuplicateRule) { return std::array{"keep", "exact", "near"}; }

inline constexpr double kNear = 0.8, kLeastNear = 0.3;  // Jaccard indices
inline constexpr double kMaxDf = 0.001;

struct Decontaminate {
  std::vector<Path> against;
  double max_df = kMaxDf;

  void fields(auto& visit) {
    visit(
        "against", against,
        "Files of benchmarks (as those of a source: JSONL, CSV, Parquet and so on, folders, patterns): rows whose prompts share "
        "text with theirs are dropped.",
        kRequired);
    visit("max_df", max_df,
          "A run of words that is in more than this part of the training prompts (and in more than "
          "10) is common text, not a benchmark's: it is ignored and listed.",
          Range{.min = 0, .max = 1});
  }
};

struct CurationOptions {
  DuplicateRule duplicates = DuplicateRule::keep;
  double near = kNear;
  std::optional<std::string> annotator;
  std::optional<Decontaminate> decontaminate;
  std::optional<std::vector<std::string>> judged;
  std::optional<Path> judge;
  std::optional<int64_t> folds;
  std::optional<double> noise;
  std::optional<double> flip = 0.9, drop = 0.5;
  bool soft = false;

  bool asks_a_model() const { return judge || folds; }

  void fields(auto& visit) {
    visit("duplicates", duplicates,
          "exact: of rows with the same texts and the same label the first is kept; near: also of "
          "those whose texts are alike. Rows with the same texts and other labels are kept, and "
          "counted.");
    visit("near", near,
          "Texts are near duplicates from this Jaccard index of their runs of three words on.",
          Range{.min = kLeastNear, .max = 1});
    visit("annotator", annotator,
          "Field of the rows that says who labelled them: the same texts by several annotators are "
          "votes, not duplicates.",
          WhenNull{"one annotator"});
    visit("decontaminate", decontaminate, "Drops rows whose prompts have text of benchmarks.",
          WhenNull{"no row is compared with a benchmark"});
    visit("judged", judged, "Sources whose pairs a model judges.",
          WhenNull{"all sources of pairs"});
    visit(
        "judge", judge,
        "A trusted reward model that says which labels of pairs are probably wrong; refused if it "
        "was trained on these files.",
        OrHubName{}, WhenNull{"none"});
    visit("folds", folds,
          "Instead of a judge: the pairs are split by prompt into so many folds, and those of each "
          "are judged by a head that was fitted on the others, on frozen features of model.path.",
          Range{.min = 3, .max = 100}, WhenNull{"none"});
    visit("noise", noise,
          "The share of labels that are wrong, where it is known; margins then say which.",
          Range{.min = 0, .max = 0.5}, WhenNull{"fitted to the margins"});
    visit("flip", flip,
          "Pairs whose label is wrong with at least this probability are turned round.",
          Range{.min = 0.5, .max = 1}, WhenNull{"none are; they are dropped"});
    visit("drop", drop, "Pairs whose label is wrong with at least this probability are dropped.",
          Range{.min = 0, .max = 1}, WhenNull{"none are"});
    visit("soft", soft,
          "No pair is dropped or turned round: each gets the probability that its label is right "
          "as its \"preference\".");
  }
};

}  // namespace laurel
