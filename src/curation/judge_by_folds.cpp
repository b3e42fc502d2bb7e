// Cross-fit: a head for each fold, fitted on the others.
#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "checkpoint/load.h"
#include "core/error.h"
#include "core/str.h"
#include "curation/folds.h"
#include "curation/head_fit.h"
#include "curation/judged_pairs.h"
#include "curation/response_features.h"
#include "model/reward_model.h"
#include "train/precision.h"

namespace laurel {

namespace {

ResponseFeatures features_of(const CurationRows& rows, const std::vector<JudgedPair>& pairs,
                             const std::vector<size_t>& groups, const RunInputs& inputs,
                             const Compute& compute) {
  ModelFolder folder = inputs.model;
  folder.trained = TrainedWhole::head;
  LoadedModel loaded =
      load_model(std::move(folder), false, storage_type(compute.precision), {}, compute.device);
  RewardModel model(inputs.model.backbone, std::move(loaded.parameters));
  const auto group = [&](size_t i) {
    const int32_t source = rows.rows[pairs[i].row].place.source;
    return inputs.sources[source].train.groups[groups[i]];
  };
  return response_features([&](const TokenBatch& batch) { return model.features(batch); },
                           pairs.size(), group, inputs.model.pooling, {.workers = compute.workers});
}

Folds folds_of(const CurationRows& rows, const std::vector<JudgedPair>& pairs, int64_t folds) {
  std::vector<TextNumbers> texts;
  for (const JudgedPair& pair : pairs) {
    const CurationRow& row = rows.rows[pair.row];
    texts.push_back({2 * uint64_t{row.prompt}});
    for (const uint32_t response : row.responses)
      texts.back().push_back(2 * uint64_t{response} + 1);
  }
  const Folds out = assign_folds(texts, folds);
  if (out.components >= folds) return out;
  throw Error{ErrorKind::data,
              str("curation.folds: found ", out.components,
                  " sets of rows without a prompt or a response in common (the largest has ",
                  out.largest, " of ", pairs.size(), " pairs), expected at least ", folds,
                  ", one for each fold; use fewer folds, or curation.judge")};
}

// The pairs of some folds, as the heads take them.
std::vector<FeaturePair> pairs_in(const std::vector<FeaturePair>& pairs, const Folds& folds,
                                  const auto& wanted) {
  std::vector<FeaturePair> out;
  for (size_t i = 0; i < pairs.size(); ++i) {
    if (wanted(folds.of_row[i])) out.push_back(pairs[i]);
  }
  return out;
}

// Scaled, so that heads that were fitted on different pairs speak alike.
void set_margins(std::vector<JudgedPair>& pairs, const Folds& folds, int32_t fold,
                 const std::vector<double>& margins, FoldReport& report) {
  double squares = 0;
  for (const double margin : margins) squares += margin * margin;
  const double scale = std::sqrt(squares / static_cast<double>(margins.size()));
  size_t next = 0;
  for (size_t i = 0; i < pairs.size(); ++i) {
    if (folds.of_row[i] != fold) continue;
    pairs[i].fold = fold;
    pairs[i].margin = scale > 0 ? margins[next] / scale : 0;
    report.agreement += (margins[next] > 0    ? 1.0
                         : margins[next] == 0 ? 0.5
                                              : 0.0) /
                        static_cast<double>(margins.size());
    ++next;
  }
}

FoldReport judge_fold(const at::Tensor& features, const std::vector<FeaturePair>& all,
                      const Folds& folds, int32_t fold, std::vector<JudgedPair>& pairs) {
  // The L2 is chosen inside the part that the head is fitted on: without one more fold, on it.
  const auto inner = static_cast<int32_t>((fold + 1) % std::ssize(folds.sizes));
  const auto others = pairs_in(all, folds, [&](int32_t of) { return of != fold; });
  const auto without = pairs_in(all, folds, [&](int32_t of) { return of != fold && of != inner; });
  const auto checked = pairs_in(all, folds, [&](int32_t of) { return of == inner; });
  const auto held_out = pairs_in(all, folds, [&](int32_t of) { return of == fold; });
  const double l2 = choose_l2(features, without, checked).l2;
  const at::Tensor head = fit_head(features, others, l2, zero_head(features));
  FoldReport report{.pairs = std::ssize(held_out), .fitted_on = std::ssize(others), .l2 = l2};
  set_margins(pairs, folds, fold, margins_of(features, held_out, head), report);
  return report;
}

}  // namespace

bool has_sure_label(const CurationRow& row) {
  const auto* const pairs = std::get_if<Preferences>(&row.label);
  return pairs && pairs->size() == 1 && (*pairs)[0].target == 1 && (*pairs)[0].tie == 0;
}

TrainedPairs trained_pairs(const CurationRows& rows, std::span<const size_t> judged,
                           const RunInputs& inputs) {
  std::vector<std::unordered_map<uint64_t, size_t>> by_id(inputs.sources.size());
  for (size_t source = 0; source < inputs.sources.size(); ++source) {
    const Groups& groups = inputs.sources[source].train.groups;
    for (size_t i = 0; i < groups.size(); ++i) by_id[source].emplace(groups.id(i), i);
  }
  TrainedPairs out;
  for (const size_t row : judged) {
    const RowPlace& place = rows.rows[row].place;
    const uint64_t id = (static_cast<uint64_t>(place.file) << kLocationBits) | place.location;
    const auto group = by_id[place.source].find(id);
    if (group == by_id[place.source].end()) continue;
    out.pairs.push_back({.row = row});
    out.groups.push_back(group->second);
  }
  return out;
}

PairMargins judge_by_folds(const CurationRows& rows, std::span<const size_t> judged, int64_t folds,
                           const RunInputs& inputs, const Compute& compute, Log& log) {
  TrainedPairs trained = trained_pairs(rows, judged, inputs);
  PairMargins out{.pairs = std::move(trained.pairs)};
  if (out.pairs.empty()) return out;
  const Folds split = folds_of(rows, out.pairs, folds);
  log.info(str("features of ", out.pairs.size(), " pairs under the frozen backbone"));
  const ResponseFeatures responses = features_of(rows, out.pairs, trained.groups, inputs, compute);
  const at::Tensor features = standardised(responses.values);
  std::vector<FeaturePair> all;
  for (size_t i = 0; i < out.pairs.size(); ++i) {
    const auto& label = std::get<Preferences>(rows.rows[out.pairs[i].row].label)[0];
    const std::vector<int64_t>& of = responses.of_responses[i];
    all.push_back({.better = static_cast<int32_t>(of[label.better]),
                   .worse = static_cast<int32_t>(of[label.worse]),
                   .weight = label.weight});
  }
  out.components = split.components;
  out.responses = features.size(0);
  for (int32_t fold = 0; fold < folds; ++fold) {
    out.folds.push_back(judge_fold(features, all, split, fold, out.pairs));
    const FoldReport& report = out.folds.back();
    log.info(str("fold ", fold + 1, " of ", folds, ": ", report.pairs,
                 " pairs, judged by a head on ", report.fitted_on, " with L2 ", report.l2));
  }
  return out;
}

}  // namespace laurel
