// An audit as lines.
#include <algorithm>
#include <cmath>

#include "core/option_types.h"
#include "core/str.h"
#include "curation/audit_output.h"

namespace laurel {

namespace {

constexpr size_t kShownGroups = 12;  // of slices and annotators

std::string rounded(double value) { return str(std::round(value * 1000) / 1000); }

std::string heading(const Finding& finding) {
  return printable(str(enum_name(finding.grade), ": ",
                       finding.source.empty() ? "" : finding.source + ": ", finding.text, " [",
                       finding.kind, "]"));
}

std::string finding_text(const Finding& finding) {
  std::string text = heading(finding) + "\n";
  for (const std::string& example : finding.examples) text += str("    ", printable(example), "\n");
  if (!finding.advice.empty()) text += str("    -> ", finding.advice, "\n");
  return text;
}

std::string group_text(const LabelGroup& group) {
  std::string text = str("labels of ", group.source);
  if (!group.field.empty()) text += printable(str(", ", group.field, " ", group.value));
  text += ":";
  if (group.longer.n > 0) text += str(" longer better in ", share_text(group.longer, "judgement"));
  if (group.first.n > 0) text += str("; first better in ", share_text(group.first, "judgement"));
  if (group.scores > 0) {
    text += str(" ", count_text(group.scores, "score"), ", mean ", rounded(group.mean),
                ", deviation ", rounded(group.deviation));
    if (group.length_correlation) {
      text += str(", rank correlation with length ", rounded(*group.length_correlation));
    }
  }
  return text + "\n";
}

std::string agreement_text(const SourceAgreement& agreement) {
  std::string text = str("agreement in ", agreement.source);
  if (!agreement.attribute.empty()) text += str(", ", agreement.attribute);
  text += str(": ", count_text(agreement.units, "item"), " with two labels or more");
  if (agreement.annotators > 0) text += str(" by ", count_text(agreement.annotators, "annotator"));
  if (agreement.equal.n > 0) {
    text += str(", equal in ", share_text(agreement.equal, "pair"));
  }
  if (agreement.alpha) text += str(", Krippendorff's alpha ", rounded(*agreement.alpha));
  return text + "\n";
}

std::string accord_text(const SourceAccord& accord) {
  std::string text = str("accord of ", accord.name, ": ");
  if (accord.same_pairs.n > 0) {
    text += str(share_text(accord.same_pairs, "judgement"),
                " of pairs that others judge too "
                "agree; ");
  }
  if (accord.by_others.n == 0)
    return text + "no words to compare: fewer than two sources of 100 judgements\n";
  return text + str("words that others prefer are right in ",
                    share_text(accord.by_others, "judgement"), ", its own in ",
                    share_text(accord.by_own, "judgement"), "\n");
}

std::string tokens_text(const AuditReport& report) {
  if (!report.tokens) return "";
  std::string text = savings_text(*report.tokens);
  if (report.epoch_seconds) {
    const double seconds = *report.epoch_seconds;
    text +=
        str("; an epoch's matrix products take about ",
            seconds < 120 ? str(std::ceil(seconds), " s") : str(std::round(seconds / 60), " min"),
            " at this machine's speed");
  }
  return text + "\n";
}

}  // namespace

std::string audit_text(const AuditReport& report) {
  std::string text;
  for (const SourceFacts& source : report.sources) {
    text += str(source.name, ": ", count_text(source.train, "row"), " of train, ", source.eval,
                " of eval, ", count_text(source.prompts, "prompt"), ", ",
                count_text(source.responses, "response"), "\n");
  }
  for (const Finding& finding : report.findings) text += finding_text(finding);
  size_t shown = 0, left = 0;
  for (const LabelGroup& group : report.labels) {
    if (!group.field.empty() && ++shown > kShownGroups)
      ++left;
    else
      text += group_text(group);
  }
  if (left > 0) text += str(left, " more values of slices and annotators: see --json or --page\n");
  for (const SourceAgreement& agreement : report.agreement) text += agreement_text(agreement);
  for (const SourceAccord& accord : report.accords) text += accord_text(accord);
  return text + tokens_text(report) +
         str(count_text(count_of(report, Grade::error), "error"), ", ",
             count_text(count_of(report, Grade::warning), "warning"), ", ",
             count_text(count_of(report, Grade::note), "note"), "\n");
}

std::string audit_summary(const AuditReport& report) {
  std::string text;
  for (const Finding& finding : report.findings) text += str("audit: ", heading(finding), "\n");
  if (text.empty()) text = "audit: equal texts and labels: nothing found\n";
  return text + "audit: rows, places and near duplicates: laurel audit CONFIG\n";
}

}  // namespace laurel
