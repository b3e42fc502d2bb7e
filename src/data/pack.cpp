// Divides groups into micro-batches, these into lanes, and writes them down token by token.
#include "data/pack.h"

#include <map>
#include <optional>
#include <unordered_map>

#include "data/bundle.h"
#include "data/judgements.h"
#include "data/lanes.h"
#include "data/tensor_of.h"

namespace laurel {

namespace {

class MicroBatch {
 public:
  explicit MicroBatch(const Reading& reading) : reading_(reading) {}

  void add_lane(const std::vector<Bundle>& bundles) {
    Lane lane{.token_begin = tokens(), .token_end = 0, .span_begin = spans(), .span_end = 0};
    for (const Bundle& bundle : bundles) add(bundle);
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
    tokens.spans = spans_;
    for (const auto& [source, judgements] : judged_) {
      batch.judged.push_back(judgements.judged(source));
    }
    batch.rows = rows_;
    return batch;
  }

 private:
  int32_t tokens() const { return static_cast<int32_t>(ids_.size()); }
  int32_t spans() const { return static_cast<int32_t>(spans_.size()); }

  void add(const Bundle& bundle) {
    const int32_t shared = bundle.shared(), prefix = shared > 0 ? spans() : -1;
    if (shared > 0) add_span(bundle.groups().front()->responses.front(), 0, shared, -1);
    for (const Group* group : bundle.groups()) add(*group, shared, prefix);
  }

  // Behind `shared` tokens that lie in the span `prefix`.
  void add(const Group& group, int32_t shared, int32_t prefix) {
    std::vector<int64_t> first_rows;
    for (const Response& response : group.responses) {
      first_rows.push_back(static_cast<int64_t>(rows_.size()));
      const int32_t offset = tokens() - shared;  // from the response's tokens to the batch's
      add_span(response, shared, computed_length(response, reading_), prefix);
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

Batch micro_batch(const std::vector<Bundle>& bundles, const Reading& reading, int64_t workers) {
  MicroBatch batch(reading);
  for (const auto& lane : lanes_of(bundles, workers, reading)) batch.add_lane(lane);
  return batch.build();
}

// Groups of one prompt behind each other, at the place of the first of them.
std::vector<const Group*> by_prompt(std::span<const Group* const> groups) {
  std::unordered_map<uint64_t, size_t> first;
  std::vector<std::vector<const Group*>> prompts;
  for (const Group* group : groups) {
    const auto [found, is_new] = first.try_emplace(group->prompt_hash, prompts.size());
    if (is_new) prompts.emplace_back();
    prompts[found->second].push_back(group);
  }
  std::vector<const Group*> ordered;
  for (const auto& prompt : prompts) ordered.insert(ordered.end(), prompt.begin(), prompt.end());
  return ordered;
}

// The bundle with one more group, if fewer tokens are computed so.
std::optional<Bundle> joined(const Bundle& bundle, const Bundle& group) {
  const Group& next = *group.groups().front();
  if (bundle.groups().back()->prompt_hash != next.prompt_hash) return std::nullopt;
  Bundle both = bundle;
  both.add(next);
  if (both.tokens() >= bundle.tokens() + group.tokens()) return std::nullopt;
  return both;
}

}  // namespace

std::vector<Batch> pack(std::span<const Group* const> groups, const Reading& reading,
                        const PackOptions& options) {
  std::vector<const Group*> ordered(groups.begin(), groups.end());
  if (options.group_by_prompt) ordered = by_prompt(groups);
  std::vector<Batch> batches;
  std::vector<Bundle> current;
  int64_t tokens = 0;
  for (const Group* group : ordered) {
    const Bundle alone(*group, reading);
    std::optional<Bundle> both;
    if (options.group_by_prompt && !current.empty()) both = joined(current.back(), alone);
    int64_t more = both ? both->tokens() - current.back().tokens() : alone.tokens();
    if (!current.empty() && tokens + more > options.tokens_per_micro_batch) {
      batches.push_back(micro_batch(current, reading, options.workers));
      current.clear();
      both.reset();
      tokens = 0;
      more = alone.tokens();
    }
    if (both) {
      current.back() = std::move(*both);
    } else {
      current.push_back(alone);
    }
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

int64_t computed_tokens(const Group& group, const Reading& reading) {
  return Bundle(group, reading).tokens();
}

double weight_sum(const Group& group) {
  if (const auto* ranking = std::get_if<Ranking>(&group.judgement)) return ranking->weight;
  double sum = 0;
  if (const auto* preferences = std::get_if<Preferences>(&group.judgement)) {
    for (const Preference& preference : *preferences) sum += preference.weight;
  } else {
    for (const float weight : std::get<Scores>(group.judgement).weight) sum += weight;
  }
  return sum;
}

}  // namespace laurel
