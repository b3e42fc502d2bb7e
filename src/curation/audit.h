// Audit: what is wrong with the rows of a config, found without training on them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "application/compute.h"
#include "application/run_inputs.h"
#include "config/config.h"
#include "curation/agreement.h"
#include "curation/duplicates.h"
#include "curation/finding.h"
#include "curation/label_skew.h"
#include "curation/rows.h"
#include "curation/token_savings.h"
#include "curation/turned_round.h"

namespace laurel {

struct AuditOptions {
  DuplicateOptions duplicates;
  bool near = true;                                     // false: only what hashes of texts find
  std::optional<std::string> annotator = std::nullopt;  // the field that says who labelled a row
};

// How much of what a source has.
struct SourceFacts {
  std::string name;
  int64_t train = 0, eval = 0, malformed = 0;  // rows
  int64_t prompts = 0, responses = 0;          // different ones
};

struct AuditReport {
  std::vector<Finding> findings;  // the worst first
  std::vector<SourceFacts> sources;
  std::vector<LabelGroup> labels;
  std::vector<SourceAgreement> agreement;
  std::vector<SourceAccord> accords;
  std::optional<TokenSavings> tokens;
  std::optional<double> epoch_seconds;
};

// What the texts and labels of rows say.
AuditReport audit_rows(const CurationRows& rows, const AuditOptions& options, int threads);

// The same of a run's sources, with what their tokens say; rows that the run holds out count as
// eval. `inputs` were loaded with any number of malformed rows.
AuditReport audit_run(const Config& config, const RunInputs& inputs, const Compute& compute,
                      const AuditOptions& options);

// What hashes of texts find in the first kShortAuditRows rows of train and of eval of each source.
inline constexpr int64_t kShortAuditRows = 100'000;
AuditReport short_audit(const Config& config, int threads);

int64_t count_of(const AuditReport& report, Grade grade);

// Nothing worse than notes.
bool passes_strict(const AuditReport& report);

}  // namespace laurel
