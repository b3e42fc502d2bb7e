// Writes numbers of pixels, lines, texts and paths.
#include "report/svg_elements.h"

#include <charconv>

#include "core/str.h"
#include "report/html.h"

namespace laurel {

std::string pixel(double value) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof(text), value, std::chars_format::fixed, 1);
  std::string number(text, end.ptr);
  if (number.ends_with(".0")) number.resize(number.size() - 2);
  return number == "-0" ? "0" : number;
}

std::string line_element(const char* name, double x1, double y1, double x2, double y2) {
  return str("<line class=\"", name, "\" x1=\"", pixel(x1), "\" y1=\"", pixel(y1), "\" x2=\"",
             pixel(x2), "\" y2=\"", pixel(y2), "\"/>");
}

std::string text_element(double x, double y, const char* anchor, const std::string& text) {
  return str("<text x=\"", pixel(x), "\" y=\"", pixel(y), "\" text-anchor=\"", anchor, "\">",
             escaped(text), "</text>");
}

std::string path_element(const std::string& name, size_t colour, const std::string& path) {
  if (path.empty()) return "";
  return str("<path class=\"", name, " c", colour % kLightColours.series.size(), "\" d=\"", path,
             "\"/>\n");
}

std::string line_class(size_t dash) { return dash == 0 ? "line" : str("line dash", dash % 3); }

}  // namespace laurel
