// Scores a split, pairs rewards with judgements, and summarises both kinds of outcomes.
#include "eval/evaluate.h"

#include <ATen/ops/empty.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "core/error.h"
#include "core/str.h"
#include "data/pack.h"
#include "eval/rating_pairs.h"

namespace laurel {

namespace {

constexpr size_t kGroupsAtOnce = 1024;  // packed together: bounds the memory of token tensors
constexpr int64_t kMostPairsOfRatings = 100'000;  // bounds the time of their intervals

// Where the rewards of a group go, by its id.
using RewardsById = std::unordered_map<uint64_t, std::vector<double>*>;

void score_packed(const Scorer& scorer, const Batch& batch, const RewardsById& rewards) {
  const at::Tensor found = scorer(batch.tokens).to(at::kCPU, at::kDouble).contiguous();
  TORCH_INTERNAL_ASSERT(found.dim() == 2 && found.size(1) == 1, "rewards are (R, 1)");
  TORCH_INTERNAL_ASSERT(found.size(0) == static_cast<int64_t>(batch.rows.size()));
  const double* data = found.const_data_ptr<double>();
  // The rows of a group come in the order of its responses and reads.
  for (const RowOrigin& row : batch.rows) rewards.at(row.group)->push_back(*data++);
}

template <class Outcome>
struct Outcomes {
  std::vector<Outcome> values;
  std::vector<Origin> origins;
};

// Everything that a split's judgements and the rewards say.
struct Judgements {
  Outcomes<PairOutcome> pairs;
  Outcomes<RatingOutcome> ratings;
  std::vector<double> reward;   // per rating: raw, in the order of `ratings`
  std::vector<int64_t> length;  // per rating: of the answer
  int64_t unjudged = 0;
};

void add_pair(const Group& group, const Preference& judged, std::span<const double> rewards,
              std::span<const ResponseFacts> facts, Judgements& all) {
  if (judged.weight == 0) {
    ++all.unjudged;
    return;
  }
  TORCH_INTERNAL_ASSERT(rewards.size() == group.responses.size(), "pairs have one row a response");
  const ResponseFacts &better = facts[judged.better], &worse = facts[judged.worse];
  all.pairs.values.push_back({.better = rewards[judged.better],
                              .worse = rewards[judged.worse],
                              .better_length = better.answer_length,
                              .worse_length = worse.answer_length});
  all.pairs.origins.push_back(
      {.prompt = group.prompt_hash, .responses = {better.hash, worse.hash}});
}

void add_ratings(const Group& group, const Scores& judged, std::span<const double> rewards,
                 std::span<const ResponseFacts> facts, Judgements& all, const Scaling& scaling) {
  TORCH_INTERNAL_ASSERT(judged.score.size() == rewards.size(), "one score a row");
  size_t row = 0;
  for (size_t response = 0; response < group.responses.size(); ++response) {
    const uint64_t key = facts[response].hash;
    for (size_t read = 0; read < group.responses[response].reads.size(); ++read, ++row) {
      if (judged.weight[row] == 0) {
        ++all.unjudged;
        continue;
      }
      all.ratings.values.push_back({.score = judged.score[row],
                                    .prediction = rewards[row] * scaling.deviation + scaling.mean});
      all.ratings.origins.push_back({.prompt = group.prompt_hash, .responses = {key, key}});
      all.reward.push_back(rewards[row]);
      all.length.push_back(facts[response].answer_length);
    }
  }
}

Judgements collect(const EvaluationTask& task, const std::vector<std::vector<double>>& rewards) {
  Judgements all;
  for (size_t i = 0; i < rewards.size(); ++i) {
    const Group& group = task.split.groups[i];
    const auto& facts = task.split.facts[i];
    for (const double reward : rewards[i]) {
      if (std::isfinite(reward)) continue;
      throw Error{ErrorKind::non_finite,
                  str(task.split.where(group.id), ": found reward ", reward,
                      ", expected a finite number; the model's weights or the row's numbers are "
                      "out of range")};
    }
    if (const auto* pairs = std::get_if<Preferences>(&group.judgement)) {
      for (const Preference& pair : *pairs) add_pair(group, pair, rewards[i], facts, all);
    } else {
      add_ratings(group, std::get<Scores>(group.judgement), rewards[i], facts, all, task.scaling);
    }
  }
  return all;
}

template <class Metrics, class Outcome>
MetricSet summarise(const Outcomes<Outcome>& outcomes) {
  const Metrics metrics(outcomes.values);
  const MetricValues values = metrics(std::vector<double>(outcomes.values.size(), 1.0));
  const Resampling resampling = choose_units(outcomes.origins);
  const auto intervals = bootstrap(resampling, metrics);
  MetricSet set{.n = static_cast<int64_t>(outcomes.values.size()),
                .unit = resampling.unit,
                .units = resampling.units,
                .metrics = {}};
  for (size_t k = 0; k < values.size(); ++k) {
    Metric metric{.name = Metrics::kNames[k], .value = values[k], .low = {}, .high = {}};
    if (values[k] && intervals[k]) {
      metric.low = intervals[k]->low;
      metric.high = intervals[k]->high;
    }
    set.metrics.push_back(metric);
  }
  return set;
}

void add_pairs_of_ratings(const Judgements& all, Evaluation& evaluation) {
  std::vector<double> score;
  std::vector<uint64_t> prompt;
  for (size_t i = 0; i < all.reward.size(); ++i) {
    score.push_back(all.ratings.values[i].score);
    prompt.push_back(all.ratings.origins[i].prompt);
  }
  const RatingPairs implied = pairs_of_ratings(score, prompt, kMostPairsOfRatings);
  evaluation.pairs_possible = implied.possible;
  if (implied.pairs.empty()) return;
  Outcomes<PairOutcome> pairs;
  for (const auto& [better, worse] : implied.pairs) {
    pairs.values.push_back({.better = all.reward[better],
                            .worse = all.reward[worse],
                            .better_length = all.length[better],
                            .worse_length = all.length[worse]});
    pairs.origins.push_back({.prompt = prompt[better],
                             .responses = {all.ratings.origins[better].responses[0],
                                           all.ratings.origins[worse].responses[0]}});
  }
  evaluation.pairs = summarise<PairMetrics>(pairs);
}

}  // namespace

std::vector<std::vector<double>> score_groups(const Scorer& scorer, std::span<const Group> groups,
                                              const Reading& reading, const PackOptions& packing) {
  std::vector<std::vector<double>> rewards(groups.size());
  RewardsById by_id;
  std::vector<const Group*> sorted;
  for (size_t i = 0; i < groups.size(); ++i) {
    sorted.push_back(&groups[i]);
    TORCH_INTERNAL_ASSERT(by_id.emplace(groups[i].id, &rewards[i]).second, "ids differ");
  }
  std::ranges::stable_sort(sorted, std::ranges::greater{},
                           [&](const Group* group) { return computed_tokens(*group, reading); });
  for (size_t begin = 0; begin < sorted.size(); begin += kGroupsAtOnce) {
    const size_t count = std::min(kGroupsAtOnce, sorted.size() - begin);
    for (const Batch& batch : pack(std::span(sorted).subspan(begin, count), reading, packing)) {
      score_packed(scorer, batch, by_id);
    }
  }
  return rewards;
}

Evaluation evaluate(const Scorer& scorer, const EvaluationTask& task) {
  const Judgements all =
      collect(task, score_groups(scorer, task.split.groups, task.reading, task.packing));
  TORCH_INTERNAL_ASSERT(all.pairs.values.empty() || all.ratings.values.empty(),
                        "a source has one format");
  Evaluation evaluation;
  evaluation.source = task.source;
  evaluation.reasons = task.split.report.dropped;
  if (task.split.report.bad > 0) evaluation.reasons["malformed"] = task.split.report.bad;
  if (all.unjudged > 0) evaluation.reasons["weight_0"] = all.unjudged;
  for (const auto& [reason, count] : evaluation.reasons) evaluation.dropped += count;
  if (!all.pairs.values.empty()) evaluation.judged = summarise<PairMetrics>(all.pairs);
  if (!all.ratings.values.empty()) {
    evaluation.judged = summarise<RatingMetrics>(all.ratings);
    add_pairs_of_ratings(all, evaluation);
  }
  evaluation.n = evaluation.judged.n;
  return evaluation;
}

}  // namespace laurel
