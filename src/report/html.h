// Pages that laurel writes: the one place where text is escaped for HTML, and their one style. A
// page has no scripts and loads nothing.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace laurel {

// Colours as "#rrggbb". All but `rule`, which only separates, have a contrast of 4.5 or more with
// `background` and with `panel` (WCAG 2.2, 1.4.3); tests compute it.
struct ColourScheme {
  std::string_view background, panel, text, muted, link, error, warning, note, rule;
  std::array<std::string_view, 6> series;  // of lines, points and bars
};

inline constexpr ColourScheme kLightColours{
    .background = "#ffffff",
    .panel = "#f4f5f7",
    .text = "#1b1f24",
    .muted = "#57606a",
    .link = "#0a58b0",
    .error = "#b3261e",
    .warning = "#8a5300",
    .note = "#3b5f9e",
    .rule = "#d0d7de",
    .series = {"#0b63b5", "#b04a00", "#12703f", "#8431a8", "#a3185a", "#5b5f00"}};
inline constexpr ColourScheme kDarkColours{
    .background = "#14171a",
    .panel = "#1f2429",
    .text = "#e6e9ec",
    .muted = "#a3adb8",
    .link = "#79b8ff",
    .error = "#ff8a80",
    .warning = "#ffb74d",
    .note = "#9ab8f0",
    .rule = "#3a424b",
    .series = {"#6cb6ff", "#ff9f55", "#5fd38d", "#cf9bff", "#ff86b3", "#d3d24e"}};

// Text for an element or an attribute. Control characters, and what turns the direction of text,
// are made visible; long texts are truncated (printable()).
std::string escaped(std::string_view text);

// A table whose first row is its header; "" where there are no others. Cells are texts.
using TableRows = std::vector<std::vector<std::string>>;
std::string html_table(const TableRows& rows);

// The same of cells that are HTML.
std::string html_table_of_cells(const TableRows& rows);

// "0.713" of 0.7130; four digits, however large or small; "" where it is not finite.
std::string digits(double number);

// A whole page. `title` is text, `body` HTML.
std::string html_page(const std::string& title, const std::string& body);

}  // namespace laurel
