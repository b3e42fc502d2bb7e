// Turned round: judgements of the same pairs, and a Bradley-Terry model of hashed words.
#include "curation/turned_round.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <utility>

#include "core/random.h"
#include "core/str.h"
#include "curation/judgements.h"
#include "curation/words.h"
#include "eval/statistics.h"

namespace laurel {

namespace {

constexpr size_t kMostJudgements = 20'000;  // of each, for the model of words
constexpr size_t kMostOfOthers = 100'000;   // together: many files cost no more than a few
constexpr int64_t kFewestToCompare = 100, kFewestSamePairs = 20;
constexpr double kDeviationsOfAccord = 3;
constexpr uint32_t kWordBuckets = 1u << 18;
constexpr int kEpochs = 3;
constexpr double kWordRate = 0.5, kWordDecay = 1e-4;

struct UnitJudgement {
  uint32_t prompt = 0, better = 0, worse = 0;
};

// A source or a file.
struct Unit {
  std::string name, source;
  std::vector<UnitJudgement> judgements;
};

using UnitKey = std::pair<int32_t, int32_t>;  // source, file or -1

UnitKey unit_of(const CurationRows& all, const CurationRow& row) {
  const bool several = all.sources[row.place.source].options.train.size() > 1;
  return {row.place.source, several ? row.place.file : -1};
}

// The buckets of the words of a text, each once.
class WordFeatures {
 public:
  explicit WordFeatures(const TextTable& texts) : texts_(texts) {}

  const std::vector<uint32_t>& of(uint32_t text) {
    const auto [known, is_new] = known_.try_emplace(texts_.words(text));
    if (!is_new) return known->second;
    std::vector<uint32_t>& buckets = known->second;
    for (const Word& word : words_of(texts_.normalised()[texts_.words(text)])) {
      buckets.push_back(static_cast<uint32_t>(word.hash % kWordBuckets));
    }
    std::ranges::sort(buckets);
    const auto repeated = std::ranges::unique(buckets);
    buckets.erase(repeated.begin(), repeated.end());
    return buckets;
  }

 private:
  const TextTable& texts_;
  std::map<uint32_t, std::vector<uint32_t>> known_;
};

// Words that only one of the two texts has, and on whose side they are.
struct WordDifference {
  std::vector<uint32_t> better, worse;
};

WordDifference difference_of(const UnitJudgement& judgement, WordFeatures& features) {
  const std::vector<uint32_t>& better = features.of(judgement.better);
  const std::vector<uint32_t>& worse = features.of(judgement.worse);
  WordDifference difference;
  std::ranges::set_difference(better, worse, std::back_inserter(difference.better));
  std::ranges::set_difference(worse, better, std::back_inserter(difference.worse));
  return difference;
}

// P(better) = sigmoid(sum of the weights of its words - those of the other's), by AdaGrad.
class WordModel {
 public:
  WordModel() : weight_(kWordBuckets), squares_(kWordBuckets, 1) {}

  double logit(const WordDifference& difference) const {
    double sum = 0;
    for (const uint32_t word : difference.better) sum += weight_[word];
    for (const uint32_t word : difference.worse) sum -= weight_[word];
    return sum / scale(difference);
  }

  void learn(const WordDifference& difference) {
    const double gradient = -sigmoid(-logit(difference)) / scale(difference);
    for (const uint32_t word : difference.better) step(word, gradient);
    for (const uint32_t word : difference.worse) step(word, -gradient);
  }

 private:
  static double scale(const WordDifference& difference) {
    const size_t words = difference.better.size() + difference.worse.size();
    return std::sqrt(static_cast<double>(std::max<size_t>(words, 1)));
  }

  void step(uint32_t word, double gradient) {
    gradient += kWordDecay * weight_[word];
    squares_[word] += gradient * gradient;
    weight_[word] -= kWordRate * gradient / std::sqrt(squares_[word]);
  }

