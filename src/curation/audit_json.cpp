// An audit as JSON.
#include "core/option_types.h"
#include "curation/audit_output.h"

namespace laurel {

namespace {

Json json_or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

Json json_of_share(const Share& share) {
  if (share.n == 0) return nullptr;
  return {{"share", share.value}, {"low", share.low}, {"high", share.high}, {"n", share.n}};
}

Json json_of_finding(const Finding& finding) {
  return {{"grade", enum_name(finding.grade)},
          {"kind", finding.kind},
          {"source", finding.source},
          {"eval", finding.eval},
          {"count", finding.count},
          {"text", finding.text},
          {"examples", finding.examples},
          {"advice", finding.advice}};
}

Json json_of_group(const LabelGroup& group) {
  Json json{{"source", group.source},
            {"field", group.field},
            {"value", group.value},
            {"longer", json_of_share(group.longer)},
            {"first", json_of_share(group.first)}};
  if (group.scores == 0) return json;
  json["scores"] = group.scores;
  json["mean"] = group.mean;
  json["deviation"] = group.deviation;
  json["length_correlation"] = json_or_null(group.length_correlation);
  return json;
}

Json json_of_tokens(const AuditReport& report) {
  if (!report.tokens) return nullptr;
  const TokenSavings& tokens = *report.tokens;
  return {{"steps", tokens.steps},
          {"padded", tokens.padded},
          {"tokens", tokens.tokens},
          {"computed", tokens.computed},
          {"epoch", tokens.epoch},
          {"epoch_computed", tokens.epoch_computed()},
          {"epoch_seconds", json_or_null(report.epoch_seconds)}};
}

// A list of what `to_json` makes of each value.
template <class T>
Json json_list(const std::vector<T>& values, Json (*to_json)(const T&)) {
  Json list = Json::array();
  for (const T& value : values) list.push_back(to_json(value));
  return list;
}

Json json_of_source(const SourceFacts& source) {
  return {{"name", source.name},       {"train", source.train},
          {"eval", source.eval},       {"malformed", source.malformed},
          {"prompts", source.prompts}, {"responses", source.responses}};
}

Json json_of_agreement(const SourceAgreement& agreement) {
  return {{"source", agreement.source},
          {"attribute", agreement.attribute},
          {"annotators", agreement.annotators},
          {"items", agreement.units},
          {"equal", json_of_share(agreement.equal)},
          {"alpha", json_or_null(agreement.alpha)}};
}

Json json_of_accord(const SourceAccord& accord) {
  return {{"name", accord.name},
          {"source", accord.source},
          {"judgements", accord.judgements},
          {"same_pairs", json_of_share(accord.same_pairs)},
          {"by_others", json_of_share(accord.by_others)},
          {"by_own", json_of_share(accord.by_own)}};
}

}  // namespace

Json audit_json(const AuditReport& report) {
  return {{"errors", count_of(report, Grade::error)},
          {"warnings", count_of(report, Grade::warning)},
          {"notes", count_of(report, Grade::note)},
          {"findings", json_list(report.findings, json_of_finding)},
          {"sources", json_list(report.sources, json_of_source)},
          {"labels", json_list(report.labels, json_of_group)},
          {"agreement", json_list(report.agreement, json_of_agreement)},
          {"accords", json_list(report.accords, json_of_accord)},
          {"tokens", json_of_tokens(report)}};
}

}  // namespace laurel
