// Audit: the checks, one after the other.
#include "curation/audit.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "core/str.h"
#include "curation/held_out.h"
#include "curation/leakage.h"
#include "curation/pair_findings.h"
#include "curation/row_findings.h"

namespace laurel {

namespace {

std::vector<SourceFacts> facts_of(const CurationRows& rows) {
  std::vector<SourceFacts> facts;
  std::vector<std::set<uint32_t>> prompts(rows.sources.size()), responses(rows.sources.size());
  for (const CurationSource& source : rows.sources) {
    facts.push_back({.name = source.options.name, .malformed = source.bad});
  }
  for (const CurationRow& row : rows.rows) {
    const int32_t source = row.place.source;
    ++(row.eval ? facts[source].eval : facts[source].train);
    prompts[source].insert(row.prompt);
    responses[source].insert(row.responses.begin(), row.responses.end());
  }
  for (size_t i = 0; i < facts.size(); ++i) {
    facts[i].prompts = static_cast<int64_t>(prompts[i].size());
    facts[i].responses = static_cast<int64_t>(responses[i].size());
  }
  return facts;
}

void append(std::vector<Finding>& findings, std::vector<Finding> more) {
  for (Finding& finding : more) findings.push_back(std::move(finding));
}

void sort_findings(std::vector<Finding>& findings) {
  std::ranges::stable_sort(findings, std::greater<>(), &Finding::grade);
}

std::vector<SourceOptions> sources_of(const Config& config) {
  std::vector<SourceOptions> sources;
  for (const SourceConfig& source : config.sources) sources.push_back(source.source);
  return sources;
}

// What loading warns of: text that spells special tokens, questions and system texts that nothing
// reads, scores of two scales, and so on. Malformed rows are findings already.
std::vector<Finding> loading_findings(const RunInputs& inputs) {
  std::vector<Finding> findings;
  for (const SourceData& source : inputs.sources) {
    const std::string start = str("source ", source.options.name, ": ");
    for (const std::string& warning : source.warnings) {
      std::string_view text = warning;
      if (text.starts_with(start)) text.remove_prefix(start.size());
      if (text.starts_with("skipped ")) continue;
      Finding finding{
          .grade = Grade::warning, .kind = "loading", .source = source.options.name, .count = 1};
      finding.text = text.substr(0, text.find('\n'));
      for (size_t line = text.find('\n'); line != std::string_view::npos;) {
        const size_t next = text.find('\n', line + 1);
        finding.examples.emplace_back(text.substr(line + 1, next - line - 1));
        line = next;
      }
      findings.push_back(std::move(finding));
    }
  }
  return findings;
}

}  // namespace

AuditReport audit_rows(const CurationRows& rows, const AuditOptions& options, int threads) {
  AuditReport report{.sources = facts_of(rows), .labels = label_groups(rows)};
  const std::vector<ComparedPair> train = compared_pairs(rows, false);
  const std::vector<ComparedPair> eval = compared_pairs(rows, true);
  std::vector<Finding>& findings = report.findings;
  append(findings, malformed_findings(rows));
  append(findings, identical_findings(rows));
  Duplicates duplicates;
  Similarity similar;
  if (options.near) {
    duplicates = find_duplicates(rows, options.duplicates, threads);
    similar = similar_prompts(rows, options.duplicates, threads);
  } else {
    duplicates = find_equal_rows(rows);
  }
  append(findings, duplicate_findings(rows, duplicates));
  append(findings, similar_prompt_findings(rows, similar));
  append(findings, leakage_findings(rows, find_leakage(rows, similar)));
  for (const auto* pairs : {&train, &eval}) {
    append(findings, contradiction_findings(rows, *pairs));
    append(findings, cycle_findings(rows, preference_cycles(*pairs)));
  }
  append(findings, skew_findings(report.labels));
  report.accords = source_accords(rows, train);
  append(findings, turned_round_findings(report.accords));
  report.agreement = agreements(rows, train);
  sort_findings(findings);
  return report;
}

AuditReport short_audit(const Config& config, int threads) {
  std::vector<SourceOptions> sources = sources_of(config);
  for (SourceOptions& source : sources) {
    source.limit = std::min(source.limit.value_or(kShortAuditRows), kShortAuditRows);
  }
  const AuditOptions options{.duplicates = {}, .near = false};
  return audit_rows(read_curation_rows(sources, std::nullopt, threads), options, threads);
}

AuditReport audit_run(const Config& config, const RunInputs& inputs, const Compute& compute,
                      const AuditOptions& options) {
  const auto threads = static_cast<int>(compute.threads);
  CurationRows rows = read_curation_rows(sources_of(config), options.annotator, threads);
  const std::vector<bool> held_out = held_out_rows(inputs, rows);
  for (size_t i = 0; i < held_out.size(); ++i) rows.rows[i].eval = rows.rows[i].eval || held_out[i];
  AuditReport report = audit_rows(rows, options, threads);
  append(report.findings, loading_findings(inputs));
  sort_findings(report.findings);
  report.tokens = token_savings(config, inputs);
  if (report.tokens) {
    report.epoch_seconds = epoch_seconds(inputs, compute, *report.tokens);
  }
  return report;
}

int64_t count_of(const AuditReport& report, Grade grade) {
  return std::ranges::count(report.findings, grade, &Finding::grade);
}

bool passes_strict(const AuditReport& report) {
  return std::ranges::all_of(report.findings,
                             [](const Finding& finding) { return finding.grade == Grade::note; });
}

}  // namespace laurel
