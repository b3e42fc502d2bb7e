// pairs_from_scores: rows are grouped by prompt, then each prompt gives its pairs.
#include "data/sources/pairs_from_scores.h"

#include <algorithm>
#include <cmath>
#include <compare>
#include <map>
#include <memory>
#include <numeric>
#include <span>
#include <unordered_map>

#include "core/error.h"
#include "core/mapped_file.h"
#include "core/random.h"
#include "data/sources/row_file.h"
#include "data/sources/split.h"

namespace laurel {

namespace {

// A difference that is min_gap on paper must not miss it by the rounding of fp32 scores.
constexpr double kSameScore = 1e-6;

// One response of a prompt with its score. Equal ones are one candidate.
struct Candidate {
  Response response;
  ResponseStats stats;
  double score = 0, weight = 0;
  std::vector<size_t> rows;  // where it stands
};

struct Prompt {
  Pooling pooling;
  std::vector<Candidate> candidates = {};
  std::map<std::vector<int32_t>, size_t> known = {};  // computed tokens -> candidate

  // Returns whether the response is new.
  bool add(const Response& response, const ResponseStats& stats, double score, double weight,
           size_t row) {
    const auto end = response.ids.begin() + computed_length(response, pooling);
    const auto [found, is_new] = known.try_emplace({response.ids.begin(), end}, candidates.size());
    if (is_new) candidates.push_back({.response = response, .stats = stats});
    Candidate& candidate = candidates[found->second];
    candidate.weight += weight;
    candidate.score += (score - candidate.score) * weight / candidate.weight;
    candidate.rows.push_back(row);
    return is_new;
  }
};

// Which candidates take part: all, or a fixed random subset that depends on the prompt alone.
std::vector<size_t> sample_responses(size_t count, int64_t most, uint64_t prompt_hash) {
  std::vector<size_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  if (static_cast<int64_t>(count) <= most) return order;
  Random(prompt_hash, 0).shuffle(order);
  order.resize(static_cast<size_t>(most));
  std::ranges::sort(order);
  return order;
}

Preferences pairs_of(const std::vector<Candidate>& candidates, std::span<const size_t> taken,
                     const PairsFromScores& options) {
  Preferences pairs;
  for (size_t a = 0; a < taken.size(); ++a) {
    for (size_t b = a + 1; b < taken.size(); ++b) {
      const Candidate &one = candidates[taken[a]], &other = candidates[taken[b]];
      const double gap = one.score - other.score;
      const double error = kSameScore * std::max(std::abs(one.score), std::abs(other.score));
      if (gap == 0 || std::abs(gap) < options.min_gap - error) continue;
      const bool first = gap > 0;
      const bool margin = options.margin == PairMargin::gap;
      pairs.push_back({.better = static_cast<int32_t>(first ? taken[a] : taken[b]),
                       .worse = static_cast<int32_t>(first ? taken[b] : taken[a]),
                       .margin = margin ? static_cast<float>(std::abs(gap)) : 0,
                       .weight = static_cast<float>((one.weight + other.weight) / 2)});
    }
  }
  if (options.weight == PairWeight::prompt) {
    for (Preference& pair : pairs) pair.weight /= static_cast<float>(pairs.size());
  }
  return pairs;
}

void mark(std::vector<LoadedRow>& rows, const Candidate& candidate, Outcome outcome) {
  for (const size_t row : candidate.rows) rows[row].outcome = outcome;
}

// Candidates that are in a pair, in the order of the pairs, which then count in that order.
std::vector<size_t> renumber(Preferences& pairs, size_t candidates) {
  std::vector<int32_t> place(candidates, -1);
  std::vector<size_t> paired;
  for (Preference& pair : pairs) {
    for (int32_t* response : {&pair.better, &pair.worse}) {
      int32_t& at = place[static_cast<size_t>(*response)];
      if (at < 0) {
        at = static_cast<int32_t>(paired.size());
        paired.push_back(static_cast<size_t>(*response));
      }
      *response = at;
    }
  }
  return paired;
}

// The first row with a response that is in a pair gets the group: its id names a line with one of
// the texts compared.
void put_group(std::vector<LoadedRow>& rows, std::vector<Candidate>& candidates,
               const std::vector<size_t>& paired, Preferences pairs) {
  size_t first = rows.size();
  for (const size_t i : paired) {
    mark(rows, candidates[i], Outcome::merged);
    for (const size_t row : candidates[i].rows) first = std::min(first, row);
  }
  LoadedRow& row = rows[first];
  row.outcome = Outcome::used;
  row.group.responses.clear();
  row.stats.clear();
  for (const size_t i : paired) {
    row.group.responses.push_back(std::move(candidates[i].response));
    row.stats.push_back(candidates[i].stats);
  }
  row.group.label = std::move(pairs);
}

void pair(Prompt prompt, uint64_t prompt_hash, const PairsFromScores& options,
          std::vector<LoadedRow>& rows, PairsReport& found) {
  std::vector<Candidate>& all = prompt.candidates;
  const std::vector<size_t> taken =
      sample_responses(all.size(), options.max_responses, prompt_hash);
  Preferences pairs = pairs_of(all, taken, options);
  found.capped += taken.size() < all.size();
  for (const Candidate& candidate : all) mark(rows, candidate, Outcome::max_responses);
  for (const size_t i : taken) mark(rows, all[i], Outcome::no_pair);
  if (pairs.empty()) return;
  const std::vector<size_t> paired = renumber(pairs, all.size());
  ++found.prompts;
  found.responses += static_cast<int64_t>(paired.size());
  found.pairs += static_cast<int64_t>(pairs.size());
  put_group(rows, all, paired, std::move(pairs));
}

// Of the rows of one prompt.
Prompt prompt_of(const std::vector<size_t>& of_prompt, const std::vector<LoadedRow>& rows,
                 const Pooling& pooling, PairsReport& found) {
  Prompt prompt{.pooling = pooling};
  for (const size_t i : of_prompt) {
    const auto& [score, weight, deviation, positions] = std::get<Ratings>(rows[i].group.label);
    found.repeated += !prompt.add(rows[i].group.responses.front(), rows[i].stats.front(),
                                  score.front(), weight.front(), i);
  }
  return prompt;
}

// Of one list, which has one weight.
Prompt prompt_of(const Ranking& ranking, size_t i, const std::vector<LoadedRow>& rows,
                 const Pooling& pooling, PairsReport& found) {
  Prompt prompt{.pooling = pooling};
  for (size_t k = 0; k < ranking.rank.size(); ++k) {
    if (ranking.rank[k] < 0) continue;
    found.repeated += !prompt.add(rows[i].group.responses[k], rows[i].stats[k], ranking.score[k],
                                  ranking.weight, i);
  }
  for (Candidate& candidate : prompt.candidates) candidate.weight = ranking.weight;
  return prompt;
}

float weight_of(const Group& group) {
  const auto* ranking = std::get_if<Ranking>(&group.label);
  return ranking ? ranking->weight : std::get<Ratings>(group.label).weight.front();
}

}  // namespace

PairsReport make_pairs_from_scores(std::vector<LoadedRow>& rows, const PairsFromScores& options,
                                   const Pooling& pooling) {
  PairsReport found;
  std::unordered_map<uint64_t, size_t> by_hash;
  std::vector<std::vector<size_t>> prompts;  // rows of each
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].outcome != Outcome::used) continue;
    const uint64_t hash = rows[i].group.prompt_hash;
    if (weight_of(rows[i].group) == 0) {
      rows[i].outcome = Outcome::weight_0;
    } else if (const auto* ranking = std::get_if<Ranking>(&rows[i].group.label)) {
      pair(prompt_of(*ranking, i, rows, pooling, found), hash, options, rows, found);
    } else {
      const auto [known, is_new] = by_hash.try_emplace(hash, prompts.size());
      if (is_new) prompts.emplace_back();
      prompts[known->second].push_back(i);
    }
  }
  for (const std::vector<size_t>& of_prompt : prompts) {
    const uint64_t hash = rows[of_prompt.front()].group.prompt_hash;
    pair(prompt_of(of_prompt, rows, pooling, found), hash, options, rows, found);
  }
  return found;
}

