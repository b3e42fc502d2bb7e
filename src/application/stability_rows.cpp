// The first rows of the files, a few at a time, once for each edit.
#include "application/stability_rows.h"

#include <algorithm>
#include <filesystem>
#include <variant>

#include "application/read_rows.h"
#include "core/option_types.h"
#include "core/str.h"
#include "text/edits.h"

namespace laurel {

namespace {

constexpr size_t kRowsPerRound = 256;

// By edit, then by row.
using EditedRows = std::vector<std::vector<EditedRow>>;

// Of a row that has its rewards as it is.
EditedRow edited_row(const RowRewards& before, const RowRewards& after) {
  EditedRow row;
  for (size_t k = 0; k < before.responses.size(); ++k) {
    row.reward.push_back(before.responses[k].rewards.front());
    row.edited.emplace_back();
    const ScoredResponse edited = after.error.empty() ? after.responses[k] : ScoredResponse{};
    if (!edited.rewards.empty()) row.edited.back() = edited.rewards.front();
    row.without_reward += edited.rewards.empty() && !edited.unedited;
  }
  return row;
}

void add_round(Scorer& scorer, std::span<const Record> records, EditedRows& rows,
               Stability& stability) {
  const std::vector<RowRewards> as_they_are = scorer.score(records);
  for (size_t e = 0; e < rows.size(); ++e) {
    const auto edit = static_cast<TextEdit>(e);
    const std::vector<RowRewards> after =
        scorer.score(records, [&](const std::string& text) { return edited(text, edit); });
    for (size_t i = 0; i < records.size(); ++i) {
      if (as_they_are[i].scored()) rows[e].push_back(edited_row(as_they_are[i], after[i]));
    }
  }
  const auto without =
      std::ranges::count_if(as_they_are, [](const RowRewards& row) { return !row.scored(); });
  stability.left_out += without;
  stability.rows += std::ssize(as_they_are) - without;
}

}  // namespace

void check_stability_rows(const Scorer& scorer, const SourceOptions& source) {
  const auto refuse = [](const std::string& found, const char* expected) {
    throw Error{ErrorKind::usage, str("--stability: found ", found, ", expected ", expected)};
  };
  if (std::holds_alternative<SegmentsFormat>(source.format)) {
    refuse("rows of format segments", "rows of whole answers");
  }
  if (source.grouping().changes_rows() || scorer.options().filter) {
    refuse("a shape that joins, divides or drops rows", "rows that are scored as they are");
  }
  const TextRule rule = rule_of(scorer.options().text).value_or(scorer.reward_config().text.rule);
  if (rule == TextRule::rendered) {
    refuse("rendered texts, whose answers end in the template's marks", "answers by themselves");
  }
  if (scorer.reward_config().columns() > 1) {
    refuse(str("a head of ", scorer.reward_config().columns(), " rows"),
           "one; laurel export --reward NAME or --combine SOURCE makes such a model");
  }
  for (const Path& file : source.eval) {
    if (std::filesystem::is_regular_file(file.value)) continue;
    throw Error{ErrorKind::data, str(file.value,
                                     ": found no regular file, expected one, as --stability reads "
                                     "its rows again; write them to a file first")};
  }
}

Stability stability_of_rows(Scorer& scorer, const std::vector<std::string>& files, int64_t most) {
  RowFiles in(files);
  Stability stability;
  EditedRows rows(enum_names(TextEdit{}).size());
  int64_t left = most;
  while (left > 0) {
    const RowsRead read = read_rows(in, std::min<size_t>(kRowsPerRound, static_cast<size_t>(left)));
    if (read.records.empty()) break;
    left -= std::ssize(read.records);
    add_round(scorer, read.records, rows, stability);
  }
  const auto deviation = reward_deviation(rows.front());
  if (!deviation) {
    throw Error{ErrorKind::data, str("--stability: found no different rewards among the first ",
                                     count_text(stability.rows + stability.left_out, "row"),
                                     ", expected some: changes are in units of their deviation")};
  }
  for (size_t e = 0; e < rows.size(); ++e) {
    stability.edits.push_back(
        edit_effect(enum_name(static_cast<TextEdit>(e)), rows[e], *deviation));
  }
  return stability;
}

}  // namespace laurel
