// Chooses ticks by the steps 1, 2 and 5.
#include "report/svg_axis.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace laurel {

namespace {

constexpr double kSlack = 1e-9;  // of a step: sums of decimal fractions are not exact

std::string general(double value) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof(text), value, std::chars_format::general, 6);
  std::string number(text, end.ptr);
  // "4e-06" as "4e-6"
  const size_t e = number.find('e');
  if (e != std::string::npos && number[e + 2] == '0') number.erase(e + 2, 1);
  const size_t plus = number.find('+');
  if (plus != std::string::npos) number.erase(plus, 1);
  return number;
}

std::string fixed(double value, int decimals) {
  char text[64];
  const auto end =
      std::to_chars(text, text + sizeof(text), value, std::chars_format::fixed, decimals);
  const std::string number(text, end.ptr);
  return number.find_first_not_of("-0.") == std::string::npos ? "0" : number;
}

// Decimals of 0.25 are 2; at most 4.
int decimals_of(double value) {
  for (int n = 0; n < 4; ++n) {
    const double scaled = value * std::pow(10, n);
    if (std::abs(scaled - std::round(scaled)) < 1e-6 * std::max(1.0, std::abs(scaled))) return n;
  }
  return 4;
}

}  // namespace

double round_step(double step) {
  const double power = std::pow(10, std::floor(std::log10(step) + kSlack));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= step * (1 - kSlack)) return factor * power;
  }
  return 10 * power;
}

std::vector<std::string> tick_labels(const std::vector<double>& ticks) {
  double largest = 0, smallest = INFINITY;
  for (const double tick : ticks) {
    largest = std::max(largest, std::abs(tick));
    if (tick != 0) smallest = std::min(smallest, std::abs(tick));
  }
  int decimals = 0;
  for (const double tick : ticks) decimals = std::max(decimals, decimals_of(tick));
  const bool tiny = smallest < 1e-3, thousands = largest >= 1e4 && largest < 1e6,
             millions = largest >= 1e6 && largest < 1e9;
  std::vector<std::string> labels;
  for (const double tick : ticks) {
    if (tick == 0)
      labels.push_back("0");
    else if (tiny || largest >= 1e9)
      labels.push_back(general(tick));
    else if (millions)
      labels.push_back(general(tick / 1e6) + "M");
    else if (thousands)
      labels.push_back(general(tick / 1e3) + "k");
    else
      labels.push_back(fixed(tick, decimals));
  }
  return labels;
}

Ticks linear_ticks(double low, double high, int most) {
  double step = round_step((high - low) / std::max(1, most));
  const auto count = [&] {
    return std::floor(high / step + kSlack) - std::ceil(low / step - kSlack) + 1;
  };
  while (count() > most + 1) step = round_step(step * 1.5);
  Ticks ticks;
  const double first = std::ceil(low / step - kSlack);
  for (int i = 0; i < static_cast<int>(count()); ++i) ticks.at.push_back((first + i) * step);
  ticks.label = tick_labels(ticks.at);
  return ticks;
}

Ticks log_ticks(double low, double high, int most) {
  Ticks ticks;
  const auto add = [&](std::initializer_list<double> factors, int stride) {
    ticks.at.clear();
    const int first = static_cast<int>(std::floor(std::log10(low) + kSlack)),
              last = static_cast<int>(std::ceil(std::log10(high) - kSlack));
    for (int power = first; power <= last; power += stride) {
      for (const double factor : factors) {
        const double tick = factor * std::pow(10, power);
        if (tick >= low * (1 - kSlack) && tick <= high * (1 + kSlack)) ticks.at.push_back(tick);
      }
    }
  };
  add({1, 2, 5}, 1);
  for (int stride = 1; static_cast<int>(ticks.at.size()) > most; ++stride) add({1}, stride);
  ticks.label.clear();
  for (const double tick : ticks.at) ticks.label.push_back(tick_labels({tick}).front());
  return ticks;
}

double Scale::operator()(double value) const {
  const double clamped = std::clamp(value, low, high);
  const double part =
      logarithmic ? std::log(clamped / low) / std::log(high / low) : (clamped - low) / (high - low);
  return pixel_low + part * (pixel_high - pixel_low);
}

ValueRange rounded_outwards(ValueRange range, bool logarithmic, int most) {
  auto [low, high] = range;
  if (logarithmic) {
    if (low == high) return {low / 2, high * 2};
    const auto down = [](double value) {
      const double power = std::pow(10, std::floor(std::log10(value) + kSlack));
      return value >= 5 * power ? 5 * power : value >= 2 * power ? 2 * power : power;
    };
    return {down(low), round_step(high)};
  }
  if (low == high) {
    const double margin = low == 0 ? 1 : std::abs(low) / 10;
    low -= margin;
    high += margin;
  }
  double step = round_step((high - low) / std::max(1, most));
  const auto first = [&] { return std::floor(low / step + kSlack); };
  const auto last = [&] { return std::ceil(high / step - kSlack); };
  while (last() - first() > std::max(1, most)) step = round_step(step * 1.5);
  return {first() * step, last() * step};
}

}  // namespace laurel