namespace {

struct PromptRow {
  uint64_t prompt;
  size_t row;
  auto operator<=>(const PromptRow&) const = default;
};

// The rows by prompt, each prompt's in their order; of lists, each by itself.
std::vector<PromptRow> by_prompt(const Groups& groups) {
  std::vector<PromptRow> rows;
  const bool lists = !groups.empty() && std::holds_alternative<Ranking>(groups.label(0));
  for (size_t i = 0; i < groups.size(); ++i) {
    rows.push_back({lists ? i : groups.entry(i).prompt_hash, i});
  }
  std::ranges::sort(rows);
  return rows;
}

void add(const PairsReport& more, PairsReport& found) {
  found.prompts += more.prompts;
  found.responses += more.responses;
  found.pairs += more.pairs;
  found.repeated += more.repeated;
  found.capped += more.capped;
}

}  // namespace

PairsReport make_pairs_from_scores(Split& split, const PairsFromScores& options,
                                   const Pooling& pooling) {
  const Groups& before = split.groups;
  const std::vector<PromptRow> rows = by_prompt(before);
  UnnamedFile file;
  RowFileWriter writer([&](std::string_view bytes) { file.write(bytes); }, 0);
  PairsReport found;
  std::vector<PromptRow> places;  // in the file, by the row that each group stands for
  uint64_t written = 0;
  for (size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
    std::vector<LoadedRow> of_prompt;
    for (; end < rows.size() && rows[end].prompt == rows[begin].prompt; ++end) {
      of_prompt.push_back(before.row(rows[end].row));
    }
    add(make_pairs_from_scores(of_prompt, options, pooling), found);
    for (size_t i = 0; i < of_prompt.size(); ++i) {
      const Outcome outcome = of_prompt[i].outcome;
      if (const char* reason = reason_of(outcome)) {
        ++split.report.dropped[reason];
        --split.report.used;
        split.report.truncated -= of_prompt[i].truncated;
        split.report.special_text -= of_prompt[i].special_text;
      }
      if (outcome != Outcome::used) continue;
      writer.add(bytes_of(of_prompt[i], pooling), {});
      places.push_back({rows[begin + i].row, written++});
    }
  }
  writer.finish("", "");
  std::optional<RowFile> made = RowFile::open(file.map(), "pairs of scores", "", std::nullopt);
  if (!made) throw Error{ErrorKind::data, "a temporary file of pairs cannot be read"};
  // A prompt is still used where some row of it is.
  split.report.prompts = std::ssize(made->prompts());
  std::ranges::sort(places);  // where the rows were
  Groups groups({{std::make_shared<const RowFile>(std::move(*made)), 0}});
  groups.set_source(before.source());
  SliceValues slices;
  for (const auto& [row, place] : places) {
    groups.add(0, place);
    if (!split.slices.empty()) slices.push_back(split.slices[row]);
  }
  split.groups = std::move(groups);
  split.slices = std::move(slices);
  return found;
}

}  // namespace laurel
