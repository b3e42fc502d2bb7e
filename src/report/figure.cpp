// Puts charts, legends and captions together.
#include "report/figure.h"

#include <cmath>

#include "core/str.h"
#include "report/html.h"
#include "report/svg_elements.h"

namespace laurel {

std::string legend(const std::vector<LegendEntry>& entries) {
  if (entries.empty()) return "";
  std::string html = "<ul class=\"legend\">";
  for (const LegendEntry& entry : entries) {
    const bool line = entry.mark == Mark::line;
    const bool area = entry.mark == Mark::bars || entry.mark == Mark::band;
    html += str("<li><svg viewBox=\"0 0 24 12\" aria-hidden=\"true\">",
                path_element(line   ? line_class(entry.dash)
                             : area ? "bars"
                                    : "points",
                             entry.colour,
                             line   ? "M0 6H24"
                             : area ? "M2 1H22V11H2Z"
                                    : "M12 6h0"),
                "</svg>", escaped(entry.text), "</li>");
  }
  return html + "</ul>\n";
}

std::string interval_svg(double value, double interval_low, double interval_high, ValueRange scale,
                         double guide) {
  constexpr double kWidth = 160, kMiddle = 8;
  if (!(scale.low < scale.high)) return "";
  const Scale x{scale.low, scale.high, false, 4, kWidth - 4};
  std::string svg =
      str("<svg class=\"interval\" viewBox=\"0 0 ", kWidth, ' ', 2 * kMiddle,
          "\" aria-hidden=\"true\">", line_element("guide", x(guide), 0, x(guide), 2 * kMiddle));
  if (std::isfinite(interval_low) && std::isfinite(interval_high)) {
    svg += path_element(
        "whisker", 0,
        str('M', pixel(x(interval_low)), ' ', pixel(kMiddle), 'H', pixel(x(interval_high))));
  }
  if (std::isfinite(value)) {
    svg += path_element("points", 0, str('M', pixel(x(value)), ' ', pixel(kMiddle), "h0"));
  }
  return svg + "</svg>";
}

std::string figure(const Chart& chart, const std::vector<LegendEntry>& entries,
                   const std::string& caption) {
  return str("<figure>\n", svg_of(chart), legend(entries), "<figcaption>", escaped(caption),
             "</figcaption>\n</figure>\n");
}

}  // namespace laurel
