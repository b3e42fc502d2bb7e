// Counts labels by kind, and writes the table.
#include "application/label_table.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/str.h"

namespace laurel {

namespace {

// Of numbers, weighted alike.
struct Range3 {
  int64_t count = 0;
  double least = std::numeric_limits<double>::infinity(), largest = -least, sum = 0;

  void add(double value) {
    ++count;
    least = std::min(least, value);
    largest = std::max(largest, value);
    sum += value;
  }
  std::string text() const {
    if (count == 0) return "-";
    return str(significant(least, 4), " to ", significant(largest, 4), ", mean ",
               significant(sum / static_cast<double>(count), 4));
  }
};

struct LabelCounts {
  int64_t labels = 0, ties = 0, first = 0;
  Range3 scores, margins;
};

void add_label(const Ratings& ratings, size_t attribute, size_t attributes, LabelCounts& counts) {
  for (size_t i = attribute; i < ratings.score.size(); i += attributes) {
    if (ratings.weight[i] == 0) continue;
    ++counts.labels;
    counts.scores.add(ratings.score[i]);
  }
}

void add_label(const Preferences& pairs, LabelCounts& counts) {
  for (const Preference& pair : pairs) {
    const bool tie = is_tie(pair);
    ++counts.labels;
    counts.ties += tie;
    counts.first += !tie && pair.better == 0;
    if (pair.margin != 0) counts.margins.add(pair.margin);
  }
}

// Two ranked responses of equal rank are one tie.
void add_label(const Ranking& ranking, LabelCounts& counts) {
  ++counts.labels;
  for (size_t i = 0; i < ranking.rank.size(); ++i) {
    if (ranking.rank[i] < 0) continue;
    counts.scores.add(ranking.score[i]);
    for (size_t k = 0; k < i; ++k) counts.ties += ranking.rank[k] == ranking.rank[i];
  }
}

const char* kind_of(const Label& label) {
  return std::array{"scores", "pairs", "lists"}[label.index()];
}

using Row = std::vector<std::string>;

Row row_of(const std::string& name, const char* kind, const LabelCounts& counts) {
  const int64_t sure = counts.labels - counts.ties;
  const bool pairs = std::string_view(kind) == "pairs";
  return {name,
          str(counts.labels, " ", kind),
          counts.scores.text(),
          std::string_view(kind) == "scores" ? "-" : str(counts.ties),
          pairs && sure > 0 ? str(counts.first, " of ", sure) : "-",
          counts.margins.count > 0 ? str(counts.margins.count, ": ", counts.margins.text()) : "-"};
}

void add_rows(const SourceData& source, const Split& split, const char* part,
              std::vector<Row>& rows) {
  if (split.groups.empty()) return;
  const size_t attributes = std::max<size_t>(source.options.attributes.size(), 1);
  std::vector<LabelCounts> counts(attributes);
  const char* kind = "";
  for (size_t group = 0; group < split.groups.size(); ++group) {
    const Label label = split.groups.label(group);
    kind = kind_of(label);
    if (const auto* ratings = std::get_if<Ratings>(&label)) {
      for (size_t i = 0; i < attributes; ++i) add_label(*ratings, i, attributes, counts[i]);
    } else if (const auto* pairs = std::get_if<Preferences>(&label)) {
      add_label(*pairs, counts[0]);
    } else {
      add_label(std::get<Ranking>(label), counts[0]);
    }
  }
  const bool named = std::string_view(kind) == "scores" && !source.options.attributes.empty();
  for (size_t i = 0; i < (named ? attributes : 1); ++i) {
    const std::string name = str(source.options.name, ", ", part,
                                 named ? str(", ", source.options.attributes[i]) : std::string());
    rows.push_back(row_of(name, kind, counts[i]));
  }
}

std::string joined(const std::vector<float>& values) {
  std::vector<std::string> texts;
  for (const float value : values) texts.push_back(significant(value, 4));
  return join(texts, ", ");
}

}  // namespace

std::string label_table(std::span<const SourceData> sources) {
  std::vector<Row> rows = {{"labels", "number", "scores", "ties", "first is better", "margins"}};
  for (const SourceData& source : sources) {
    add_rows(source, source.train, "train", rows);
    add_rows(source, source.eval, "eval", rows);
  }
  std::vector<size_t> widths(rows[0].size());
  for (const Row& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string table;
  for (const Row& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line += std::string(widths[i] - row[i].size() + 2, ' ');
    }
    table += line + "\n";
  }
  return table;
}

std::string label_text(const Label& label) {
  if (const auto* ratings = std::get_if<Ratings>(&label)) {
    std::vector<std::string> scores;
    for (size_t i = 0; i < ratings->score.size(); ++i) {
      scores.push_back(ratings->weight[i] > 0 ? significant(ratings->score[i], 4) : "none");
    }
    return str(scores.size() == 1 ? "score " : "scores ", join(scores, ", "));
  }
  if (const auto* ranking = std::get_if<Ranking>(&label)) {
    std::vector<std::string> ranks;
    for (const int32_t rank : ranking->rank) ranks.push_back(rank < 0 ? "none" : str(rank));
    return str("ranks ", join(ranks, ", "), "; scores ", joined(ranking->score));
  }
  std::vector<std::string> texts;
  for (const Preference& pair : std::get<Preferences>(label)) {
    const bool tie = is_tie(pair);
    std::string text = tie ? std::string("neither response is better")
                           : str("response ", pair.better + 1, " is better");
    if (!tie && pair.target < 1) text += str(" with probability ", significant(pair.target, 4));
    if (pair.margin != 0) text += str(", margin ", significant(pair.margin, 4));
    if (pair.strength != 1) text += str(", strength ", significant(pair.strength, 4));
    texts.push_back(std::move(text));
  }
  return join(texts, "; ");
}

}  // namespace laurel
