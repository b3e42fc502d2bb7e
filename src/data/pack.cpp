// Fills one micro-batch after another; each is built from its groups alone.
#include "data/pack.h"

#include <map>
#include <numeric>

#include "data/plan.h"
#include "data/tensor_of.h"

namespace laurel {

namespace {

int32_t computed_tokens(const Response& response, const Reading& reading) {
  return reading.causal ? response.reads.back().end : static_cast<int32_t>(response.ids.size());
}

// The labels of one source, before they are tensors.
struct Judgements {
  std::vector<int64_t> better, worse;
  std::vector<float> margin, target;
  std::vector<int64_t> rows;
  std::vector<float> score;
  std::vector<float> weight;
  bool pairs = false;

  void add(const Scores& scores, int64_t first_row, int64_t rows_of_group) {
    for (int64_t row = 0; row < rows_of_group; ++row) rows.push_back(first_row + row);
    score.insert(score.end(), scores.score.begin(), scores.score.end());
    weight.insert(weight.end(), scores.weight.begin(), scores.weight.end());
  }

  // `first_rows` holds the first row of each response.
  void add(const Preference& preference, const std::vector<int64_t>& first_rows) {
    pairs = true;
    better.push_back(first_rows[preference.better]);
    worse.push_back(first_rows[preference.worse]);
    margin.push_back(preference.margin);
    target.push_back(preference.target);
    weight.push_back(preference.weight);
  }

  Labels labels() const {
    if (pairs) {
      TORCH_INTERNAL_ASSERT(rows.empty(), "a source has one kind of judgements");
      return PairwiseLabels{.better = tensor_of(better),
                            .worse = tensor_of(worse),
                            .margin = tensor_of(margin),
                            .target = tensor_of(target),
                            .weight = tensor_of(weight)};
    }
    const auto units = static_cast<int64_t>(rows.size());
    const int64_t attributes = static_cast<int64_t>(score.size()) / units;
    return PointwiseLabels{.rows = tensor_of(rows),
                           .score = tensor_of(score, {units, attributes}),
                           .weight = tensor_of(weight, {units, attributes})};
  }
};

class MicroBatch {
 public:
  explicit MicroBatch(const Reading& reading) : reading_(reading) {}

  int64_t tokens() const { return static_cast<int64_t>(ids_.size()); }

  void add(const Group& group) {
    const auto first_row = static_cast<int64_t>(rows_.size());
    std::vector<int64_t> first_rows;
    for (size_t i = 0; i < group.responses.size(); ++i) {
      first_rows.push_back(static_cast<int64_t>(rows_.size()));
      add(group, static_cast<int32_t>(i));
    }
    Judgements& judgements = judged_[group.source];
    if (const auto* scores = std::get_if<Scores>(&group.judgement)) {
      judgements.add(*scores, first_row, static_cast<int64_t>(rows_.size()) - first_row);
    } else {
      judgements.add(std::get<Preference>(group.judgement), first_rows);
    }
  }

  Batch build() const {
    Batch batch;
    TokenBatch& tokens = batch.tokens;
    tokens.ids = tensor_of(ids_);
    tokens.positions = tensor_of(positions_);
    std::vector<int32_t> begin, end;
    for (const Read& read : reads_) {
      begin.push_back(read.begin);
      end.push_back(read.end);
    }
    tokens.read_begin = tensor_of(begin);
    tokens.read_end = tensor_of(end);
    tokens.lanes = {{.token_begin = 0,
                     .token_end = static_cast<int32_t>(ids_.size()),
                     .span_begin = 0,
                     .span_end = static_cast<int32_t>(spans_.size())}};
    tokens.plan = attention_plan(spans_, reads_);
    for (const auto& [source, judgements] : judged_) {
      const auto& weight = judgements.weight;
      batch.judged.push_back({.source = source,
                              .labels = judgements.labels(),
                              .weight_sum = std::accumulate(weight.begin(), weight.end(), 0.0)});
    }
    batch.rows = rows_;
    return batch;
  }

 private:
  void add(const Group& group, int32_t index) {
    const Response& response = group.responses[index];
    const auto begin = static_cast<int32_t>(ids_.size());
    const int32_t length = computed_tokens(response, reading_);
    spans_.push_back({.begin = begin, .length = length, .prefix = -1});
    for (int32_t i = 0; i < length; ++i) {
      ids_.push_back(response.ids[i]);
      positions_.push_back(i);
    }
    for (size_t read = 0; read < response.reads.size(); ++read) {
      const auto [from, to] = response.reads[read];
      reads_.push_back({begin + from, begin + to});
      rows_.push_back({.source = group.source,
                       .group = group.id,
                       .response = index,
                       .read = static_cast<int32_t>(read)});
    }
  }

  Reading reading_;
  std::vector<int32_t> ids_, positions_;
  std::vector<Span> spans_;
  std::vector<Read> reads_;  // in tokens of the batch
  std::vector<RowOrigin> rows_;
  std::map<SourceId, Judgements> judged_;
};

}  // namespace

std::vector<Batch> pack(std::span<const Group* const> groups, const Reading& reading,
                        int64_t tokens_per_micro_batch) {
  std::vector<Batch> batches;
  MicroBatch current(reading);
  for (const Group* group : groups) {
    const int64_t tokens = computed_tokens(*group, reading);
    if (current.tokens() > 0 && current.tokens() + tokens > tokens_per_micro_batch) {
      batches.push_back(current.build());
      current = MicroBatch(reading);
    }
    current.add(*group);
  }
  if (current.tokens() > 0) batches.push_back(current.build());
  return batches;
}

int64_t given_tokens(const Group& group) {
  int64_t tokens = 0;
  for (const Response& response : group.responses) {
    tokens += static_cast<int64_t>(response.ids.size());
  }
  return tokens;
}

int64_t computed_tokens(const Group& group, const Reading& reading) {
  int64_t tokens = 0;
  for (const Response& response : group.responses) tokens += computed_tokens(response, reading);
  return tokens;
}

double weight_sum(const Group& group) {
  if (const auto* preference = std::get_if<Preference>(&group.judgement)) return preference->weight;
  const std::vector<float>& weight = std::get<Scores>(group.judgement).weight;
  return std::accumulate(weight.begin(), weight.end(), 0.0);
}

}  // namespace laurel