  std::vector<double> weight_, squares_;
};

WordModel learn_words(std::vector<UnitJudgement> judgements, WordFeatures& features) {
  WordModel model;
  Random random(1);
  for (int epoch = 0; epoch < kEpochs; ++epoch) {
    random.shuffle(judgements);
    judgements.resize(std::min(judgements.size(), kMostOfOthers));
    for (const UnitJudgement& judgement : judgements) {
      model.learn(difference_of(judgement, features));
    }
  }
  return model;
}

void count_right(const WordModel& model, const std::vector<UnitJudgement>& judgements,
                 WordFeatures& features, int64_t& right, int64_t& all) {
  for (const UnitJudgement& judgement : judgements) {
    const double logit = model.logit(difference_of(judgement, features));
    right += logit > 0;
    all += logit != 0;
  }
}

Share right_by_others(const std::vector<Unit>& units, size_t unit, WordFeatures& features) {
  std::vector<UnitJudgement> others;
  for (size_t i = 0; i < units.size(); ++i) {
    if (i == unit) continue;
    others.insert(others.end(), units[i].judgements.begin(), units[i].judgements.end());
  }
  int64_t right = 0, all = 0;
  count_right(learn_words(std::move(others), features), units[unit].judgements, features, right,
              all);
  return share_of(right, all, kDeviationsOfAccord);
}

Share right_by_own(const Unit& unit, WordFeatures& features) {
  std::vector<UnitJudgement> halves[2];
  for (const UnitJudgement& judgement : unit.judgements) {
    halves[mix64(judgement.prompt) & 1].push_back(judgement);
  }
  int64_t right = 0, all = 0;
  for (const int half : {0, 1}) {
    if (halves[half].empty()) continue;
    count_right(learn_words(halves[half], features), halves[1 - half], features, right, all);
  }
  return share_of(right, all, kDeviationsOfAccord);
}

std::map<UnitKey, Unit> units_of(const CurationRows& all) {
  std::map<UnitKey, Unit> units;
  for (const CurationRow& row : all.rows) {
    if (row.eval) continue;
    const UnitKey key = unit_of(all, row);
    for (const Judgement& judgement : judgements_of(row)) {
      if (judgement.tie) continue;
      units[key].judgements.push_back({row.prompt, judgement.better, judgement.worse});
    }
  }
  for (auto& [key, unit] : units) {
    unit.source = all.sources[key.first].options.name;
    unit.name = key.second < 0 ? unit.source : all.sources[key.first].files[key.second];
    Random random(2);
    random.shuffle(unit.judgements);
    unit.judgements.resize(std::min(unit.judgements.size(), kMostJudgements));
  }
  return units;
}

bool has_words_to_compare(const Unit& unit) {
  return std::ssize(unit.judgements) >= kFewestToCompare;
}

// By unit: judgements of pairs that another unit judges too, and those that agree with most of them.
std::map<UnitKey, Share> same_pair_shares(const CurationRows& all,
                                          const std::vector<ComparedPair>& pairs) {
  std::map<UnitKey, std::pair<int64_t, int64_t>> counts;  // agree, all
  for (const ComparedPair& pair : pairs) {
    std::map<UnitKey, int64_t> said;  // votes for the first minus votes for the second
    for (const size_t row : pair.first_better) ++said[unit_of(all, all.rows[row])];
    for (const size_t row : pair.second_better) --said[unit_of(all, all.rows[row])];
    int64_t sum = 0;
    for (const auto& [unit, votes] : said) sum += votes;
    for (const auto& [unit, votes] : said) {
      const int64_t others = sum - votes;
      if (votes == 0 || others == 0) continue;
      counts[unit].first += (votes > 0) == (others > 0);
      ++counts[unit].second;
    }
  }
  std::map<UnitKey, Share> shares;
  for (const auto& [unit, count] : counts) {
    shares[unit] = share_of(count.first, count.second, kDeviationsOfAccord);
  }
  return shares;
}

}  // namespace

std::vector<SourceAccord> source_accords(const CurationRows& rows,
                                         const std::vector<ComparedPair>& pairs) {
  const std::map<UnitKey, Unit> by_key = units_of(rows);
  const std::map<UnitKey, Share> same = same_pair_shares(rows, pairs);
  std::vector<Unit> units;  // with words to compare
  for (const auto& [key, unit] : by_key) {
    if (has_words_to_compare(unit)) units.push_back(unit);
  }
  WordFeatures features(rows.texts);
  std::vector<SourceAccord> accords;
  size_t number = 0;
  for (const auto& [key, unit] : by_key) {
    SourceAccord accord{.name = unit.name,
                        .source = unit.source,
                        .judgements = static_cast<int64_t>(unit.judgements.size())};
    if (const auto known = same.find(key); known != same.end()) accord.same_pairs = known->second;
    if (has_words_to_compare(unit)) {
      const size_t own = number++;
      if (units.size() > 1) {
        accord.by_others = right_by_others(units, own, features);
        accord.by_own = right_by_own(unit, features);
      }
    }
    if (accord.by_others.n > 0 || accord.same_pairs.n >= kFewestSamePairs) {
      accords.push_back(std::move(accord));
    }
  }
  return accords;
}

// Whose own share is lowest comes first: a source that is turned round makes those look so that are
// compared with it.
std::vector<Finding> turned_round_findings(const std::vector<SourceAccord>& accords) {
  std::vector<std::pair<double, Finding>> by_share;
  for (const SourceAccord& accord : accords) {
    Finding finding{.kind = "turned_round", .source = accord.source, .count = accord.judgements};
    finding.advice = str("show rows of ", accord.name,
                         " to somebody who can say which response is better; where two disagree, "
                         "either may be the one that is turned round, of several most likely the "
                         "one with the lowest share");
    double share = accord.same_pairs.value;
    if (accord.same_pairs.n >= kFewestSamePairs && accord.same_pairs.high < 0.5) {
      finding.grade = Grade::error;
      finding.text =
          str(accord.name, ": of its judgements of pairs that others judge too, only ",
              share_text(accord.same_pairs, "judgement"), " agree: its labels may be turned round");
    } else if (accord.by_others.high < 0.5 && accord.by_own.low > 0.5) {
      share = accord.by_others.value;
      finding.grade = Grade::warning;
      finding.text = str(accord.name, ": the words that others prefer are right in only ",
                         share_text(accord.by_others, "judgement"), ", its own in ",
                         share_text(accord.by_own, "judgement"),
                         ": its labels may be turned round, or mean something else");
    } else {
      continue;
    }
    by_share.emplace_back(share, std::move(finding));
  }
  std::ranges::stable_sort(by_share, {}, &std::pair<double, Finding>::first);
  std::vector<Finding> findings;
  for (auto& [share, finding] : by_share) findings.push_back(std::move(finding));
  return findings;
}

}  // namespace laurel
