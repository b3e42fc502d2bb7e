// Samplers. Credits are compared with a tolerance: shares like 0.1 and 0.7 tie on paper, not in
// doubles.
#include "data/batches/sampler.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/error.h"
#include "core/random.h"
#include "core/str.h"

namespace laurel {

namespace {

constexpr double kRoundOff = 1e-9;  // 0.29 * 100 is 28.999999999999996, and 29 is meant

bool is_active(const StepRange& range, int64_t step) {
  return range.from <= step && step < range.to;
}

// The option by which groups are not taken evenly; null without one.
const char* uneven_option(const SourceOptions& source) {
  if (source.share) return ".share";
  if (source.active != Active{}) return ".active";
  return source.sampling == Sampling::balanced ? ".sampling" : nullptr;
}

RunLength length_of_epochs(std::span<const SourceData> sources, int64_t batch_size, double epochs,
                           int64_t groups) {
  for (const SourceData& source : sources) {
    const char* uneven = uneven_option(source.options);
    if (!uneven) continue;
    throw Error{ErrorKind::usage,
                str("train.epochs: found together with sources.", source.options.name, uneven,
                    ", expected train.steps: an epoch of sources "
                    "that are not sampled uniformly is not defined")};
  }
  const auto sampled =
      std::max<int64_t>(1, std::ceil(static_cast<double>(groups) * epochs - kRoundOff));
  return {.steps = (sampled + batch_size - 1) / batch_size, .groups = sampled};
}

}  // namespace

RunLength run_length(std::span<const SourceData> sources, int64_t batch_size,
                     std::optional<int64_t> steps, std::optional<double> epochs) {
  if (steps.has_value() == epochs.has_value()) {
    throw Error{ErrorKind::usage, str("train: found ", steps ? "both" : "neither",
                                      " steps and epochs, expected one of them")};
  }
  int64_t groups = 0;
  for (const SourceData& source : sources) {
    groups += static_cast<int64_t>(source.train.groups.size());
  }
  if (groups == 0) {
    throw Error{ErrorKind::usage, "sources: found no training rows, expected a source with train"};
  }
  if (epochs) return length_of_epochs(sources, batch_size, *epochs, groups);
  return {.steps = *steps, .groups = *steps * batch_size};
}

StepRange active_steps(const Active& active, int64_t steps) {
  const auto at = [&](double fraction) {
    return static_cast<int64_t>(std::floor(fraction * static_cast<double>(steps) + kRoundOff));
  };
  return {.from = at(active.from), .to = at(active.to)};
}

std::vector<StepRange> phases_of(std::span<const StepRange> active, int64_t steps) {
  std::set<int64_t> borders{0, steps};
  for (const auto& [from, to] : active) {
    if (from < to) borders.insert({from, to});
  }
  std::vector<StepRange> phases;
  for (auto border = borders.begin(); std::next(border) != borders.end(); ++border) {
    phases.push_back({*border, *std::next(border)});
  }
  return phases;
}

SourceSampler::SourceSampler(std::vector<double> shares, std::vector<StepRange> active,
                             int64_t steps)
    : shares_(std::move(shares)), active_(std::move(active)) {
  std::vector<int64_t> borders{0};
  for (const StepRange& range : active_) borders.insert(borders.end(), {range.from, range.to});
  for (const int64_t border : borders) {
    if (border >= steps) continue;
    enter(border);
    if (!now_.empty()) continue;
    throw Error{ErrorKind::usage,
                str("sources: found no source with training rows that is active at step ", border,
                    " of ", steps, ", expected one at every step (active.from, active.to)")};
  }
  now_.clear();
  step_ = -1;
}

void SourceSampler::enter(int64_t step) {
  step_ = step;
  std::vector<SourceId> now;
  for (size_t s = 0; s < shares_.size(); ++s) {
    if (shares_[s] > 0 && is_active(active_[s], step)) now.push_back(static_cast<SourceId>(s));
  }
  if (now == now_) return;
  now_ = std::move(now);
  sampled_ = 0;
  taken_.assign(shares_.size(), 0);
  total_ = 0;
  for (const SourceId s : now_) total_ += shares_[s];
}

SourceId SourceSampler::next(int64_t step) {
  if (step != step_) enter(step);
  SourceId best = now_.front();
  double best_credit = -std::numeric_limits<double>::infinity();
  for (const SourceId s : now_) {
    const double credit =
        shares_[s] * static_cast<double>(sampled_) / total_ - static_cast<double>(taken_[s]);
    if (credit > best_credit + kRoundOff) {
      best = s;
      best_credit = credit;
    }
  }
  ++sampled_;
  ++taken_[best];
  return best;
}

void SourceSampler::save(SamplerState& state) const {
  state.sampled = sampled_;
  for (size_t s = 0; s < taken_.size(); ++s) state.sources[s].taken = taken_[s];
}

bool SourceSampler::restore(const SamplerState& state) {
  enter(state.step - 1);
  sampled_ = state.sampled;
  int64_t all = 0;
  for (size_t s = 0; s < taken_.size(); ++s) {
    const auto& [parts, total_taken, taken] = state.sources[s];
    const bool takes_part = std::ranges::find(now_, static_cast<SourceId>(s)) != now_.end();
    if (taken < 0 || taken > (takes_part ? total_taken : 0)) return false;
    taken_[s] = taken;
    all += taken;
  }
  return all == sampled_;
}

EpochSampler::EpochSampler(const std::vector<int64_t>& groups, uint64_t stream, bool shuffle,
                           int64_t seed)
    : groups_(groups.begin(), groups.end()), stream_(stream), shuffle_(shuffle), seed_(seed) {
  for (size_t i = 0; i < groups.size(); ++i) {
    TORCH_INTERNAL_ASSERT(groups_[i] == groups[i], "a source of more than 2^32 groups");
  }
  begin_epoch();
}

void EpochSampler::begin_epoch() {
  cursor_.position = 0;
  order_ = groups_;
  const uint64_t stream = stream_ | static_cast<uint64_t>(cursor_.epoch);
  if (shuffle_) Random(static_cast<uint64_t>(seed_), stream).shuffle(order_);
}

int64_t EpochSampler::next() {
  if (cursor_.position == std::ssize(order_)) {
    ++cursor_.epoch;
    begin_epoch();
  }
  return order_[cursor_.position++];
}

// An epoch ends when the first group of the next one is taken.
bool EpochSampler::restore(const EpochCursor& cursor, int64_t taken) {
  const int64_t groups = std::ssize(groups_);
  if (taken > 0 && groups == 0) return false;
  const int64_t epoch = taken > 0 ? (taken - 1) / groups : 0;
  if (cursor != EpochCursor{.epoch = epoch, .position = taken - epoch * groups}) return false;
  cursor_.epoch = cursor.epoch;
  begin_epoch();
  cursor_.position = cursor.position;
  return true;
}

GroupSampler::GroupSampler(const std::vector<std::vector<int64_t>>& parts, SourceId source,
                           bool shuffle, int64_t seed) {
  for (size_t part = 0; part < parts.size(); ++part) {
    const uint64_t stream = (static_cast<uint64_t>(source) << 40) | (uint64_t{part} << 20);
    parts_.emplace_back(parts[part], stream, shuffle, seed);
  }
}

int64_t GroupSampler::next() { return parts_[total_taken_++ % std::ssize(parts_)].next(); }

void GroupSampler::save(SourceCursor& cursor) const {
  cursor.total_taken = total_taken_;
  cursor.parts.clear();
  for (const EpochSampler& part : parts_) cursor.parts.push_back(part.cursor());
}

bool GroupSampler::restore(const SourceCursor& cursor) {
  if (cursor.total_taken < 0 || cursor.parts.size() != parts_.size()) return false;
  total_taken_ = cursor.total_taken;
  const int64_t parts = std::ssize(parts_);
  for (int64_t part = 0; part < parts; ++part) {
    const int64_t taken = total_taken_ / parts + (part < total_taken_ % parts ? 1 : 0);
    if (!parts_[part].restore(cursor.parts[part], taken)) return false;
  }
  return parts > 0 || total_taken_ == 0;
}

}  // namespace laurel
