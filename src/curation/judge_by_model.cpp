// A trusted model's margins.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <unordered_map>

#include "application/model_precision.h"
#include "application/recorded_source.h"
#include "application/scorer.h"
#include "core/error.h"
#include "core/parallel.h"
#include "core/str.h"
#include "curation/judge_overlap.h"
#include "curation/judged_pairs.h"
#include "data/sources/load.h"
#include "eval/evaluate.h"

namespace laurel {

namespace {

// What comparisons are of: the only attribute, or the only weighted sum that its sources have.
std::vector<double> compared_columns(const std::string& judge, const RewardConfig& config) {
  std::vector<double> weights = source_model(config).columns.reward_weights;
  if (!weights.empty()) return weights;
  throw Error{
      ErrorKind::usage,
      str("curation.judge: found ", judge, " with the attributes ", join(config.attributes, ", "),
          ", expected a model with one reward, or whose sources combine them in one way "
          "(laurel export --combine SOURCE makes one)")};
}

// A source's training groups as the judge reads them.
SourceData load_for(const Scorer& scorer, SourceOptions source, DataOptions data, Log& log) {
  source.eval.clear();
  source.eval_fraction = 0;
  // The judge's rule, not that of the model to be trained; what is rendered stays so, and strings
  // beside lists of messages stay chat for a judge that reads strings so too.
  const bool both_chat =
      source.text == TextChoice::chat && scorer.reward_config().text.rule == TextRule::chat;
  if (source.text != TextChoice::rendered && !both_chat) source.text = TextChoice::automatic;
  data.special_text = scorer.reward_config().text.special_text;
  if (!data.threads) data.threads = available_cores();
  LoadContext context = scorer.load_context(data);
  context.progress = load_progress();
  SourceData loaded = load_source(source, 0, context);
  for (const std::string& note : loaded.notes) log.info(note);
  for (const std::string& warning : loaded.warnings) log.warn(warning);
  return loaded;
}

constexpr size_t kGroupsAtOnce = 4096;  // bounds the memory of their tokens

// Rewards by group of some groups, by response and then by column.
using GroupRewards = std::vector<std::vector<double>>;

GroupRewards rewards_of(const Groups& groups, std::span<const size_t> wanted, Scorer& scorer,
                        int64_t workers) {
  GroupRewards rewards;
  for (size_t begin = 0; begin < wanted.size(); begin += kGroupsAtOnce) {
    std::vector<Group> some;
    for (const size_t i : wanted.subspan(begin, std::min(kGroupsAtOnce, wanted.size() - begin))) {
      some.push_back(groups[i]);
    }
    GroupRewards of = score_groups([&](const TokenBatch& batch) { return scorer.score(batch); },
                                   some, scorer.pooling(), {.workers = workers});
    std::ranges::move(of, std::back_inserter(rewards));
  }
  return rewards;
}

// Why it leaves out rows of the source that training uses: their length, unless its template or
// tokenizer refuses some.
std::string why_not_read(const SourceData& loaded) {
  return loaded.train.report.bad > 0 ? "too long for the judge, or malformed to it"
                                     : "too long for the judge";
}

// Adds the margins of one source's pairs, in the order of `judged`.
void add_margins(const CurationRows& rows, std::span<const size_t> judged, const SourceData& loaded,
                 Scorer& scorer, const std::vector<double>& weights, int64_t workers,
                 PairMargins& all) {
  const Groups& groups = loaded.train.groups;
  std::unordered_map<uint64_t, size_t> by_id;
  for (size_t i = 0; i < groups.size(); ++i) by_id.emplace(groups.id(i), i);
  std::vector<JudgedPair> out;
  std::vector<size_t> wanted;
  for (const size_t number : judged) {
    const RowPlace& place = rows.rows[number].place;
    const auto group =
        by_id.find((static_cast<uint64_t>(place.file) << kLocationBits) | place.location);
    if (group == by_id.end()) {
      all.not_read.emplace(number, why_not_read(loaded));
      continue;
    }
    out.push_back({.row = number});
    wanted.push_back(group->second);
  }
  const GroupRewards rewards = rewards_of(groups, wanted, scorer, workers);
  for (size_t i = 0; i < out.size(); ++i) {
    const CurationRow& row = rows.rows[out[i].row];
    const size_t columns = rewards[i].size() / 2;
    const auto reward = [&](int32_t response) {
      double sum = 0;
      for (size_t c = 0; c < weights.size(); ++c) {
        sum += weights[c] * rewards[i][response * columns + c];
      }
      return sum;
    };
    const Preference label = std::get<Preferences>(row.label)[0];
    out[i].margin = reward(label.better) - reward(label.worse);
    if (std::isfinite(out[i].margin)) continue;
    throw Error{ErrorKind::non_finite,
                str(rows.where(row), ": the judge's reward is not a finite number")};
  }
  all.pairs.insert(all.pairs.end(), out.begin(), out.end());
}

void warn_of_rows_not_read(const PairMargins& margins, const Scorer& scorer, Log& log) {
  if (margins.not_read.empty()) return;
  log.warn(str("curation.judge: found ", count_text(std::ssize(margins.not_read), "pair"),
               " that training uses and the judge cannot read, expected rows of at most ",
               *scorer.reward_config().max_length,
               " tokens of its own; they are kept as they are, and rows.jsonl names them "
               "(not_judged)"));
}

}  // namespace

PairMargins judge_by_model(const CurationRows& rows, std::span<const size_t> judged,
                           const std::string& judge, const RunInputs& inputs,
                           const DataOptions& data, const Compute& compute, Log& log) {
  Compute own = compute;
  const OwnPrecision precision = own_precision(judge, compute.device);
  own.precision = precision.precision;
  Scorer scorer(judge, own, RowOptions{}, log);
  refuse_trained_judge(judge, scorer.trained_here() ? &scorer.reward_config() : nullptr, rows,
                       static_cast<int>(data.threads.value_or(available_cores())), log);
  const std::vector<double> weights = compared_columns(judge, scorer.reward_config());
  const TrainedPairs trained = trained_pairs(rows, judged, inputs);
  PairMargins out;
  for (size_t source = 0; source < rows.sources.size(); ++source) {
    std::vector<size_t> of_source;
    for (const JudgedPair& pair : trained.pairs) {
      const RowPlace& place = rows.rows[pair.row].place;
      if (place.source == static_cast<int32_t>(source)) of_source.push_back(pair.row);
    }
    if (of_source.empty()) continue;
    const SourceData loaded = load_for(scorer, rows.sources[source].options, data, log);
    add_margins(rows, of_source, loaded, scorer, weights, compute.workers, out);
  }
  warn_of_rows_not_read(out, scorer, log);
  double squares = 0;
  for (const JudgedPair& pair : out.pairs) squares += pair.margin * pair.margin;
  const double scale = std::sqrt(squares / static_cast<double>(out.pairs.size()));
  for (JudgedPair& pair : out.pairs) pair.margin = scale > 0 ? pair.margin / scale : 0;
  return out;
}

}  // namespace laurel
