// Duplicates: equal rows by their texts' numbers, near ones by MinHash of the answers and a sample
// of the prompt, verified text by text.
#include "curation/duplicates.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <tuple>

#include "core/parallel.h"
#include "core/random.h"
#include "curation/judgements.h"

namespace laurel {

namespace {

// Of a prompt's shingles, the smallest: enough to tell short answers apart, too few to bring all
// pairs of one prompt together.
constexpr size_t kPromptShingles = 8;

// Rows with the same texts.
struct SameTexts {
  size_t number = 0;  // of these texts
  std::vector<size_t> rows = {};
  bool mixed = false;  // with labels that contradict each other
};

using TextsKey = std::tuple<bool, size_t, int32_t, uint32_t, std::vector<uint32_t>>;

TextsKey key_of(const CurationRow& row) {
  std::vector<uint32_t> responses = row.responses;
  std::ranges::sort(responses);
  const bool scores = std::holds_alternative<Ratings>(row.label);
  return {row.eval, row.label.index(), scores ? row.place.source : -1, row.prompt,
          std::move(responses)};
}

std::vector<SameTexts> rows_by_texts(const CurationRows& all) {
  std::map<TextsKey, size_t> known;
  std::vector<SameTexts> groups;
  for (size_t i = 0; i < all.rows.size(); ++i) {
    const auto [place, is_new] = known.try_emplace(key_of(all.rows[i]), groups.size());
    if (is_new) groups.push_back({.number = groups.size()});
    groups[place->second].rows.push_back(i);
  }
  return groups;
}

// Adds a row to the cluster of its label, of rows with the same texts.
void add_by_label(const CurationRows& all, size_t row, std::vector<RowCluster>& clusters) {
  const auto equal = std::ranges::find_if(clusters, [&](const RowCluster& cluster) {
    return equal_label(all.rows[cluster.front()], all.rows[row]);
  });
  if (equal == clusters.end()) {
    clusters.push_back({row});
  } else {
    equal->push_back(row);
  }
}

// What is compared with other texts: rows whose labels are equal too, but for those that contradict each
// other, which are compared with none.
std::vector<SameTexts> parted_by_label(const CurationRows& all,
                                       const std::vector<SameTexts>& groups) {
  std::vector<SameTexts> parts;
  for (const SameTexts& same : groups) {
    std::vector<RowCluster> clusters;
    if (same.mixed) {
      clusters.push_back(same.rows);
    } else {
      for (const size_t row : same.rows) add_by_label(all, row, clusters);
    }
    for (RowCluster& rows : clusters) {
      parts.push_back({.number = same.number, .rows = std::move(rows), .mixed = same.mixed});
    }
  }
  return parts;
}

// Rows of the same texts, parted by label and, where rows say it, by annotator.
void part_equal_rows(const CurationRows& all, SameTexts& same, Duplicates& found) {
  std::map<std::string, std::vector<RowCluster>> parts;  // by annotator, one for each label
  std::vector<size_t> labels;
  for (const size_t row : same.rows) {
    const CurationRow& r = all.rows[row];
    const auto [of_annotator, is_new] = parts.try_emplace(r.annotator);
    found.votes += is_new && parts.size() > 1;
    same.mixed = same.mixed || contradicts(all, labels, row);
    add_label(all, row, labels);
    add_by_label(all, row, of_annotator->second);
  }
  for (auto& [annotator, clusters] : parts) {
    for (RowCluster& cluster : clusters) {
      if (cluster.size() > 1) found.exact.push_back(std::move(cluster));
    }
  }
  if (same.mixed) found.contradictory.push_back(same.rows);
}

std::vector<uint64_t> sample_of(const CurationRows& all, const CurationRow& row) {
  const auto shingles = [&](uint32_t text) {
    return shingles_of(all.texts.normalised()[all.texts.words(text)]);
  };
  std::vector<uint64_t> set = shingles(row.prompt);
  set.resize(std::min(set.size(), kPromptShingles));
  for (uint64_t& shingle : set) shingle = mix64(shingle);  // unlike those of answers
  for (const uint32_t response : row.responses) {
    const std::vector<uint64_t> more = shingles(response);
    set.insert(set.end(), more.begin(), more.end());
  }
  std::ranges::sort(set);
  const auto repeated = std::ranges::unique(set);
  set.erase(repeated.begin(), repeated.end());
  return set;
}

// Whether two texts are near, each pair of normalised texts compared as a whole.
class NearTexts {
 public:
  NearTexts(const CurationRows& all, double threshold) : all_(all), threshold_(threshold) {}

  bool operator()(uint32_t a, uint32_t b) const {
    const uint32_t x = all_.texts.words(a), y = all_.texts.words(b);
    if (x == y) return true;
    const std::vector<uint64_t> first = shingles_of(all_.texts.normalised()[x]);
    const std::vector<uint64_t> second = shingles_of(all_.texts.normalised()[y]);
    return !first.empty() && !second.empty() && jaccard(first, second) >= threshold_;
  }

