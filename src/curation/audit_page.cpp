// An audit as one HTML page.
#include <cmath>

#include "core/option_types.h"
#include "core/str.h"
#include "curation/audit_output.h"
#include "report/html.h"

namespace laurel {

namespace {

// With its title, where there are rows.
std::string table(const char* title, const TableRows& rows) {
  return rows.size() < 2 ? "" : str("<h2>", title, "</h2>\n", html_table(rows));
}

std::string section(const Finding& finding) {
  const std::string grade = enum_name(finding.grade);
  std::string html = str("<section class=\"finding ", grade, "\">\n<p><strong>", grade,
                         "</strong> ", escaped(finding.source.empty() ? "" : finding.source + ": "),
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
  TableRows sources{{"source", "train rows", "eval rows", "malformed", "prompts", "responses"}};
  for (const SourceFacts& source : report.sources) {
    sources.push_back({source.name, str(source.train), str(source.eval), str(source.malformed),
                       str(source.prompts), str(source.responses)});
  }
  TableRows labels{{"source", "slice or annotator", "longer is better", "first is better", "scores",
                    "mean", "deviation", "correlation with length"}};
  for (const LabelGroup& group : report.labels) {
    const bool scored = group.scores > 0;
    labels.push_back({group.source, group.field.empty() ? "" : group.field + " " + group.value,
                      cell_of(group.longer), cell_of(group.first), scored ? str(group.scores) : "",
                      scored ? three_digits(group.mean) : "",
                      scored ? three_digits(group.deviation) : "",
                      three_digits(group.length_correlation)});
  }
  TableRows agreement{
      {"source", "attribute", "annotators", "items", "equal labels", "Krippendorff's alpha"}};
  for (const SourceAgreement& one : report.agreement) {
    agreement.push_back({one.source, one.attribute, str(one.annotators), str(one.units),
                         cell_of(one.equal), three_digits(one.alpha)});
  }
  TableRows accords{{"source or file", "agrees on the same pairs", "words of others", "own words"}};
  for (const SourceAccord& accord : report.accords) {
    accords.push_back({accord.name, cell_of(accord.same_pairs), cell_of(accord.by_others),
                       cell_of(accord.by_own)});
  }
  return table("Sources", sources) + table("Labels", labels) + table("Agreement", agreement) +
         table("Accord of sources", accords);
}

}  // namespace

std::string audit_page(const AuditReport& report, const std::string& title) {
  std::string html = str("<h1>Audit of ", escaped(title), "</h1>\n<p>",
                         count_text(count_of(report, Grade::error), "error"), ", ",
                         count_text(count_of(report, Grade::warning), "warning"), ", ",
                         count_text(count_of(report, Grade::note), "note"), "</p>\n");
  for (const Finding& finding : report.findings) html += section(finding);
  if (report.findings.empty()) html += "<p>Nothing found.</p>\n";
  html += tables_of(report);
  if (report.tokens) html += str("<p>", escaped(savings_text(*report.tokens)), "</p>\n");
  return html_page("audit of " + title, html);
}

}  // namespace laurel
