// Applies what the comparisons of texts found.
#include "curation/text_rules.h"

#include "core/parallel.h"
#include "curation/benchmark_files.h"
#include "curation/duplicates.h"
#include "curation/judgements.h"
#include "curation/row_texts.h"

namespace laurel {

namespace {

bool is_open(const CurationRows& rows, const RowFates& fates, size_t row) {
  return !rows.rows[row].eval && fates[row].fate == Fate::kept;
}

void drop_all_but_first(const CurationRows& rows, const std::vector<RowCluster>& clusters,
                        const char* rule, RowFates& fates) {
  for (const RowCluster& cluster : clusters) {
    const CurationRow* first = nullptr;
    for (const size_t row : cluster) {
      if (!is_open(rows, fates, row)) continue;
      if (!first) {
        first = &rows.rows[row];
        continue;
      }
      fates[row].fate = Fate::dropped;
      fates[row].rule = rule;
      fates[row].facts["of"] = rows.where(*first);
    }
  }
}

void name_contradictions(const CurationRows& rows, const std::vector<RowCluster>& clusters,
                         RowFates& fates) {
  for (const RowCluster& cluster : clusters) {
    std::vector<size_t> earlier;  // one row of each label
    for (const size_t row : cluster) {
      const auto other = std::ranges::find_if(earlier, [&](size_t before) {
        return !rows.rows[row].eval && !same_label(rows.rows[before], rows.rows[row]);
      });
      if (other != earlier.end()) fates[row].facts["contradicts"] = rows.where(rows.rows[*other]);
      add_label(rows, row, earlier);
    }
  }
}

}  // namespace

void drop_duplicates(const CurationRows& rows, const CurationOptions& options, int threads,
                     RowFates& fates) {
  if (options.duplicates == DuplicateRule::keep) return;
  const bool near = options.duplicates == DuplicateRule::near;
  const Duplicates found =
      near ? find_duplicates(rows, {.near = options.near}, threads) : find_equal_rows(rows);
  drop_all_but_first(rows, found.exact, "duplicates", fates);
  if (near) {
    drop_all_but_first(rows, found.near, "near duplicates", fates);
  }
  name_contradictions(rows, found.contradictory, fates);
}

DecontaminationSummary drop_contaminated(const CurationRows& rows,
                                         const std::vector<SourceOptions>& sources,
                                         const Decontaminate& options, const TextProcessor& text,
                                         int threads, RowFates& fates, Log& log) {
  Decontaminator decontaminator({.max_df = options.max_df});
  for (const auto* chat_template : {&text.chat_template, &text.tool_template}) {
    if (*chat_template) decontaminator.ignore_template((*chat_template)->source());
  }
  add_benchmark_files(options.against, decontaminator, log);
  size_t next = 0;  // of rows.rows, which are in the order of reading, without malformed ones
  for (size_t source = 0; source < sources.size(); ++source) {
    ExampleReader reader(sources[source], static_cast<int32_t>(source), threads);
    for (;;) {
      const std::vector<ReadExample> some = reader.next();
      if (some.empty()) break;
      std::vector<BenchmarkMatches> matches(some.size());
      parallel_for(std::ssize(some), threads, [&](int64_t i) {
        if (!some[i].example || some[i].eval) return;
        const RowTexts texts = texts_of(*some[i].example);
        matches[i] = decontaminator.matches(texts.first_prompt, texts.questions);
      });
      for (size_t i = 0; i < some.size(); ++i) {
        if (!some[i].example) continue;
        check_same_row(rows, next, some[i]);
        if (is_open(rows, fates, next)) decontaminator.count(next, matches[i]);
        ++next;
      }
    }
  }
  DecontaminationReport report = decontaminator.report();
  for (const ContaminatedRow& row : report.rows) {
    RowFate& fate = fates[row.row];
    fate.fate = Fate::dropped;
    fate.rule = "decontaminate";
    fate.facts["benchmark"] = row.benchmark;
    fate.facts["of"] = row.where;
    fate.facts["text"] = row.text;
  }
  return {std::move(report.hits), std::move(report.ignored)};
}

}  // namespace laurel
