// Figures of a page: a chart with its legend and caption; an interval in a cell of a table.
#pragma once

#include <string>
#include <vector>

#include "report/svg.h"
#include "report/svg_axis.h"

namespace laurel {

// An entry of a legend, and the list of them.
struct LegendEntry {
  std::string text;
  Mark mark = Mark::line;
  size_t colour = 0, dash = 0;
};
std::string legend(const std::vector<LegendEntry>& entries);

// A number with its interval on a scale of low..high, for a cell of a table; `guide` is marked.
std::string interval_svg(double value, double interval_low, double interval_high, ValueRange scale,
                         double guide);

// <figure> with a chart, a legend and a caption, which is text.
std::string figure(const Chart& chart, const std::vector<LegendEntry>& entries,
                   const std::string& caption);

}  // namespace laurel
