// What becomes of every row, and why.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/curation_options.h"
#include "core/json.h"
#include "curation/judged_pairs.h"
#include "curation/rows.h"

namespace laurel {

// evaluation: held out by eval_fraction, and never touched.
enum class Fate { kept, dropped, flipped, softened, evaluation };
constexpr auto enum_names(Fate) {
  return std::array{"kept", "dropped", "flipped", "softened", "evaluation"};
}

struct RowFate {
  Fate fate = Fate::kept;
  std::string rule = {};        // that decided it: "duplicates"; "" where none did
  Json facts = Json::object();  // the numbers behind it
  double better_wins = 1;       // of a softened pair: what becomes its target
};

// Of rows.rows, one each.
using RowFates = std::vector<RowFate>;

// A part of a source's pairs whose labels are wrong more often than those of the rest: both 95 %
// intervals say so.
struct NoisyPart {
  std::string field, value;  // of the source's slices
  int64_t pairs = 0;
  double noise = 0, noise_low = 0, noise_high = 0;
  double rest = 0;  // noise of the other pairs

  void fields(auto& visit) {
    visit("field", field);
    visit("value", value);
    visit("pairs", pairs);
    visit("noise", noise);
    visit("noise_low", noise_low);
    visit("noise_high", noise_high);
    visit("rest", rest);
  }
};

// What a model found in the labels of one source.
struct SourceNoise {
  std::string source;
  int64_t pairs = 0;
  std::map<std::string, int64_t> not_judged;  // reason -> rows
  double noise = 0, noise_low = 0, noise_high = 0, slope = 0, slope_low = 0, slope_high = 0;
  bool noise_given = false;
  double disagreement = 0, explained_disagreement = 0, accuracy = 0;
  std::vector<NoisyPart> parts;

  void fields(auto& visit) {
    visit("source", source);
    visit("pairs", pairs);
    visit("not_judged", not_judged);
    visit("noise", noise);
    visit("noise_low", noise_low);
    visit("noise_high", noise_high);
    visit("noise_given", noise_given);
    visit("slope", slope);
    visit("slope_low", slope_low);
    visit("slope_high", slope_high);
    visit("disagreement", disagreement);
    visit("explained_disagreement", explained_disagreement);
    visit("accuracy", accuracy);
    visit("parts", parts);
  }
};

// The rows of the source that a model is to judge; fates and counts of the others say why not.
std::vector<size_t> rows_to_judge(const CurationRows& rows, int32_t source, RowFates& fates,
                                  SourceNoise& noise);

// Fits the noise of the source's pairs and applies flip, drop and soft. Throws Error (data) where
// the margins do not say how much noise there is, and none was given.
void judge_source(const CurationRows& rows, int32_t source, const PairMargins& judgement,
                  const CurationOptions& options, RowFates& fates, SourceNoise& noise);

// For people: noise, disagreement and what explains it, and the parts that stand out.
std::string text_of(const SourceNoise& noise);

}  // namespace laurel
