// Counting what rows show.
#include "data/sources/guards.h"

#include <algorithm>
#include <set>

#include "core/str.h"

namespace laurel {

namespace {

// What the text rule reads as plain text and other rules as turns.
bool is_only_text(const std::string& mark) { return !mark.starts_with('<'); }

// Of the two responses: 1 where the first is better, -1 the second, 0 for a tie or another label.
int better_of(const Example& example) {
  const auto* pairs = example.label ? std::get_if<Preferences>(&*example.label) : nullptr;
  if (!pairs || pairs->size() != 1 || example.responses.size() != 2) return 0;
  const Preference& pair = pairs->front();
  if (is_tie(pair)) return 0;
  return pair.better == 0 ? 1 : -1;
}

void count_direction(const RowSigns& signs, const Example& example,
                     const std::vector<ResponseStats>& stats, GuardTally& tally) {
  const int better = better_of(example);
  if (better == 0) return;
  ++tally.direction.pairs;
  tally.direction.first += better > 0;
  tally.margins.add(std::get<Preferences>(*example.label).front().margin, better > 0);
  if (stats.size() == 2) {
    const int64_t longer = (stats[0].answer_length - stats[1].answer_length) * better;
    tally.direction.longer += longer > 0;
    tally.direction.shorter += longer < 0;
  }
  for (const ScoredBy& scored : signs.scored_by) {
    HigherScoreTally& agreement = tally.agreement[scored.fields];
    agreement.higher += scored.higher * better > 0;
    agreement.lower += scored.higher * better < 0;
  }
}

// A message, or a field of it or of the row.
std::string named(const LostMessage& lost) {
  if (lost.role.empty()) return str("\"", lost.field, "\"");
  const std::string message = str("a message of the role \"", lost.role, "\"");
  return lost.field.empty() ? message : str("\"", lost.field, "\" in ", message);
}

bool is_lost_question(const LostMessage& message) {
  return message.last_question && !message.in_part;
}

template <class T>
void add_all(std::map<std::string, T>& tallies, const std::map<std::string, T>& later) {
  for (const auto& [name, tally] : later) tallies[name].add(tally);
}

}  // namespace

void VectorTally::add(const std::vector<float>& scores) {
  if (scores.empty()) return;
  ragged = ragged || (rows > 0 && places.size() != scores.size());
  ++rows;
  if (ragged) return places.clear();
  places.resize(scores.size());
  for (size_t i = 0; i < scores.size(); ++i) places[i].add(scores[i]);
}

void VectorTally::add(const VectorTally& later) {
  if (later.rows == 0) return;
  ragged = ragged || later.ragged || (rows > 0 && places.size() != later.places.size());
  rows += later.rows;
  if (ragged) return places.clear();
  places.resize(later.places.size());
  for (size_t i = 0; i < places.size(); ++i) places[i] = sum_of(places[i], later.places[i]);
}

void GuardTally::add(const RowSigns& signs, const Example& example, const EncodedExample& encoded,
                     TextRule rule, const std::string& where) {
  ++rows;
  for (size_t i = 0; i < signs.unread.size(); ++i) {
    const UnreadField& field = signs.unread[i];
    UnreadTally& of = unread[field.name];
    if (of.rows++ == 0) of.place = static_cast<int64_t>(i);
    if (field.lost) (signs.has_prompt ? of.beside : of.alone).add(where);
  }
  for (const std::string& name : signs.siblings) siblings[name].add(where);
  if (signs.all_json) all_json.add(where);
  if (signs.some_json) some_json.add(where);
  const bool told = encoded.special_text && !is_only_text(signs.turn_mark);
  const bool as_text = rule == TextRule::plain && is_only_text(signs.turn_mark);
  if (!signs.turn_mark.empty() && !told && !as_text && rule != TextRule::rendered) {
    turn_marks[signs.turn_mark].add(where);
  }
  std::set<std::string> lost_here;
  for (const LostMessage& message : encoded.lost) lost_here.insert(named(message));
  for (const std::string& what : lost_here) lost[what].add(where);
  if (std::ranges::any_of(encoded.lost, is_lost_question)) lost_question.add(where);
  if (rule != TextRule::chat && !example.variables.empty()) no_variables.add(where);
  count_direction(signs, example, encoded.stats, *this);
  if (signs.other_questions) other_questions.add(where);
  if (signs.whole_preference) whole_preference.add(where);
  vectors.add(signs.vector);
}

void GuardTally::add(const GuardTally& later) {
  rows += later.rows;
  for (const auto& [name, tally] : later.unread) {
    UnreadTally& of = unread[name];
    if (of.rows == 0) of.place = tally.place;
    of.rows += tally.rows;
    of.alone.add(tally.alone);
    of.beside.add(tally.beside);
  }
  add_all(siblings, later.siblings);
  all_json.add(later.all_json);
  some_json.add(later.some_json);
  add_all(turn_marks, later.turn_marks);
  add_all(lost, later.lost);
  lost_question.add(later.lost_question);
  no_variables.add(later.no_variables);
  other_questions.add(later.other_questions);
  direction.pairs += later.direction.pairs;
  direction.first += later.direction.first;
  direction.longer += later.direction.longer;
  direction.shorter += later.direction.shorter;
  margins.add(later.margins);
  for (const auto& [name, tally] : later.agreement) {
    agreement[name].higher += tally.higher;
    agreement[name].lower += tally.lower;
  }
  whole_preference.add(later.whole_preference);
  vectors.add(later.vectors);
}

}  // namespace laurel
