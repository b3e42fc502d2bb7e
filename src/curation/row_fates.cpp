// From margins to fates.
#include "curation/row_fates.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/percent.h"
#include "core/str.h"
#include "curation/noise_fit.h"

namespace laurel {

namespace {

constexpr size_t kFewestOfPart = 30;  // pairs of which a noise of their own is said

double six_digits(double value) { return std::round(value * 1e6) / 1e6; }

// Field and value of each part that a pair belongs to. They must not depend on its label: of pairs
// that are chosen by what the label says, more labels are wrong without any habit behind it.
using Parts = std::vector<std::pair<std::string, std::string>>;

Parts parts_of(const CurationRows& rows, const CurationRow& row) {
  Parts parts;
  const auto& fields = rows.sources[row.place.source].options.slices;
  for (size_t i = 0; i < fields.size() && i < row.slices.size(); ++i) {
    parts.emplace_back(fields[i], row.slices[i]);
  }
  return parts;
}

// Parts whose labels are wrong more often than those of the other pairs of the source.
std::vector<NoisyPart> noisy_parts(const CurationRows& rows, const std::vector<JudgedPair>& pairs,
                                   double slope) {
  std::map<std::pair<std::string, std::string>, std::vector<size_t>> members;
  for (size_t i = 0; i < pairs.size(); ++i) {
    for (auto& part : parts_of(rows, rows.rows[pairs[i].row]))
      members[std::move(part)].push_back(i);
  }
  std::vector<NoisyPart> out;
  for (const auto& [part, inside] : members) {
    if (inside.size() < kFewestOfPart || pairs.size() - inside.size() < kFewestOfPart) continue;
    std::vector<double> own, others;
    size_t next = 0;
    for (size_t i = 0; i < pairs.size(); ++i) {
      const bool in = next < inside.size() && inside[next] == i;
      (in ? own : others).push_back(pairs[i].margin);
      next += in;
    }
    const PartNoise here = noise_of_part(own, slope), rest = noise_of_part(others, slope);
    if (here.interval.low <= rest.interval.high) continue;
    out.push_back({part.first, part.second, std::ssize(own), six_digits(here.noise),
                   six_digits(here.interval.low), six_digits(here.interval.high),
                   six_digits(rest.noise)});
  }
  std::ranges::stable_sort(out, std::ranges::greater{}, &NoisyPart::noise);
  return out;
}

void check_identified(const NoiseFit& fit, const std::string& source, int64_t pairs) {
  if (fit.identified()) return;
  throw Error{ErrorKind::data,
              str("source ", source, ": the margins of ", pairs,
                  " pairs do not say how many labels are wrong: between ",
                  percent(fit.noise_interval.low), " and ", percent(fit.noise_interval.high),
                  ", expected an interval of at most ", percent(kWidestNoiseInterval),
                  "; give curation.noise, use a better judge, or more pairs")};
}

void decide(double wrong, const CurationOptions& options, RowFate& fate) {
  if (options.soft) {
    fate.fate = Fate::softened;
    fate.better_wins = 1 - wrong;
  } else if (options.flip && wrong >= *options.flip) {
    fate.fate = Fate::flipped;
  } else if (options.drop && wrong >= *options.drop) {
    fate.fate = Fate::dropped;
  }
}

}  // namespace

std::vector<size_t> rows_to_judge(const CurationRows& rows, int32_t source, RowFates& fates,
                                  SourceNoise& noise) {
  std::vector<size_t> judged;
  for (size_t i = 0; i < rows.rows.size(); ++i) {
    const CurationRow& row = rows.rows[i];
    if (row.place.source != source || row.eval || fates[i].fate != Fate::kept) continue;
    if (has_sure_label(row)) {
      judged.push_back(i);
      continue;
    }
    ++noise.not_judged["a tie or an uncertain label"];
    fates[i].facts["not_judged"] = "a tie or an uncertain label";
  }
  return judged;
}

void judge_source(const CurationRows& rows, int32_t source, const PairMargins& judgement,
                  const CurationOptions& options, RowFates& fates, SourceNoise& noise) {
  std::vector<JudgedPair> pairs;
  std::vector<double> margins;
  for (const JudgedPair& pair : judgement.pairs) {
    if (rows.rows[pair.row].place.source != source) continue;
    pairs.push_back(pair);
    margins.push_back(pair.margin);
  }
  noise.pairs = std::ssize(pairs);
  if (pairs.empty()) return;
  const NoiseFit fit = fit_noise(margins, options.noise);
  check_identified(fit, noise.source, noise.pairs);
  const Disagreement found = disagreement(fit, margins);
  noise.noise = six_digits(fit.noise);
  noise.noise_low = six_digits(fit.noise_interval.low);
  noise.noise_high = six_digits(fit.noise_interval.high);
  noise.noise_given = options.noise.has_value();
  noise.slope = six_digits(fit.slope);
  noise.slope_low = six_digits(fit.slope_interval.low);
  noise.slope_high = six_digits(fit.slope_interval.high);
  noise.disagreement = six_digits(found.found);
  noise.explained_disagreement = six_digits(found.explained);
  noise.accuracy = six_digits(found.accuracy);
  noise.parts = noisy_parts(rows, pairs, fit.slope);
  for (const JudgedPair& pair : pairs) {
    RowFate& fate = fates[pair.row];
    const double wrong = six_digits(probability_wrong(fit, pair.margin));
    fate.rule = pair.fold < 0 ? "judge" : "folds";
    fate.facts["margin"] = six_digits(pair.margin);
    fate.facts["wrong"] = wrong;
    if (pair.fold >= 0) fate.facts["fold"] = pair.fold + 1;
    decide(wrong, options, fate);
  }
}

std::string text_of(const SourceNoise& noise) {
  if (noise.pairs == 0) return str(noise.source, ": no pair was judged\n");
  std::string text =
      str(noise.source, ": ", noise.pairs, " pairs judged: ", percent(noise.noise),
          " of their labels are wrong",
          noise.noise_given
              ? " (curation.noise)"
              : str(" (95 %: ", percent(noise.noise_low), " to ", percent(noise.noise_high), ")"),
          "\n", noise.source, ": the model disagrees with ", percent(noise.disagreement),
          " of the labels; this noise and its accuracy of ", percent(noise.accuracy),
          " on right labels explain ", percent(noise.explained_disagreement), "\n");
  for (const NoisyPart& part : noise.parts) {
    text += str(noise.source, ": ", part.field, " ", part.value, ": ", percent(part.noise), " of ",
                part.pairs, " labels are wrong (95 %: ", percent(part.noise_low), " to ",
                percent(part.noise_high), "), of the others ", percent(part.rest),
                part.noise_low > 0.5 ? "; it may be turned round as a whole" : "", "\n");
  }
  return text;
}

}  // namespace laurel
