// Counts of directions, agreements and lists of scores, in words.
#include "data/sources/label_findings.h"

#include <algorithm>
#include <cmath>

#include "core/json.h"
#include "core/percent.h"
#include "core/str.h"

namespace laurel {

namespace {

constexpr int64_t kFewPairs = 8;

std::string index_entry(const GuardContext& context) {
  return str("\"fields\": ",
             Json{{"preferred", str("['a', 'b'][", context.preference, "]")}}.dump());
}

void add_direction(const GuardTally& tally, const GuardContext& context, GuardFindings& out) {
  const auto& [pairs, first, longer, shorter] = tally.direction;
  if (pairs == 0) return;
  std::string note = str(count_text(pairs, "pair"), ", whose better response is");
  if (first < pairs) note += str(" the first in ", percent(first, pairs), ",");
  if (longer + shorter > 0) note += str(" the longer in ", percent(longer, longer + shorter), ",");
  bool confirmed = false, turned = false;
  for (const auto& [fields, of] : tally.agreement) {
    const int64_t all = of.higher + of.lower;
    if (all == 0) continue;
    note += str(" that with the higher of ", fields, " in ", percent(of.higher, all), ",");
    // One deviation of an even share is 1 / (2 sqrt(n)).
    const double off = (static_cast<double>(of.higher) / static_cast<double>(all) - .5) * 2 *
                       std::sqrt(static_cast<double>(all));
    confirmed |= all >= kFewPairs && off > 2;
    if (all < kFewPairs || off > -2) continue;
    turned = true;
    out.warnings.push_back(
        str("of ", count_text(all, "pair"), " whose ", fields, " differ, only ",
            percent(of.higher, all),
            " prefer the higher: are the labels turned round? An index of the better response "
            "is written ",
            index_entry(context)));
  }
  if (note.ends_with(',')) {
    note.pop_back();
    out.notes.push_back(std::move(note));
  }
  const Occurrences& whole = tally.whole_preference;
  if (confirmed || turned || whole.count < std::max<int64_t>(2, tally.rows)) return;
  out.warnings.push_back(
      str("\"preference\" is 0 or 1 in all ", count_text(whole.count, "row"),
          ": it is read as the probability that the first response is better, so 1 prefers the "
          "first",
          first_of(whole), "; if 0 does, write ", index_entry(context)));
}

// A margin is how far the better response leads, not how far the first or the second does.
void add_margins(const MarginTally& of, GuardFindings& out) {
  const int64_t above = of.above_first + of.above_second, below = of.below_first + of.below_second;
  if (above + below < kFewPairs || below == 0) return;
  const bool by_first = of.below_first + of.above_second == 0 && of.above_first > 0;
  const bool by_second = of.above_first + of.below_second == 0 && of.above_second > 0;
  if (!by_first && !by_second && above > 0) return;
  const char* sign = by_first    ? ", all where the second response is better"
                     : by_second ? ", all where the first response is better"
                                 : "";
  out.warnings.push_back(
      str(below, " of ", count_text(above + below, "margin"), " are below 0", sign,
          ": a margin is how far the better response is to lead, better - worse; "
          "write \"fields\": {\"margin\": \"margin | abs\"}"));
}

// Annotators differ at random, attributes by their places: in the share of the variance that the
// places explain, or in how much they vary.
void add_vectors(const VectorTally& of, const GuardContext& context, GuardFindings& out) {
  if (of.ragged || of.rows < kFewPairs || of.places.size() < 2) return;
  RunningMoments all;
  double within = 0, least = of.places[0].deviation(), most = least;
  std::vector<std::string> means;
  for (const RunningMoments& place : of.places) {
    all = sum_of(all, place);
    within += place.squares;
    least = std::min(least, place.deviation());
    most = std::max(most, place.deviation());
    means.push_back(significant(place.mean, 3));
  }
  constexpr double kExplained = .3, kOtherSpread = 4;
  const bool by_place = all.squares > 0 && 1 - within / all.squares >= kExplained;
  if (!by_place && most <= kOtherSpread * least) return;
  out.warnings.push_back(str("\"scores\" are lists of ", of.places.size(),
                             " whose places differ (their means: ", join(means, ", "),
                             "), and are averaged as if annotators gave them; for attributes write "
                             "\"attributes\": [\"first\", ...] with \"fields\": {\"first\": \"",
                             context.scores, "[0]\", ...}"));
}

}  // namespace

void add_label_findings(const GuardTally& tally, const GuardContext& context, GuardFindings& out) {
  add_direction(tally, context, out);
  add_margins(tally.margins, out);
  add_vectors(tally.vectors, context, out);
}

}  // namespace laurel
