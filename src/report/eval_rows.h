// eval_rows.json of a run folder: what pictures of the last evaluation need of its rows. Counts are
// of all rows, points and texts of a few, so that the file stays small however many rows there are.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/options.h"
#include "eval/outcomes.h"

namespace laurel {

enum class OutcomeKind { pairs, lists, labels, scores };
constexpr auto enum_names(OutcomeKind) { return std::array{"pairs", "lists", "labels", "scores"}; }

// Of rows with similar confidence: the means of what the model and of what people said.
struct ReliabilityBin {
  int64_t n = 0;
  double confidence = 0, agreement = 0;

  void fields(auto& visit) {
    visit("n", n);
    visit("confidence", confidence);
    visit("agreement", agreement);
  }
};

// Of answers of similar length, in code points: means.
struct LengthBin {
  int64_t n = 0;
  double length = 0, reward = 0;

  void fields(auto& visit) {
    visit("n", n);
    visit("length", length);
    visit("reward", reward);
  }
};

// Answers that people judged alike: "better", "worse".
struct AnswerClass {
  std::string name;
  std::vector<int64_t> counts = {};         // of rewards, by bin of the histogram
  std::vector<double> length, reward = {};  // of some answers, side by side

  void fields(auto& visit) {
    visit("name", name);
    visit("counts", counts);
    visit("length", length);
    visit("reward", reward);
  }
};

struct ShownAnswer {
  std::string label;  // "better, reward 1.2"
  std::string text;

  void fields(auto& visit) {
    visit("label", label);
    visit("text", text);
  }
};

// A row that the model gets wrong. Texts are what its tokens spell, truncated.
struct WrongRow {
  std::string where;  // "file:line"
  double error = 0;   // how far the rewards are on the wrong side
  std::string prompt;
  std::vector<ShownAnswer> answers;

  void fields(auto& visit) {
    visit("where", where);
    visit("error", error);
    visit("prompt", prompt);
    visit("answers", answers);
  }
};

struct EvaluatedRows {
  std::string source;
  std::string attribute;  // "" for the only one
  OutcomeKind kind = OutcomeKind::pairs;
  int64_t n = 0;
  std::vector<ReliabilityBin> reliability;        // of pairs and labels
  double histogram_low = 0, histogram_width = 0;  // the first bin's left end; of each bin
  std::vector<AnswerClass> classes;
  std::optional<double> length_correlation;  // Spearman, of all answers
  std::vector<LengthBin> lengths;
  std::vector<WrongRow> wrong;  // the most confidently wrong first

  void fields(auto& visit) {
    visit("source", source);
    visit("attribute", attribute);
    visit("kind", kind);
    visit("n", n);
    visit("reliability", reliability);
    visit("histogram_low", histogram_low);
    visit("histogram_width", histogram_width);
    visit("classes", classes);
    visit("length_correlation", length_correlation);
    visit("lengths", lengths);
    visit("wrong", wrong);
  }
};

struct EvalRows {
  int64_t step = 0;
  std::vector<EvaluatedRows> sources;

  void fields(auto& visit) {
    visit("step", step);
    visit("sources", sources);
  }
};

// What token ids spell.
using TextOf = std::function<std::string(std::span<const int32_t> ids)>;

// An evaluated source, as its metrics are computed of it.
struct EvaluatedSplit {
  std::string source;
  const std::vector<std::string>& attributes;  // that its scores judge; {}: one without a name
  const Split& split;
  const SplitOutcomes& outcomes;
};

// One for each attribute that has labels. Without `text_of` rows are shown without texts.
std::vector<EvaluatedRows> evaluated_rows(const EvaluatedSplit& evaluated, const TextOf& text_of);

// Expected calibration error over the bins: the mean over rows of |agreement - confidence| of their
// bin; nullopt without rows.
std::optional<double> calibration_error(std::span<const ReliabilityBin> bins);

// Complete or not there at all. Throws Error (checkpoint).
void write_eval_rows(const std::filesystem::path& path, const EvalRows& rows);

// nullopt: there is no such file. Throws Error (checkpoint) for one that holds anything else.
std::optional<EvalRows> read_eval_rows(const std::filesystem::path& path);

}  // namespace laurel
