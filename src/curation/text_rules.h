// The rules of curation that need no model: duplicates and decontamination.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/log.h"
#include "curation/decontaminate.h"
#include "curation/row_fates.h"
#include "text/text_processor.h"

namespace laurel {

// Of rows with the same texts and label, or with `near` nearly the same ones, the first that is kept
// stays. Rows with the same texts and other labels stay, and are named in their facts.
void drop_duplicates(const CurationRows& rows, const CurationOptions& options, int threads,
                     RowFates& fates);

// What decontamination found, for the summary.
struct DecontaminationSummary {
  std::map<std::string, int64_t> hits;  // benchmark -> rows
  std::vector<IgnoredRun> ignored;
};

// Drops training rows whose prompts have text of a benchmark's. What the templates of `text` say
// themselves is no benchmark's.
DecontaminationSummary drop_contaminated(const CurationRows& rows,
                                         const std::vector<SourceOptions>& sources,
                                         const Decontaminate& options, const TextProcessor& text,
                                         int threads, RowFates& fates, Log& log);

}  // namespace laurel
