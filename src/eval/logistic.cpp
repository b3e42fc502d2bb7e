// Newton's steps on the concave log-likelihood, halved where they overshoot.
#include "eval/logistic.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace laurel {

namespace {

constexpr int kMaxSteps = 60;        // on separable data each adds about 1 to b x, without end
constexpr double kSmall = 1e-6;      // mean squared change of b x of a last step
constexpr double kSingular = 1e-12;  // of the information: two numbers are proportional

template <size_t K>
struct Derivatives {
  Coefficients<K> gradient{};
  std::array<Coefficients<K>, K> information{};  // minus the second derivatives
};

template <size_t K>
double dot(const Coefficients<K>& a, const Coefficients<K>& b) {
  double sum = 0;
  for (size_t k = 0; k < K; ++k) sum += a[k] * b[k];
  return sum;
}

template <size_t K>
void add_row(Derivatives<K>& d, const Coefficients<K>& x, double residual, double curvature) {
  for (size_t k = 0; k < K; ++k) {
    d.gradient[k] += residual * x[k];
    for (size_t l = 0; l <= k; ++l) d.information[k][l] += curvature * x[k] * x[l];
  }
}

template <size_t K>
double probability_at(const Coefficients<K>& b, const Coefficients<K>& x) {
  return 1 / (1 + std::exp(-dot(b, x)));
}

template <size_t K>
Derivatives<K> derivatives_at(const LogisticData<K>& data, std::span<const double> weight,
                              const Coefficients<K>& b) {
  Derivatives<K> d;
  for (size_t i = 0; i < data.x.size(); ++i) {
    if (weight[i] == 0) continue;  // a third of a draw of the bootstrap
    const double p = probability_at(b, data.x[i]);
    add_row(d, data.x[i], weight[i] * (data.target[i] - p), weight[i] * p * (1 - p));
  }
  return d;
}

// information^-1 gradient; nullopt where that is not to be had.
template <size_t K>
std::optional<Coefficients<K>> newton_step(const Derivatives<K>& d) {
  const auto& h = d.information;
  if constexpr (K == 1) {
    if (!(h[0][0] > 0)) return std::nullopt;
    return Coefficients<K>{d.gradient[0] / h[0][0]};
  } else {
    const double determinant = h[0][0] * h[1][1] - h[1][0] * h[1][0];
    if (!(determinant > kSingular * h[0][0] * h[1][1])) return std::nullopt;
    return Coefficients<K>{(h[1][1] * d.gradient[0] - h[1][0] * d.gradient[1]) / determinant,
                           (h[0][0] * d.gradient[1] - h[1][0] * d.gradient[0]) / determinant};
  }
}

// Mean over the outcomes of (step x)^2.
template <size_t K>
double squared_change(const LogisticData<K>& data, std::span<const double> weight,
                      const Coefficients<K>& step) {
  double sum = 0, total = 0;
  for (size_t i = 0; i < data.x.size(); ++i) {
    const double change = dot(step, data.x[i]);
    sum += weight[i] * change * change;
    total += weight[i];
  }
  return sum / total;
}

template <size_t K>
Coefficients<K> moved(const Coefficients<K>& b, const Coefficients<K>& step, double part) {
  Coefficients<K> to = b;
  for (size_t k = 0; k < K; ++k) to[k] += part * step[k];
  return to;
}

}  // namespace

template <size_t K>
std::optional<Coefficients<K>> fit_logistic(const LogisticData<K>& data,
                                            std::span<const double> weight,
                                            const Coefficients<K>& start, double last_step) {
  Coefficients<K> b = start;
  Derivatives<K> d = derivatives_at(data, weight, b);
  for (int i = 0; i < kMaxSteps; ++i) {
    const auto step = newton_step(d);
    if (!step) return std::nullopt;
    // The slope of the likelihood along the step, at its begin; the square of its length in standard
    // errors.
    const double rise = dot(d.gradient, *step);
    if (rise <= last_step * last_step && squared_change(data, weight, *step) <= kSmall) {
      return moved(b, *step, 1);
    }
    // Along a line the slope of a concave function falls: one that is far below 0 at the end of the
    // step says that its top was passed.
    double part = 1;
    Coefficients<K> to = moved(b, *step, part);
    Derivatives<K> there = derivatives_at(data, weight, to);
    while (dot(there.gradient, *step) < -rise / 2 && part > 1e-6) {
      part /= 2;
      to = moved(b, *step, part);
      there = derivatives_at(data, weight, to);
    }
    b = to;
    d = there;
  }
  return std::nullopt;
}

template <size_t K>
LogisticDraws<K>::LogisticDraws(LogisticData<K> data)
    : data_(std::move(data)),
      start_(fit_logistic(data_, std::vector<double>(data_.x.size(), 1.0))) {
  if (!start_) return;
  for (size_t i = 0; i < data_.x.size(); ++i) {
    const double p = probability_at(*start_, data_.x[i]);
    residual_.push_back(data_.target[i] - p);
    curvature_.push_back(p * (1 - p));
  }
}

template <size_t K>
std::optional<Coefficients<K>> LogisticDraws<K>::fit(std::span<const double> weight) const {
  if (start_) {
    Derivatives<K> d;
    for (size_t i = 0; i < weight.size(); ++i) {
      add_row(d, data_.x[i], weight[i] * residual_[i], weight[i] * curvature_[i]);
    }
    const auto step = newton_step(d);
    const double rise = step ? dot(d.gradient, *step) : 0;
    if (step && rise <= kExactStep * kExactStep) return moved(*start_, *step, 1);
    const auto warm = step ? fit_logistic(data_, weight, moved(*start_, *step, 1), kDrawStep)
                           : std::optional<Coefficients<K>>();
    if (warm) return warm;
  }
  // Far from the optimum all probabilities may be 0 or 1.
  return fit_logistic(data_, weight);
}

template std::optional<Coefficients<1>> fit_logistic(const LogisticData<1>&,
                                                     std::span<const double>,
                                                     const Coefficients<1>&, double);
template std::optional<Coefficients<2>> fit_logistic(const LogisticData<2>&,
                                                     std::span<const double>,
                                                     const Coefficients<2>&, double);
template class LogisticDraws<1>;
template class LogisticDraws<2>;

// The slope of the likelihood at b = infinity is minus what speaks against it there.
std::optional<int> direction_without_end(const LogisticData<1>& data,
                                         std::span<const double> weight) {
  double against_positive = 0, against_negative = 0;
  for (size_t i = 0; i < data.x.size(); ++i) {
    const double x = weight[i] * data.x[i][0], t = data.target[i];
    against_positive += x > 0 ? x * (1 - t) : -x * t;
    against_negative += x > 0 ? x * t : -x * (1 - t);
  }
  if (against_positive == 0 && against_negative == 0) return std::nullopt;
  if (against_positive == 0) return 1;
  return against_negative == 0 ? -1 : 0;
}

}  // namespace laurel
