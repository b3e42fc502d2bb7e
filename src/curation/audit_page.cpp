// An audit as one HTML page: no script, nothing loaded from elsewhere, all texts escaped.
#include <cmath>

#include "core/option_types.h"
#include "core/str.h"
#include "curation/audit_output.h"

namespace laurel {

namespace {

constexpr const char* kStyle = R"(<style>
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; }
section { border-left: .4em solid #888; margin: 1em 0; padding: .1em 1em; }
section.error { border-color: #c62828; }
section.warning { border-color: #ef9a00; }
section.note { border-color: #5c7fb8; }
code, li { overflow-wrap: anywhere; }
table { border-collapse: collapse; }
th, td { text-align: left; padding: .2em .8em; border-bottom: 1px solid #8884; }
.scroll { overflow-x: auto; }
</style>
)";

// Text between tags. What turns the direction of text, and other control characters, are shown by
// printable().
std::string escaped(const std::string& text) {
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

std::string row_of_cells(const std::vector<std::string>& cells, const char* tag) {
  std::string html = "<tr>";
  for (const std::string& cell : cells) html += str("<", tag, ">", escaped(cell), "</", tag, ">");
  return html + "</tr>\n";
}

// The first row is the header; nothing where there are no others.
std::string table(const char* title, const std::vector<std::vector<std::string>>& rows) {
  if (rows.size() < 2) return "";
  std::string html =
      str("<h2>", title, "</h2>\n<div class=\"scroll\"><table>\n", row_of_cells(rows[0], "th"));
  for (size_t i = 1; i < rows.size(); ++i) html += row_of_cells(rows[i], "td");
  return html + "</table></div>\n";
}

std::string section(const Finding& finding) {
  const std::string grade = enum_name(finding.grade);
  std::string html = str("<section class=\"", grade, "\">\n<p><strong>", grade, "</strong> ",
                         escaped(finding.source.empty() ? "" : finding.source + ": "),
                         escaped(finding.text), " <code>", escaped(finding.kind), "</code></p>\n");
  if (!finding.examples.empty()) {
    html += "<ul>\n";
    for (const std::string& example : finding.examples) {
      html += str("<li>", escaped(example), "</li>\n");
    }
    html += "</ul>\n";
  }
  if (!finding.advice.empty()) html += str("<p>", escaped(finding.advice), "</p>\n");
  return html + "</section>\n";
}

std::string three_digits(const std::optional<double>& value) {
  return value ? str(std::round(*value * 1000) / 1000) : "";
}

std::string cell_of(const Share& share) { return share.n == 0 ? "" : share_text(share, "label"); }

std::string tables_of(const AuditReport& report) {
  std::vector<std::vector<std::string>> sources{
      {"source", "train rows", "eval rows", "malformed", "prompts", "responses"}};
  for (const SourceFacts& source : report.sources) {
    sources.push_back({source.name, str(source.train), str(source.eval), str(source.malformed),
                       str(source.prompts), str(source.responses)});
  }
  std::vector<std::vector<std::string>> labels{{"source", "slice or annotator", "longer is better",
                                                "first is better", "scores", "mean", "deviation",
                                                "correlation with length"}};
  for (const LabelGroup& group : report.labels) {
    const bool scored = group.scores > 0;
    labels.push_back({group.source, group.field.empty() ? "" : group.field + " " + group.value,
                      cell_of(group.longer), cell_of(group.first), scored ? str(group.scores) : "",
                      scored ? three_digits(group.mean) : "",
                      scored ? three_digits(group.deviation) : "",
                      three_digits(group.length_correlation)});
  }
  std::vector<std::vector<std::string>> agreement{
      {"source", "attribute", "annotators", "items", "equal labels", "Krippendorff's alpha"}};
  for (const SourceAgreement& one : report.agreement) {
    agreement.push_back({one.source, one.attribute, str(one.annotators), str(one.units),
                         cell_of(one.equal), three_digits(one.alpha)});
  }
  std::vector<std::vector<std::string>> accords{
      {"source or file", "agrees on the same pairs", "words of others", "own words"}};
  for (const SourceAccord& accord : report.accords) {
    accords.push_back({accord.name, cell_of(accord.same_pairs), cell_of(accord.by_others),
                       cell_of(accord.by_own)});
  }
  return table("Sources", sources) + table("Labels", labels) + table("Agreement", agreement) +
         table("Accord of sources", accords);
}

}  // namespace

std::string audit_page(const AuditReport& report, const std::string& title) {
  std::string html =
      str("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n",
          "<meta name=\"viewport\" content=\"width=device-width\">\n<title>audit of ",
          escaped(title), "</title>\n", kStyle, "</head>\n<body>\n<h1>Audit of ", escaped(title),
          "</h1>\n<p>", count_text(count_of(report, Grade::error), "error"), ", ",
          count_text(count_of(report, Grade::warning), "warning"), ", ",
          count_text(count_of(report, Grade::note), "note"), "</p>\n");
  for (const Finding& finding : report.findings) html += section(finding);
  if (report.findings.empty()) html += "<p>Nothing found.</p>\n";
  html += tables_of(report);
  if (report.tokens) html += str("<p>", escaped(savings_text(*report.tokens)), "</p>\n");
  return html + "</body>\n</html>\n";
}

}  // namespace laurel
