// Findings about rows.
#include "curation/row_findings.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "core/str.h"
#include "curation/judgements.h"

namespace laurel {

namespace {

void add_example(std::string example, Finding& finding) {
  if (finding.examples.size() < kExamples) finding.examples.push_back(std::move(example));
}

// The source of all these rows; "" where they are of several.
std::string source_of(const CurationRows& all, const RowCluster& cluster) {
  const int32_t source = all.rows[cluster.front()].place.source;
  const bool one = std::ranges::all_of(
      cluster, [&](size_t row) { return all.rows[row].place.source == source; });
  return one ? all.sources[source].options.name : "";
}

std::string places_of(const CurationRows& all, const RowCluster& cluster) {
  std::vector<std::string> places;
  for (size_t i = 0; i < std::min<size_t>(cluster.size(), 4); ++i) {
    places.push_back(all.where(all.rows[cluster[i]]));
  }
  const size_t more = cluster.size() - places.size();
  return join(places, " = ") + (more > 0 ? str(" and ", more, " more") : "");
}

// One finding for each source with such clusters, which counts rows after the first of each, or
// clusters.
struct ClusterFinding {
  Grade grade;
  const char* kind;
  bool counts_rows;
  const char* row;  // "row" and what `text` says of them
  const char* text;
  const char* advice;
};

void add_clusters(const CurationRows& all, const std::vector<RowCluster>& clusters,
                  const ClusterFinding& kind, std::vector<Finding>& findings) {
  std::map<std::string, Finding> by_source;
  for (const RowCluster& cluster : clusters) {
    Finding& finding = by_source[source_of(all, cluster)];
    finding.count += kind.counts_rows ? static_cast<int64_t>(cluster.size()) - 1 : 1;
    add_example(places_of(all, cluster), finding);
  }
  for (auto& [source, finding] : by_source) {
    finding.grade = kind.grade;
    finding.kind = kind.kind;
    finding.source = source;
    finding.text = str(count_text(finding.count, kind.row), " ", kind.text);
    finding.advice = kind.advice;
    findings.push_back(std::move(finding));
  }
}

// Rows of these differ, and it is not known that they are of different people.
bool is_conflict(const CurationRows& all, const RowCluster& cluster) {
  std::map<std::string, std::vector<size_t>> rows_of;  // by annotator, one for each label
  std::vector<size_t> labels;
  bool differ = false;
  for (const size_t row : cluster) {
    std::vector<size_t>& own = rows_of[all.rows[row].annotator];
    if (contradicts(all, own, row)) return true;
    differ = differ || contradicts(all, labels, row);
    add_label(all, row, own);
    add_label(all, row, labels);
  }
  return differ && rows_of.contains("");
}

std::vector<RowCluster> conflicting_ratings(const CurationRows& all,
                                            const std::vector<RowCluster>& clusters) {
  std::vector<RowCluster> ratings;
  for (const RowCluster& cluster : clusters) {
    const bool scores = std::holds_alternative<Ratings>(all.rows[cluster.front()].label);
    if (scores && is_conflict(all, cluster)) ratings.push_back(cluster);
  }
  return ratings;
}

// An error where rows of eval stand in train as they are: that evaluation tells nothing.
Finding leak_finding(const CurationRows& all, const Leakage& leakage, const Leakage::Rows& leaks,
                     const char* kind, const char* text) {
  const auto count = static_cast<int64_t>(leaks.size());
  Finding finding{.grade = Grade::warning,
                  .kind = kind,
                  .source = "",
                  .count = count,
                  .text = str(count, " of ", count_text(leakage.eval_rows, "evaluation row"), " ",
                              count == 1 ? "has " : "have ", text),
                  .examples = {},
                  .advice = "leave such rows out of train: what evaluation says of them is memory"};
  for (const auto& [eval, train] : leaks) {
    add_example(
        str(all.where(all.rows[eval]), " of eval, ", all.where(all.rows[train]), " of train: ",
            excerpt(all.texts.normalised()[all.texts.words(all.rows[eval].prompt)], 60)),
        finding);
  }
  return finding;
}

}  // namespace

std::vector<Finding> malformed_findings(const CurationRows& rows) {
  std::vector<Finding> findings;
  for (const CurationSource& source : rows.sources) {
    if (source.bad == 0) continue;
    findings.push_back({.grade = Grade::error,
                        .kind = "malformed_rows",
                        .source = source.options.name,
                        .count = source.bad,
                        .text = str(count_text(source.bad, "row"),
                                    source.bad == 1 ? " is malformed" : " are malformed"),
                        .examples = source.bad_examples,
                        .advice = "data.bad_rows says how many training skips"});
  }
  return findings;
}

std::vector<Finding> identical_findings(const CurationRows& rows) {
  std::vector<RowCluster> identical;
  for (size_t i = 0; i < rows.rows.size(); ++i) {
    const auto& responses = rows.rows[i].responses;
    if (responses.size() < 2) continue;
    if (std::ranges::count(responses, responses.front()) ==
        static_cast<std::ptrdiff_t>(responses.size())) {
      identical.push_back({i});
    }
  }
  std::vector<Finding> findings;
  add_clusters(rows, identical,
               {Grade::warning, "identical_responses", false, "row",
                "whose responses are all the same text", "they teach nothing and are dropped"},
               findings);
  return findings;
}

std::vector<Finding> duplicate_findings(const CurationRows& rows, const Duplicates& found) {
  std::vector<Finding> findings;
  add_clusters(rows, found.exact,
               {Grade::warning, "exact_duplicates", true, "row",
                "with the texts and the label of an earlier row",
                "if they are votes of several people, name the field that says whose "
                "(--annotator); else curate leaves them out"},
               findings);
  add_clusters(rows, conflicting_ratings(rows, found.contradictory),
               {Grade::warning, "conflicting_scores", false, "response",
                "with different scores in different rows",
                "if several people scored them, name the field that says who (--annotator)"},
               findings);
  add_clusters(
      rows, found.near,
      {Grade::warning, "near_duplicates", true, "row",
       "with nearly the texts, and the label, of an earlier row", "curate leaves them out"},
      findings);
  add_clusters(rows, found.near_contradictory,
               {Grade::warning, "near_contradictions", false, "time",
                "two rows with nearly the same texts prefer opposite ones",
                "look at them: one of the two labels is wrong, or they differ in what matters"},
               findings);
  if (found.not_compared > 0) {
    findings.push_back({.grade = Grade::note,
                        .kind = "not_compared",
                        .source = "",
                        .count = found.not_compared,
                        .text = str("up to ", count_text(found.not_compared, "pair"),
                                    " of rows with much text in common were not compared"),
                        .examples = {},
                        .advice = ""});
  }
  return findings;
}

// Those between train and eval are leaks.
std::vector<Finding> similar_prompt_findings(const CurationRows& rows, const Similarity& similar) {
  std::unordered_map<uint32_t, size_t> first_train, first_eval;
  for (size_t i = 0; i < rows.rows.size(); ++i) {
    (rows.rows[i].eval ? first_eval : first_train).try_emplace(rows.rows[i].prompt, i);
  }
  std::vector<RowCluster> clusters;
  for (const SimilarTexts& pair : similar.pairs) {
    for (const auto* first : {&first_train, &first_eval}) {
      const auto a = first->find(pair.first), b = first->find(pair.second);
      if (a == first->end() || b == first->end()) continue;
      clusters.push_back({std::min(a->second, b->second), std::max(a->second, b->second)});
      break;
    }
  }
  std::ranges::sort(clusters);
  std::vector<Finding> findings;
  add_clusters(rows, clusters,
               {Grade::note, "near_prompts", false, "pair", "of prompts that are nearly the same",
                "a held-out part that is chosen by prompt may have one of each"},
               findings);
  return findings;
}

std::vector<Finding> leakage_findings(const CurationRows& rows, const Leakage& leakage) {
  std::vector<Finding> findings;
  const auto add = [&](const Leakage::Rows& leaks, const char* kind, const char* text) {
    if (!leaks.empty()) findings.push_back(leak_finding(rows, leakage, leaks, kind, text));
  };
  add(leakage.whole, "rows_in_eval", "the prompt and all responses of a training row");
  if (!findings.empty()) findings.back().grade = Grade::error;
  add(leakage.prompts, "prompts_in_eval", "the prompt of a training row");
  add(leakage.near_prompts, "near_prompts_in_eval", "nearly the prompt of a training row");
  for (Finding& finding : findings) {
    finding.advice +=
        "; curation.decontaminate against the eval file drops rows by what their "
        "prompts share with it (docs/curation.md)";
  }
  add(leakage.responses, "responses_in_eval",
      "a response of 8 words or more that a training row has for another prompt");
  return findings;
}

}  // namespace laurel