  // For each response of `a` its twin of `b`, a number of `b`'s texts each; none if some has none.
  std::optional<std::map<uint32_t, uint32_t>> twins(const CurationRow& a,
                                                    const CurationRow& b) const {
    if (a.responses.size() != b.responses.size() || !(*this)(a.prompt, b.prompt)) return {};
    std::map<uint32_t, uint32_t> twins;
    std::vector<uint32_t> left = b.responses;
    for (const uint32_t response : a.responses) {
      auto twin = std::ranges::find(left, response);
      if (twin == left.end()) {
        twin = std::ranges::find_if(left, [&](uint32_t other) { return (*this)(response, other); });
      }
      if (twin == left.end()) return {};
      twins[response] = *twin;
      left.erase(twin);
    }
    return twins;
  }

 private:
  const CurationRows& all_;
  double threshold_;
};

enum class Relation { none, agree, disagree };

Relation relation_of(const CurationRow& a, const CurationRow& b, const NearTexts& near) {
  if (a.eval != b.eval || a.label.index() != b.label.index()) return Relation::none;
  const bool scores = std::holds_alternative<Ratings>(a.label);
  if (scores && a.place.source != b.place.source) return Relation::none;
  const auto twins = near.twins(a, b);
  if (!twins) return Relation::none;
  CurationRow as_b = a;
  for (uint32_t& response : as_b.responses) response = twins->at(response);
  if (equal_label(as_b, b)) return Relation::agree;
  // Scores say how good a text is: near ones may differ.
  return scores || same_label(as_b, b) ? Relation::none : Relation::disagree;
}

// Disjoint sets of numbers.
class Chains {
 public:
  explicit Chains(size_t n) : parent_(n) { std::iota(parent_.begin(), parent_.end(), 0); }

  size_t first_of(size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(size_t a, size_t b) {
    a = first_of(a), b = first_of(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<size_t> parent_;
};

void sort_clusters(std::vector<RowCluster>& clusters) {
  for (RowCluster& cluster : clusters) std::ranges::sort(cluster);
  std::ranges::sort(clusters);
}

void part_equal_rows(const CurationRows& all, std::vector<SameTexts>& groups, Duplicates& found) {
  for (SameTexts& same : groups) {
    if (same.rows.size() > 1) part_equal_rows(all, same, found);
  }
  sort_clusters(found.exact);
  sort_clusters(found.contradictory);
}

void find_near(const CurationRows& all, const std::vector<SameTexts>& same_texts, double threshold,
               int threads, Duplicates& found) {
  const std::vector<SameTexts> groups = parted_by_label(all, same_texts);
  const auto row_of = [&](size_t group) -> const CurationRow& {
    return all.rows[groups[group].rows.front()];
  };
  const Candidates candidates = candidate_pairs(
      static_cast<uint32_t>(groups.size()), [&](uint32_t i) { return sample_of(all, row_of(i)); },
      threshold, threads);
  found.not_compared = candidates.not_compared;
  std::vector<Relation> relations(candidates.pairs.size());
  const NearTexts near(all, threshold);
  parallel_for(static_cast<int64_t>(relations.size()), threads, [&](int64_t i) {
    const auto& [first, second] = candidates.pairs[i];
    if (groups[first].mixed || groups[second].mixed) return;
    if (groups[first].number == groups[second].number) return;
    relations[i] = relation_of(row_of(first), row_of(second), near);
  });
  Chains chains(groups.size());
  for (size_t i = 0; i < relations.size(); ++i) {
    const auto& [first, second] = candidates.pairs[i];
    if (relations[i] == Relation::agree) chains.join(first, second);
    if (relations[i] != Relation::disagree) continue;
    found.near_contradictory.push_back({groups[first].rows.front(), groups[second].rows.front()});
  }
  std::map<size_t, std::pair<RowCluster, int>> clusters;  // rows, groups
  for (size_t i = 0; i < groups.size(); ++i) {
    auto& [rows, count] = clusters[chains.first_of(i)];
    rows.insert(rows.end(), groups[i].rows.begin(), groups[i].rows.end());
    ++count;
  }
  for (auto& [first, cluster] : clusters) {
    if (cluster.second > 1) found.near.push_back(std::move(cluster.first));
  }
  sort_clusters(found.near);
  sort_clusters(found.near_contradictory);
}

}  // namespace

Duplicates find_equal_rows(const CurationRows& rows) {
  Duplicates found;
  std::vector<SameTexts> groups = rows_by_texts(rows);
  part_equal_rows(rows, groups, found);
  return found;
}

Duplicates find_duplicates(const CurationRows& rows, const DuplicateOptions& options, int threads) {
  Duplicates found;
  std::vector<SameTexts> groups = rows_by_texts(rows);
  part_equal_rows(rows, groups, found);
  find_near(rows, groups, options.near, threads, found);
  return found;
}

Similarity similar_prompts(const CurationRows& rows, const DuplicateOptions& options, int threads) {
  std::set<uint32_t> different;
  for (const CurationRow& row : rows.rows) different.insert(row.prompt);
  const std::vector<uint32_t> prompts(different.begin(), different.end());
  std::vector<std::string> texts;
  for (const uint32_t prompt : prompts) {
    texts.push_back(rows.texts.normalised()[rows.texts.words(prompt)]);
  }
  Similarity similarity = similar_texts(texts, options.near, threads);
  for (SimilarTexts& pair : similarity.pairs) {
    pair.first = prompts[pair.first];
    pair.second = prompts[pair.second];
  }
  return similarity;
}

}  // namespace laurel
