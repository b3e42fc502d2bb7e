// Splits. All rows of a prompt go to the same split, or evaluation would contain training prompts.
#include "data/sources/split.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <unordered_set>

#include "core/error.h"
#include "core/random.h"
#include "core/str.h"

namespace laurel {

namespace {

constexpr size_t kFewestPrompts = 20;

uint64_t identity(const std::vector<ResponseStats>& stats) {
  uint64_t sum = 0;  // in any order
  for (const ResponseStats& fact : stats) sum += mix64(fact.hash);
  return sum;
}

// Why a row is dropped; null for one that is not.
const char* reason_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::over_length: return "over_length";
    case Outcome::identical: return "identical";
    case Outcome::no_pair: return "no_pair";
    case Outcome::weight_0: return "weight_0";
    case Outcome::max_responses: return "max_responses";
    case Outcome::used:
    case Outcome::merged:
    case Outcome::bad: break;
  }
  return nullptr;
}

// visit(score, weight) for all of one attribute.
template <class Visit>
void for_each_score(Split& split, size_t attribute, size_t attributes, const Visit& visit) {
  for (Group& group : split.groups) {
    auto& scores = std::get<Ratings>(group.label);
    for (size_t i = attribute; i < scores.score.size(); i += attributes) {
      visit(scores.score[i], scores.weight[i]);
    }
  }
}

Scaling standardize(Split& train, size_t attribute, size_t attributes, const std::string& source) {
  const auto each = [&](const auto& visit) { for_each_score(train, attribute, attributes, visit); };
  double weights = 0, sum = 0;
  each([&](float score, float weight) {
    weights += weight;
    sum += static_cast<double>(weight) * score;
  });
  const double mean = weights > 0 ? sum / weights : 0;
  double squares = 0;
  each([&](float score, float weight) { squares += weight * (score - mean) * (score - mean); });
  const double deviation = weights > 0 ? std::sqrt(squares / weights) : 0;
  if (!(deviation > 0)) {
    throw Error{ErrorKind::data, str(source,
                                     ": found one and the same score in all "
                                     "training rows, expected different ones to standardize")};
  }
  each([&](float& score, float) { score = static_cast<float>((score - mean) / deviation); });
  return {.mean = mean, .deviation = deviation};
}

}  // namespace

std::vector<LoadedRow> hold_out(std::vector<LoadedRow>& rows, double fraction,
                                const std::string& source) {
  std::set<uint64_t> prompts;  // mixed, hence in an order of their own
  for (const LoadedRow& row : rows) {
    if (row.outcome == Outcome::used) prompts.insert(mix64(row.group.prompt_hash));
  }
  if (prompts.size() < kFewestPrompts) {
    const auto too_long = std::ranges::count(rows, Outcome::over_length, &LoadedRow::outcome);
    throw Error{
        ErrorKind::data,
        str("source ", source, ": found ", prompts.size(), " different prompts",
            too_long == 0 ? ""
                          : str(" (", count_text(too_long, "row"), too_long == 1 ? " is" : " are",
                                " too long for model.max_length)"),
            ", expected ", kFewestPrompts, " or more for eval_fraction; name eval files instead")};
  }
  const double wanted = std::round(fraction * static_cast<double>(prompts.size()));
  const size_t count = std::clamp<size_t>(static_cast<size_t>(wanted), 1, prompts.size() - 1);
  const uint64_t last = *std::next(prompts.begin(), static_cast<ptrdiff_t>(count - 1));
  const auto held_out = std::stable_partition(rows.begin(), rows.end(), [&](const LoadedRow& row) {
    return row.outcome == Outcome::bad || mix64(row.group.prompt_hash) > last;
  });
  std::vector<LoadedRow> eval(std::make_move_iterator(held_out),
                              std::make_move_iterator(rows.end()));
  rows.erase(held_out, rows.end());
  return eval;
}

Split split_of(std::vector<LoadedRow> rows, const std::vector<std::string>& files) {
  Split split;
  split.files = files;
  LoadReport& report = split.report;
  std::unordered_set<uint64_t> prompts;
  for (LoadedRow& row : rows) {
    ++report.rows;
    if (row.outcome == Outcome::bad) ++report.bad;
    if (const char* reason = reason_of(row.outcome)) ++report.dropped[reason];
    if (row.outcome != Outcome::used && row.outcome != Outcome::merged) continue;
    ++report.used;
    report.truncated += row.truncated;
    report.special_text += row.special_text;
    prompts.insert(row.group.prompt_hash);
    if (row.outcome == Outcome::merged) continue;
    split.groups.push_back(std::move(row.group));
    split.stats.push_back(std::move(row.stats));
    if (!row.slices.empty()) split.slices.push_back(std::move(row.slices));
  }
  report.prompts = static_cast<int64_t>(prompts.size());
  return split;
}

std::vector<Scaling> standardize(Split& train, const std::vector<std::string>& attributes,
                                 const std::string& source) {
  std::vector<Scaling> scaling;
  for (size_t i = 0; i < attributes.size(); ++i) {
    const std::string attribute = attributes[i].empty() ? "" : str(", ", attributes[i]);
    scaling.push_back(standardize(train, i, attributes.size(), str("source ", source, attribute)));
  }
  return scaling;
}

int64_t repeated_rows(const std::vector<LoadedRow>& train, const std::vector<LoadedRow>& eval) {
  std::unordered_set<uint64_t> trained;
  for (const LoadedRow& row : train) {
    if (row.outcome == Outcome::used) trained.insert(identity(row.stats));
  }
  return std::ranges::count_if(eval, [&](const LoadedRow& row) {
    return row.outcome == Outcome::used && trained.contains(identity(row.stats));
  });
}

}  // namespace laurel
