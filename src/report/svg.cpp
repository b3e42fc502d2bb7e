// Lays out a chart: axes first, then the layers in their order.
#include "report/svg.h"

#include <algorithm>
#include <cmath>

#include "core/str.h"
#include "report/html.h"
#include "report/svg_axis.h"
#include "report/svg_elements.h"

namespace laurel {

namespace {

constexpr int kIntervals = 5;    // between ticks, at most
constexpr double kLetter = 6.7;  // pixels, at the size of the style's text
constexpr double kAbove = 26, kBelow = 40, kRight = 18;

struct Frame {
  Scale x, y;
  Ticks x_ticks, y_ticks;
  int width, height;
};

bool usable(double value, const Axis& axis) {
  return std::isfinite(value) && (!axis.logarithmic || value > 0);
}

// Of all columns that lie along the axis; nullopt without any number.
std::optional<ValueRange> range_of(const Axis& axis,
                                   const std::vector<const std::vector<double>*>& columns) {
  double low = INFINITY, high = -INFINITY;
  for (const auto* column : columns) {
    for (const double value : *column) {
      if (!usable(value, axis)) continue;
      low = std::min(low, value);
      high = std::max(high, value);
    }
  }
  if (low > high) return std::nullopt;
  ValueRange range = rounded_outwards({low, high}, axis.logarithmic, kIntervals);
  if (axis.low) range.low = *axis.low;
  if (axis.high) range.high = *axis.high;
  if (range.low >= range.high) range.high = range.low + 1;
  return range;
}

Ticks ticks_of(const Axis& axis, ValueRange range) {
  return axis.logarithmic ? log_ticks(range.low, range.high, kIntervals + 1)
                          : linear_ticks(range.low, range.high, kIntervals);
}

std::optional<Frame> frame_of(const Chart& chart) {
  std::vector<const std::vector<double>*> along_x, along_y;
  std::vector<std::vector<double>> ends;
  ends.reserve(chart.layers.size());
  const std::vector<double> zero{0};
  for (const Layer& layer : chart.layers) {
    along_x.push_back(&layer.x);
    for (const auto* column : {&layer.y, &layer.low, &layer.high}) along_y.push_back(column);
    if (layer.mark != Mark::bars || layer.x.empty()) continue;
    ends.push_back({layer.x.back() + layer.bar_width});
    along_x.push_back(&ends.back());
    along_y.push_back(&zero);
  }
  const auto x = range_of(chart.x, along_x), y = range_of(chart.y, along_y);
  if (!x || !y) return std::nullopt;
  Frame frame{.x_ticks = ticks_of(chart.x, *x),
              .y_ticks = ticks_of(chart.y, *y),
              .width = chart.width,
              .height = chart.height};
  size_t letters = 1;
  for (const std::string& label : frame.y_ticks.label) letters = std::max(letters, label.size());
  frame.x = {x->low, x->high, chart.x.logarithmic, 10 + kLetter * static_cast<double>(letters),
             chart.width - kRight};
  frame.y = {y->low, y->high, chart.y.logarithmic, chart.height - kBelow, kAbove};
  return frame;
}

std::string axes(const Chart& chart, const Frame& frame) {
  const Scale &x = frame.x, &y = frame.y;
  std::string svg;
  for (size_t i = 0; i < frame.y_ticks.at.size(); ++i) {
    const double at = y(frame.y_ticks.at[i]);
    svg += line_element("grid", x.pixel_low, at, x.pixel_high, at);
    svg += text_element(x.pixel_low - 5, at + 4, "end", frame.y_ticks.label[i]);
  }
  double free_from = -INFINITY;  // labels do not overlap
  for (size_t i = 0; i < frame.x_ticks.at.size(); ++i) {
    const double at = x(frame.x_ticks.at[i]);
    const std::string& label = frame.x_ticks.label[i];
    const double half = kLetter * static_cast<double>(label.size()) / 2;
    svg += line_element("axis", at, y.pixel_low, at, y.pixel_low + 4);
    if (at - half < free_from) continue;
    const bool last = at + half > frame.width;
    svg += text_element(last ? frame.width : at, y.pixel_low + 17, last ? "end" : "middle", label);
    free_from = at + half + kLetter;
  }
  svg += line_element("axis", x.pixel_low, y.pixel_low, x.pixel_high, y.pixel_low);
  svg += text_element(2, 12, "start", chart.y.label);
  return svg + text_element(x.pixel_high, frame.height - 5, "end", chart.x.label) + "\n";
}

// "M1 2L3 4": a new part after each gap.
std::string path_through(const Chart& chart, const Frame& frame, const std::vector<double>& x,
                         const std::vector<double>& y) {
  std::string path;
  bool gap = true;
  for (size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
    if (!usable(x[i], chart.x) || !usable(y[i], chart.y)) {
      gap = true;
      continue;
    }
    path += str(gap ? 'M' : 'L', pixel(frame.x(x[i])), ' ', pixel(frame.y(y[i])));
    gap = false;
  }
  return path;
}

// One closed part for each stretch without a gap.
std::string band_path(const Chart& chart, const Frame& frame, const Layer& layer) {
  std::string path;
  const size_t count = std::min({layer.x.size(), layer.low.size(), layer.high.size()});
  const auto whole = [&](size_t i) {
    return usable(layer.x[i], chart.x) && usable(layer.low[i], chart.y) &&
           usable(layer.high[i], chart.y);
  };
  for (size_t begin = 0, end = 0; begin < count; begin = end + 1) {
    end = begin;
    while (end < count && whole(end)) ++end;
    if (end == begin) continue;
    for (size_t i = begin; i < end; ++i) {
      path += str(i == begin ? 'M' : 'L', pixel(frame.x(layer.x[i])), ' ',
                  pixel(frame.y(layer.high[i])));
    }
    for (size_t i = end; i-- > begin;) {
      path += str('L', pixel(frame.x(layer.x[i])), ' ', pixel(frame.y(layer.low[i])));
    }
    path += 'Z';
  }
  return path;
}

// The outline of all bars together.
std::string bars_path(const Frame& frame, const Layer& layer) {
  if (layer.x.empty()) return "";
  const std::string floor = pixel(frame.y(0));
  std::string path = str('M', pixel(frame.x(layer.x.front())), ' ', floor);
  for (size_t i = 0; i < std::min(layer.x.size(), layer.y.size()); ++i) {
    const double right = i + 1 < layer.x.size() ? layer.x[i + 1] : layer.x[i] + layer.bar_width;
    path += str('V', pixel(frame.y(std::isfinite(layer.y[i]) ? layer.y[i] : 0)), 'H',
                pixel(frame.x(right)));
  }
  return path + 'V' + floor + 'Z';
}

// A line of no length is a point: its round ends.
std::string points_path(const Chart& chart, const Frame& frame, const Layer& layer) {
  std::string path;
  for (size_t i = 0; i < std::min(layer.x.size(), layer.y.size()); ++i) {
    if (!usable(layer.x[i], chart.x) || !usable(layer.y[i], chart.y)) continue;
    path += str('M', pixel(frame.x(layer.x[i])), ' ', pixel(frame.y(layer.y[i])), "h0");
  }
  return path;
}

std::string whiskers_path(const Chart& chart, const Frame& frame, const Layer& layer) {
  std::string path;
  for (size_t i = 0; i < std::min({layer.x.size(), layer.low.size(), layer.high.size()}); ++i) {
    if (!usable(layer.x[i], chart.x) || !usable(layer.low[i], chart.y)) continue;
    if (!usable(layer.high[i], chart.y)) continue;
    path += str('M', pixel(frame.x(layer.x[i])), ' ', pixel(frame.y(layer.low[i])), 'V',
                pixel(frame.y(layer.high[i])));
  }
  return path;
}

std::string marks_of(const Chart& chart, const Frame& frame, const Layer& layer) {
  switch (layer.mark) {
    case Mark::line:
      return path_element(line_class(layer.dash), layer.colour,
                          path_through(chart, frame, layer.x, layer.y));
    case Mark::band: return path_element("band", layer.colour, band_path(chart, frame, layer));
    case Mark::bars: return path_element("bars", layer.colour, bars_path(frame, layer));
    case Mark::cloud: return path_element("cloud", layer.colour, points_path(chart, frame, layer));
    case Mark::points:
      return path_element("whisker", layer.colour, whiskers_path(chart, frame, layer)) +
             path_element("points", layer.colour, points_path(chart, frame, layer));
  }
  return "";
}

std::string guides(const Chart& chart, const Frame& frame) {
  std::string svg;
  if (chart.guide_y && usable(*chart.guide_y, chart.y)) {
    const double at = frame.y(*chart.guide_y);
    svg += line_element("guide", frame.x.pixel_low, at, frame.x.pixel_high, at);
  }
  if (chart.diagonal) {
    const double low = std::max(frame.x.low, frame.y.low),
                 high = std::min(frame.x.high, frame.y.high);
    svg += line_element("guide", frame.x(low), frame.y(low), frame.x(high), frame.y(high));
  }
  return svg;
}

}  // namespace

std::string svg_of(const Chart& chart) {
  std::string svg = str("<svg class=\"chart\" role=\"img\" viewBox=\"0 0 ", chart.width, ' ',
                        chart.height, "\">\n<title>", escaped(chart.title), "</title>\n");
  const std::optional<Frame> frame = frame_of(chart);
  if (!frame) {
    return svg + text_element(chart.width / 2.0, chart.height / 2.0, "middle", "no data") +
           "\n</svg>\n";
  }
  svg += axes(chart, *frame) + guides(chart, *frame);
  for (const Layer& layer : chart.layers) svg += marks_of(chart, *frame, layer);
  return svg + "</svg>\n";
}

}  // namespace laurel
