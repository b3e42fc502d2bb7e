// Charts as SVG, drawn from plain columns of numbers. Colours are classes of the page's style
// (report/html.h), so that a chart follows the reader's colour scheme.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace laurel {

struct Axis {
  std::string label;
  std::optional<double> low = {}, high = {};  // of the axis; none: of the data, rounded outwards
  bool logarithmic = false;                   // numbers of 0 and less are left out
};

// cloud: many points, without intervals.
enum class Mark { line, band, points, cloud, bars };

// Columns of equal length. Where a number is not finite, lines and bands have a gap and other marks
// are left out.
struct Layer {
  Mark mark;
  size_t colour = 0;      // c0, c1, ..
  std::vector<double> x;  // of bars: their left ends, each the right end of the one before
  std::vector<double> y;  // of all but bands
  std::vector<double> low = {}, high = {};  // of a band; of points their intervals, or none
  double bar_width = 0;
  size_t dash = 0;  // of a line: 0 whole, 1 long, 2 short
};

struct Chart {
  std::string title;  // what it shows, for those who do not see it
  Axis x, y;
  std::vector<Layer> layers;
  std::optional<double> guide_y = {};  // a dashed horizontal line
  bool diagonal = false;               // a dashed line through all points with x = y
  int width = 360, height = 240;
};

// <svg class="chart">; a chart without any number says "no data".
std::string svg_of(const Chart& chart);

}  // namespace laurel
