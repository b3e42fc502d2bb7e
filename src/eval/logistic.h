// Logistic regression on one or two numbers, for outcomes that count as often as their weights say.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace laurel {

template <size_t K>
using Coefficients = std::array<double, K>;

// What is regressed: K numbers of each outcome, and P(yes) in 0..1 that people gave it. A constant
// term is a number that is 1.
template <size_t K>
struct LogisticData {
  std::vector<Coefficients<K>> x;
  std::vector<double> target;
};

// How long the last of Newton's steps may be, in standard errors; the next would be about its square.
inline constexpr double kExactStep = 1e-5, kDrawStep = 1e-2;

// The b that maximises sum of weight (t log sigmoid(b x) + (1 - t) log sigmoid(-b x)), by Newton's
// steps from `start`. nullopt where there is no single finite one: a number that is 0 throughout,
// two that are proportional, or data that some b x separates. K is 1 or 2.
template <size_t K>
std::optional<Coefficients<K>> fit_logistic(const LogisticData<K>& data,
                                            std::span<const double> weight,
                                            const Coefficients<K>& start = {},
                                            double last_step = kExactStep);

// The same for many weights of one set, of which most are draws of the bootstrap: from the exact fit
// of all outcomes, whose probabilities are kept, so that a first step needs none.
template <size_t K>
class LogisticDraws {
 public:
  explicit LogisticDraws(LogisticData<K> data);

  // With a last step of kDrawStep; of all outcomes once, exact.
  std::optional<Coefficients<K>> fit(std::span<const double> weight) const;

  const LogisticData<K>& data() const { return data_; }

 private:
  LogisticData<K> data_;
  std::optional<Coefficients<K>> start_;      // nullopt: all outcomes have none
  std::vector<double> residual_, curvature_;  // t - p and p (1 - p) there
};

// Where the likelihood of one coefficient only rises towards: +1 or -1 where it has its supremum
// at an infinite one, 0 where a finite one is best, nullopt where every coefficient is as good.
std::optional<int> direction_without_end(const LogisticData<1>& data,
                                         std::span<const double> weight);

}  // namespace laurel
