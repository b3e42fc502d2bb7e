// Findings about judgements.
#include "curation/pair_findings.h"

#include <algorithm>
#include <map>

#include "core/str.h"

namespace laurel {

namespace {

std::string source_of_rows(const CurationRows& all, const std::vector<size_t>& rows) {
  const int32_t source = all.rows[rows.front()].place.source;
  const bool one =
      std::ranges::all_of(rows, [&](size_t row) { return all.rows[row].place.source == source; });
  return one ? all.sources[source].options.name : "";
}

// Of the source that all the rows are of; the rows are all of train, or all of eval.
Finding& finding_of(std::map<std::string, Finding>& findings, const CurationRows& all,
                    const std::vector<size_t>& rows, Grade grade, const char* kind) {
  const std::string source = source_of_rows(all, rows);
  Finding& finding = findings[source];
  finding.grade = grade;
  finding.kind = kind;
  finding.source = source;
  finding.eval = all.rows[rows.front()].eval;
  ++finding.count;
  return finding;
}

void finish(std::map<std::string, Finding>& by_source, const char* word, const char* text,
            const char* advice, std::vector<Finding>& findings) {
  for (auto& [source, finding] : by_source) {
    finding.text = str(finding.eval ? "in eval: " : "", count_text(finding.count, word), " ", text);
    finding.advice = advice;
    findings.push_back(std::move(finding));
  }
}

}  // namespace

std::vector<Finding> contradiction_findings(const CurationRows& rows,
                                            const std::vector<ComparedPair>& pairs) {
  std::map<std::string, Finding> contradictions, votes;
  for (const ComparedPair& pair : pairs) {
    if (!is_contradictory(pair)) continue;
    std::vector<size_t> all = pair.first_better;
    all.insert(all.end(), pair.second_better.begin(), pair.second_better.end());
    Finding& finding =
        are_votes(pair, rows)
            ? finding_of(votes, rows, all, Grade::note, "annotators_disagree")
            : finding_of(contradictions, rows, all, Grade::warning, "contradictory_pairs");
    if (finding.examples.size() >= kExamples) continue;
    finding.examples.push_back(str(rows.where(rows.rows[pair.first_better.front()]),
                                   " says the opposite of ",
                                   rows.where(rows.rows[pair.second_better.front()])));
  }
  std::vector<Finding> findings;
  finish(contradictions, "pair",
         "of responses of which rows say both that one is better and that the other is",
         "nothing is removed for it: decide by hand, or name the field that says whose labels they "
         "are (--annotator)",
         findings);
  finish(votes, "pair", "of responses on which annotators disagree", "", findings);
  return findings;
}

std::vector<Finding> cycle_findings(const CurationRows& rows,
                                    const std::vector<PreferenceCycle>& cycles) {
  std::map<std::string, Finding> by_source;
  for (const PreferenceCycle& cycle : cycles) {
    Finding& finding = finding_of(by_source, rows, cycle.rows, Grade::warning, "preference_cycles");
    if (finding.examples.size() >= kExamples) continue;
    std::vector<std::string> places;
    for (size_t i = 0; i < std::min<size_t>(cycle.rows.size(), 6); ++i) {
      places.push_back(rows.where(rows.rows[cycle.rows[i]]));
    }
    finding.examples.push_back(str(cycle.rows.size(),
                                   " responses, each better than the next: ", join(places, ", "),
                                   cycle.component > static_cast<int64_t>(cycle.rows.size())
                                       ? str(" (", cycle.component, " responses in all)")
                                       : ""));
  }
  std::vector<Finding> findings;
  finish(by_source, "time", "the preferences among a prompt's responses go round in a circle",
         "no reward can follow them all: look at the rows", findings);
  return findings;
}

}  // namespace laurel
