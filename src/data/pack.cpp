// Divides groups into micro-batches, their groups into lanes, and writes these down token by token.
#include "data/pack.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "data/judgements.h"
#include "data/plan.h"
#include "data/tensor_of.h"

namespace laurel {

namespace {

// Below this many tokens a worker's products are too small to be worth a lane.
constexpr int64_t kLeastTokensOfALane = 256;

using Groups = std::vector<const Group*>;

int32_t computed_tokens(const Response& response, const Reading& reading) {
  return reading.causal ? response.reads.back().end : static_cast<int32_t>(response.ids.size());
}

class MicroBatch {
 public:
  explicit MicroBatch(const Reading& reading) : reading_(reading) {}

  void add_lane(const Groups& groups) {
    Lane lane{.token_begin = tokens(), .token_end = 0, .span_begin = spans(), .span_end = 0};
    for (const Group* group : groups) add(*group);
    lane.token_end = tokens();
    lane.span_end = spans();
    lanes_.push_back(lane);
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
    tokens.lanes = lanes_;
    tokens.plan = attention_plan(spans_, reads_);
    for (const auto& [source, judgements] : judged_) {
      batch.judged.push_back(judgements.judged(source));
    }
    batch.rows = rows_;
    return batch;
  }

 private:
  int32_t tokens() const { return static_cast<int32_t>(ids_.size()); }
  int32_t spans() const { return static_cast<int32_t>(spans_.size()); }

  void add(const Group& group) {
    const int32_t shared = shared_prefix(group, reading_);
    const int32_t prefix = shared > 0 ? spans() : -1;
    if (shared > 0) add_span(group.responses.front(), 0, shared, -1);
    std::vector<int64_t> first_rows;
    for (const Response& response : group.responses) {
      first_rows.push_back(static_cast<int64_t>(rows_.size()));
      const int32_t offset = tokens() - shared;  // from the response's tokens to the batch's
      add_span(response, shared, computed_tokens(response, reading_), prefix);
      for (const auto& [from, to] : response.reads) {
        rows_.push_back({.source = group.source,
                         .group = group.id,
                         .response = static_cast<int32_t>(first_rows.size()) - 1,
                         .read = static_cast<int32_t>(rows_.size() - first_rows.back())});
        reads_.push_back({offset + from, offset + to});
      }
    }
    judged_[group.source].add(group.judgement, first_rows,
                              static_cast<int64_t>(rows_.size()) - first_rows.front());
  }

  // Tokens [begin, end) of the response.
  void add_span(const Response& response, int32_t begin, int32_t end, int32_t prefix) {
    spans_.push_back({.begin = tokens(), .length = end - begin, .prefix = prefix});
    for (int32_t i = begin; i < end; ++i) {
      ids_.push_back(response.ids[i]);
      positions_.push_back(i);
    }
  }

  Reading reading_;
  std::vector<int32_t> ids_, positions_;
  std::vector<Span> spans_;
  std::vector<Lane> lanes_;
  std::vector<Read> reads_;  // in tokens of the batch
  std::vector<RowOrigin> rows_;
  std::map<SourceId, Judgements> judged_;
};

int64_t total_tokens(const Groups& groups, const Reading& reading) {
  int64_t total = 0;
  for (const Group* group : groups) total += computed_tokens(*group, reading);
  return total;
}

// One lane for all, or one a worker: the longest group first, each to the lane with the fewest
// tokens. Within a lane groups keep their order.
std::vector<Groups> lanes_of(const Groups& groups, const Reading& reading, int64_t workers) {
  const auto enough = std::min<int64_t>(static_cast<int64_t>(groups.size()),
                                        total_tokens(groups, reading) / kLeastTokensOfALane);
  if (workers <= 1 || enough < workers) return {groups};
  std::vector<size_t> order(groups.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, std::ranges::greater{},
                           [&](size_t i) { return computed_tokens(*groups[i], reading); });
  std::vector<int64_t> tokens(workers);
  std::vector<std::vector<size_t>> members(workers);
  for (const size_t i : order) {
    const auto lane = std::ranges::min_element(tokens) - tokens.begin();
    tokens[lane] += computed_tokens(*groups[i], reading);
    members[lane].push_back(i);
  }
  std::vector<Groups> lanes;
  for (std::vector<size_t>& lane : members) {
    std::ranges::sort(lane);
    Groups& of_lane = lanes.emplace_back();
    for (const size_t i : lane) of_lane.push_back(groups[i]);
  }
  return lanes;
}

Batch micro_batch(const Groups& groups, const Reading& reading, int64_t workers) {
  MicroBatch batch(reading);
  for (const Groups& lane : lanes_of(groups, reading, workers)) batch.add_lane(lane);
  return batch.build();
}

}  // namespace

std::vector<Batch> pack(std::span<const Group* const> groups, const Reading& reading,
                        const PackOptions& options) {
  std::vector<Batch> batches;
  Groups current;
  int64_t tokens = 0;
  for (const Group* group : groups) {
    const int64_t more = computed_tokens(*group, reading);
    if (!current.empty() && tokens + more > options.tokens_per_micro_batch) {
      batches.push_back(micro_batch(current, reading, options.workers));
      current.clear();
      tokens = 0;
    }
    current.push_back(group);
    tokens += more;
  }
  if (!current.empty()) batches.push_back(micro_batch(current, reading, options.workers));
  return batches;
}

int64_t given_tokens(const Group& group) {
  int64_t tokens = 0;
  for (const Response& response : group.responses) {
    tokens += static_cast<int64_t>(response.ids.size());
  }
  return tokens;
}

int32_t shared_prefix(const Group& group, const Reading& reading) {
  if (group.responses.size() < 2 || !reading.causal) return 0;
  const std::vector<int32_t>& first = group.responses.front().ids;
  auto length = static_cast<int32_t>(first.size());
  for (const Response& response : group.responses) {
    const auto differing = std::ranges::mismatch(first, response.ids).in1 - first.begin();
    length = std::min(length, static_cast<int32_t>(differing));
    for (const Read& read : response.reads) length = std::min(length, read.begin);
  }
  return length;
}

int64_t computed_tokens(const Group& group, const Reading& reading) {
  const int64_t shared = shared_prefix(group, reading);
  int64_t tokens = shared;
  for (const Response& response : group.responses) {
    tokens += computed_tokens(response, reading) - shared;
  }
  return tokens;
}

double weight_sum(const Group& group) {
  if (const auto* preference = std::get_if<Preference>(&group.judgement)) return preference->weight;
  const std::vector<float>& weight = std::get<Scores>(group.judgement).weight;
  return std::accumulate(weight.begin(), weight.end(), 0.0);
}

}  // namespace laurel
