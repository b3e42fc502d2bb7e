// Packing: groups into micro-batches, these into worker parts, and the tensors of each.
#include "data/batches/pack.h"

#include <map>
#include <optional>
#include <unordered_map>

#include "data/batches/label_collator.h"
#include "data/batches/tensor_of.h"
#include "data/batches/worker_parts.h"
#include "data/prompt_group.h"

namespace laurel {

namespace {

class MicroBatch {
 public:
  explicit MicroBatch(const Pooling& pooling) : pooling_(pooling) {}

  void add_part(const std::vector<PromptGroup>& prompt_groups) {
    WorkerPart part{.token_begin = tokens(), .token_end = 0, .span_begin = spans(), .span_end = 0};
    for (const PromptGroup& prompt_group : prompt_groups) add(prompt_group);
    part.token_end = tokens();
    part.span_end = spans();
    worker_parts_.push_back(part);
  }

  Batch build() const {
    Batch batch;
    TokenBatch& tokens = batch.tokens;
    tokens.ids = tensor_of(ids_);
    tokens.position_ids = tensor_of(positions_);
    if (pooling_.token_types > 1) tokens.token_types = tensor_of(token_types_);
    std::vector<int32_t> begin, end;
    for (const PoolRange& range : pool_ranges_) {
      begin.push_back(range.begin);
      end.push_back(range.end);
    }
    tokens.pool_begin = tensor_of(begin);
    tokens.pool_end = tensor_of(end);
    tokens.worker_parts = worker_parts_;
    tokens.spans = spans_;
    tokens.row_lengths = row_lengths_;
    tokens.prompts = prompts_;
    for (const auto& [source, collator] : labels_) {
      batch.labels.push_back(collator.collate(source));
    }
    batch.origins = origins_;
    return batch;
  }

 private:
  int32_t tokens() const { return static_cast<int32_t>(ids_.size()); }
  int32_t spans() const { return static_cast<int32_t>(spans_.size()); }

  void add(const PromptGroup& prompt_group) {
    const int32_t shared = prompt_group.shared_prefix(), prefix = shared > 0 ? spans() : -1;
    const Group& first = *prompt_group.groups().front();
    if (shared > 0) add_span(first.prompt_hash, first.responses.front(), {0, shared}, -1);
    for (const Group* group : prompt_group.groups()) add(*group, shared, prefix);
  }

  // Adds a group whose first `shared` tokens are those of the span `prefix`.
  void add(const Group& group, int32_t shared, int32_t prefix) {
    std::vector<int64_t> first_positions;
    for (const Response& response : group.responses) {
      first_positions.push_back(static_cast<int64_t>(origins_.size()));
      const int32_t offset = tokens() - shared;  // from the response's tokens to the batch's
      add_span(group.prompt_hash, response, {shared, computed_length(response, pooling_)}, prefix);
      for (const auto& [from, to] : response.positions) {
        origins_.push_back(
            {.source = group.source,
             .group = group.id,
             .response = static_cast<int32_t>(first_positions.size()) - 1,
             .position = static_cast<int32_t>(origins_.size() - first_positions.back())});
        pool_ranges_.push_back({offset + from, offset + to});
      }
    }
    labels_[group.source].add(group.label, first_positions,
                              static_cast<int64_t>(origins_.size()) - first_positions.front());
  }

  // Tokens [begin, end) of the response.
  struct Tokens {
    int32_t begin, end;
  };
  void add_span(uint64_t prompt, const Response& response, Tokens of, int32_t prefix) {
    const auto [begin, end] = of;
    prompts_.push_back(prompt);
    spans_.push_back({.begin = tokens(), .length = end - begin, .prefix = prefix});
    row_lengths_.push_back(static_cast<int32_t>(response.ids.size()));
    for (int32_t i = begin; i < end; ++i) {
      ids_.push_back(response.ids[i]);
      positions_.push_back(i);
      token_types_.push_back(response.second_text >= 0 && i >= response.second_text ? 1 : 0);
    }
  }

  Pooling pooling_;
  std::vector<int32_t> ids_, positions_, token_types_;
  std::vector<Span> spans_;
  std::vector<int32_t> row_lengths_;  // of each span, as the next
  std::vector<uint64_t> prompts_;
  std::vector<WorkerPart> worker_parts_;
  std::vector<PoolRange> pool_ranges_;  // in tokens of the batch
  std::vector<PositionOrigin> origins_;
  std::map<SourceId, LabelCollator> labels_;
};

Batch micro_batch(const std::vector<PromptGroup>& prompt_groups, const Pooling& pooling,
                  int64_t workers) {
  MicroBatch batch(pooling);
  for (const auto& part : split_among_workers(prompt_groups, workers, pooling))
    batch.add_part(part);
  return batch.build();
}

// The groups of a prompt one after the other, where the first of them was.
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

// The prompt group with one more group, if that computes fewer tokens.
std::optional<PromptGroup> joined(const PromptGroup& prompt_group, const PromptGroup& group) {
  const Group& next = *group.groups().front();
  if (prompt_group.groups().back()->prompt_hash != next.prompt_hash) return std::nullopt;
  PromptGroup both = prompt_group;
  both.add(next);
  if (both.tokens() >= prompt_group.tokens() + group.tokens()) return std::nullopt;
  return both;
}

}  // namespace

std::vector<Batch> pack(std::span<const Group* const> groups, const Pooling& pooling,
                        const PackOptions& options) {
  std::vector<const Group*> ordered(groups.begin(), groups.end());
  if (options.group_by_prompt) ordered = by_prompt(groups);
  std::vector<Batch> batches;
  std::vector<PromptGroup> current;
  int64_t tokens = 0;
  for (const Group* group : ordered) {
    const PromptGroup alone(*group, pooling);
    std::optional<PromptGroup> both;
    if (options.group_by_prompt && !current.empty()) both = joined(current.back(), alone);
    int64_t more = both ? both->tokens() - current.back().tokens() : alone.tokens();
    if (!current.empty() && tokens + more > options.tokens_per_micro_batch) {
      batches.push_back(micro_batch(current, pooling, options.workers));
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
  if (!current.empty()) batches.push_back(micro_batch(current, pooling, options.workers));
  return batches;
}

}  // namespace laurel
