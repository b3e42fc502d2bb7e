// Escapes text, lays out tables, and holds the style of all pages.
#include "report/html.h"

#include <charconv>
#include <cmath>

#include "core/str.h"

namespace laurel {

namespace {

// Figures stand side by side where there is room. A chart is about as wide as a phone, so that its
// text is not scaled down there.
constexpr std::string_view kStyle = R"(
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--background);
  max-width: 78em; margin: 0 auto; padding: 0 1em 3em; overflow-wrap: break-word; }
h1, h2, h3, h4 { line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin-top: 2em; border-bottom: 1px solid var(--rule); }
a { color: var(--link); }
p, li, figcaption { max-width: 46em; }
code, pre, li, td.long { overflow-wrap: anywhere; }
pre { white-space: pre-wrap; background: var(--panel); padding: .6em .8em; margin: .3em 0; }
details > summary { cursor: pointer; padding: .5em 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .25em 1em .25em 0;
  border-bottom: 1px solid var(--rule); }
td.n { text-align: right; white-space: nowrap; }
.facts td.n { text-align: left; }
td.long { min-width: 14em; }
.scroll { overflow-x: auto; }
.muted, figcaption { color: var(--muted); font-size: .875em; }
section.finding { border-left: .4em solid var(--rule); margin: 1em 0; padding: .1em 1em; }
section.error { border-color: var(--error); }
section.warning { border-color: var(--warning); }
section.note { border-color: var(--note); }
.figures { display: grid; gap: 1.5em 2em; margin: 1em 0;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 20em), 1fr)); }
figure { margin: 0; max-width: 32em; min-width: 0; }
.wide figure { max-width: none; }
.legend { list-style: none; padding: 0; margin: .2em 0; font-size: .875em; display: flex;
  flex-wrap: wrap; gap: 0 1.2em; }
.legend svg { width: 1.6em; height: .8em; margin-right: .4em; }
svg.chart { display: block; width: 100%; height: auto; }
svg.interval { display: block; width: 12em; height: 1.2em; margin-top: .15em; }
svg text { fill: var(--text); font-size: 12px; }
svg .grid { stroke: var(--rule); }
svg .axis { stroke: var(--muted); }
svg .guide { stroke: var(--muted); stroke-dasharray: 4 3; }
svg .line { fill: none; stroke: var(--c); stroke-width: 1.75; stroke-linejoin: round; }
svg .band { fill: var(--c); fill-opacity: .2; }
svg .bars { fill: var(--c); fill-opacity: .25; stroke: var(--c); stroke-width: 1.5; }
svg .points { fill: none; stroke: var(--c); stroke-width: 6; stroke-linecap: round; }
svg .cloud { fill: none; stroke: var(--c); stroke-width: 3; stroke-linecap: round;
  stroke-opacity: .5; }
svg .whisker { fill: none; stroke: var(--c); stroke-width: 1.5; }
svg .dash1 { stroke-dasharray: 7 3; }
svg .dash2 { stroke-dasharray: 2 3; }
@media (max-width: 36em) { table { font-size: .875em; } td.long { min-width: 10em; } }
@media print { details { display: block; } }
)";

std::string variables(const ColourScheme& colours) {
  std::string css;
  const auto add = [&](const auto& name, std::string_view colour) {
    css += str(" --", name, ": ", colour, ";");
  };
  add("background", colours.background);
  add("panel", colours.panel);
  add("text", colours.text);
  add("muted", colours.muted);
  add("link", colours.link);
  add("error", colours.error);
  add("warning", colours.warning);
  add("note", colours.note);
  add("rule", colours.rule);
  for (size_t i = 0; i < colours.series.size(); ++i) add(str("c", i), colours.series[i]);
  return css;
}

// What a mark inherits: its colour as --c.
std::string series_classes() {
  std::string css;
  for (size_t i = 0; i < kLightColours.series.size(); ++i) {
    css += str(".c", i, " { --c: var(--c", i, "); }\n");
  }
  return css;
}

bool is_number(std::string_view text) {
  double number = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
  return !text.empty() && end.ec == std::errc() && end.ptr == text.data() + text.size();
}

// Words that are longer are broken, so that they do not push other columns away.
constexpr size_t kLongWord = 24;

bool has_long_word(std::string_view text) {
  size_t letters = 0;
  for (const char c : text) {
    letters = c == ' ' ? 0 : letters + 1;
    if (letters > kLongWord) return true;
  }
  return false;
}

const char* cell_class(std::string_view cell) {
  if (is_number(cell)) return " class=\"n\"";
  return !cell.starts_with("<svg") && has_long_word(cell) ? " class=\"long\"" : "";
}

std::string header_row(const std::vector<std::string>& cells) {
  std::string html = "<thead><tr>";
  for (const std::string& cell : cells) html += str("<th scope=\"col\">", cell, "</th>");
  return html + "</tr></thead>\n";
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string html;
  for (const char c : printable(text)) {
    switch (c) {
      case '&': html += "&amp;"; break;
      case '<': html += "&lt;"; break;
      case '>': html += "&gt;"; break;
      case '"': html += "&quot;"; break;
      case '\'': html += "&#39;"; break;
      default: html += c;
    }
  }
  return html;
}

std::string html_table_of_cells(const TableRows& rows) {
  if (rows.size() < 2) return "";
  std::string html = str("<div class=\"scroll\"><table>\n", header_row(rows[0]), "<tbody>\n");
  for (size_t i = 1; i < rows.size(); ++i) {
    html += "<tr>";
    for (const std::string& cell : rows[i]) {
      html += str("<td", cell_class(cell), ">", cell, "</td>");
    }
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

std::string html_table(const TableRows& rows) {
  TableRows cells = rows;
  for (auto& row : cells) {
    for (std::string& cell : row) cell = escaped(cell);
  }
  return html_table_of_cells(cells);
}

std::string digits(double number) {
  if (!std::isfinite(number)) return "";
  if (number == 0) return "0";
  const double size = std::abs(number);
  char text[64];
  const bool plain = size >= 1e-3 && size < 1e7;
  const int decimals = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : 4;
  const auto end =
      plain ? std::to_chars(text, text + sizeof(text), number, std::chars_format::fixed, decimals)
            : std::to_chars(text, text + sizeof(text), number, std::chars_format::general, 4);
  return {text, end.ptr};
}

std::string html_page(const std::string& title, const std::string& body) {
  return str("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n",
             "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ",
             "style-src 'unsafe-inline'\">\n",
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n",
             "<meta name=\"color-scheme\" content=\"light dark\">\n<title>", escaped(title),
             "</title>\n<style>\n:root { color-scheme: light dark;", variables(kLightColours),
             " }\n@media (prefers-color-scheme: dark) { :root {", variables(kDarkColours), " } }\n",
             series_classes(), kStyle, "</style>\n</head>\n<body>\n", body, "</body>\n</html>\n");
}

}  // namespace laurel
