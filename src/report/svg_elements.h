// Elements of SVG as text, with classes of the page's style.
#pragma once

#include <cstddef>
#include <string>

namespace laurel {

// With one decimal, which is more than can be seen.
std::string pixel(double value);

std::string line_element(const char* name, double x1, double y1, double x2, double y2);

// anchor: start, middle or end.
std::string text_element(double x, double y, const char* anchor, const std::string& text);

// "" for an empty path. Colours repeat after the last one of the style.
std::string path_element(const std::string& name, size_t colour, const std::string& path);

// The class of a line: whole, long dashes, short dashes.
std::string line_class(size_t dash);

}  // namespace laurel
