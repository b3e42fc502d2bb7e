// The moving average of what is trained (train.average), and computing with it.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <variant>

#include "core/options.h"
#include "model/parameters.h"

namespace laurel {

// No average: the weights after the last update.
enum class LastWeights { last };
constexpr auto enum_names(LastWeights) { return std::array{"last"}; }

struct EmaOptions {
  double decay = 0.999;
  void fields(auto& visit) {
    visit(
        "decay", decay,
        "What an update leaves of the average: this, or n / (n + 9) after update n while that is "
        "less. The average is over about the last 1 / (1 - decay) updates, at first over the last "
        "tenth of them.",
        Above{.min = 0, .max = 0.99999});
  }
  bool operator==(const EmaOptions&) const = default;
};

struct MovingAverage {
  static constexpr const char* key = "ema";
  static constexpr bool by_name = true;  // "ema" alone: with its defaults
  EmaOptions ema;
  void fields(auto& visit) {
    visit("ema", ema,
          "An exponential moving average of what is trained, in fp32. Training goes on with the "
          "weights themselves; checkpoints have both.");
  }
  bool operator==(const MovingAverage&) const = default;
};

using WeightAverage = std::variant<LastWeights, MovingAverage>;

// nullopt: no average.
std::optional<double> decay_of(const WeightAverage& average);

// What it means for a run, in a line; "" without one.
std::string average_text(const WeightAverage& average);

// While it lives, a model computes with the averages of its weights, bf16 weights with them rounded
// to nearest; where there are none, nothing happens. Weights wait in the gradients, which are zero
// between two steps; all else stays.
class WithAverage {
 public:
  explicit WithAverage(Parameters& parameters);
  ~WithAverage();

  WithAverage(const WithAverage&) = delete;
  WithAverage& operator=(const WithAverage&) = delete;

 private:
  Parameters& parameters_;
};

}  // namespace laurel
