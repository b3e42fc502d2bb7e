// Reads a pair's row.
#include "data/records/pairwise.h"

#include <algorithm>
#include <array>

#include "core/str.h"
#include "data/records/format.h"

namespace laurel {

namespace {

// Of the three outcomes of a comparison; they sum to 1.
struct OutcomeProbabilities {
  float first = 0, second = 0, tie = 0;
};

constexpr std::array kTies{"tie", "equal", "same", "both", "neither", "draw"};

OutcomeProbabilities probabilities_of_preferred(const RecordFields& record) {
  const Json& value = record.required("preferred");
  const std::string word = value.is_string() ? value.get<std::string>() : "";
  const bool tie = std::find(kTies.begin(), kTies.end(), word) != kTies.end();
  if (word == "a") return {.first = 1};
  if (word == "b") return {.second = 1};
  if (tie && record.flag("tie").value_or(true)) return {.tie = 1};
  const std::string found = word.empty() ? describe_json(value) : str("\"", word, "\"");
  record.fail(str("found ", found, " for \"", record.column("preferred"), "\"",
                  tie ? str(" and \"", record.column("tie"), "\": false, expected no contradiction")
                      : ", expected \"a\", \"b\" or \"tie\""));
}

OutcomeProbabilities probabilities_of_preference(const RecordFields& record) {
  const float first = record.number("preference");
  if (first < 0 || first > 1) {
    record.fail(str("found the number ", first, " for \"", record.column("preference"),
                    "\", expected the probability that the first response is better, from 0 to 1"));
  }
  return {.first = first, .second = 1 - first};
}

OutcomeProbabilities probabilities_of_votes(const RecordFields& record) {
  const double first = record.number_from("votes_a", 0), second = record.number_from("votes_b", 0);
  const double tie = record.given("votes_tie") ? record.number_from("votes_tie", 0) : 0;
  const double all = first + second + tie;
  if (all == 0) {
    record.fail(str("found no vote in \"", record.column("votes_a"), "\" and \"",
                    record.column("votes_b"), "\", expected one or more"));
  }
  return {.first = static_cast<float>(first / all),
          .second = static_cast<float>(second / all),
          .tie = static_cast<float>(tie / all)};
}

// Labels of "response_a" and "response_b": with "chosen" and "rejected" they would have no place,
// and a row that says "tie" there must not train as a win.
constexpr std::array kLetteredLabels{"preferred", "votes_a", "votes_b", "votes_tie"};

void refuse_lettered_labels(const RecordFields& record) {
  for (const char* const name : kLetteredLabels) {
    if (!record.given(name)) continue;
    record.fail(str("found \"", record.column(name), "\" in a row with \"", record.column("chosen"),
                    "\" and \"", record.column("rejected"), "\", expected \"",
                    record.column("response_a"), "\" and \"", record.column("response_b"),
                    "\" for it; a tie of chosen and rejected is \"", record.column("tie"),
                    "\": true, an uncertain one \"", record.column("preference"), "\": 0.6"));
  }
}

// The first field of votes that the row has.
std::optional<std::string> given_votes(const RecordFields& record) {
  for (const char* const name : {"votes_a", "votes_b", "votes_tie"}) {
    if (record.given(name)) return name;
  }
  return std::nullopt;
}

// The first response of "chosen" and "rejected" is better where the row says nothing else.
OutcomeProbabilities outcome_probabilities(const RecordFields& record, bool named) {
  if (named) refuse_lettered_labels(record);
  std::vector<std::string> given;
  if (record.given("preferred")) given.push_back("preferred");
  if (record.given("preference")) given.push_back("preference");
  if (const auto votes = given_votes(record)) given.push_back(*votes);
  const bool tie = record.flag("tie").value_or(false);
  const bool twice = given.size() == 1 && given[0] == "preferred" && tie;
  if (tie && !(twice && probabilities_of_preferred(record).tie == 1)) given.push_back("tie");
  if (given.size() > 1) {
    record.fail(str("found both \"", record.column(given[0]), "\" and \"", record.column(given[1]),
                    "\", expected one label per pair"));
  }
  const std::string label = given.empty() ? (named ? "chosen" : "preferred") : given.front();
  if (label == "preferred") return probabilities_of_preferred(record);
  if (label == "preference") return probabilities_of_preference(record);
  if (label.starts_with("votes_")) return probabilities_of_votes(record);
  return label == "tie" ? OutcomeProbabilities{.tie = 1} : OutcomeProbabilities{.first = 1};
}

// `better` is the response that is more probably better.
Preference preference_of(const OutcomeProbabilities& probabilities) {
  const int better = probabilities.first >= probabilities.second ? 0 : 1;
  return {.better = better,
          .worse = 1 - better,
          .target = std::max(probabilities.first, probabilities.second),
          .tie = probabilities.tie};
}

// Numbers of a pair that a row may have.
struct OptionalNumber {
  const char* name;
  float Preference::*number;
  std::optional<float> least = std::nullopt;
};
constexpr OptionalNumber kNumbers[] = {{"margin", &Preference::margin},
                                       {"strength", &Preference::strength, 0.0f}};

}  // namespace

bool PairwiseFormat::recognise(const RecordFields& record) {
  return (record.has("chosen") && record.has("rejected")) ||
         (record.has("response_a") && record.has("response_b"));
}

std::vector<std::string> PairwiseFormat::reward_fields(const RecordFields& record) {
  if (record.has("response_a")) return {"response_a_reward", "response_b_reward"};
  return {"chosen_reward", "rejected_reward"};
}

Example PairwiseFormat::parse(const RecordFields& record, const RowSchema& schema) {
  const std::string expected = schema.labelled ? needs : responses;
  const bool named = record.has("chosen") || record.has("rejected");
  const bool lettered = record.has("response_a") || record.has("response_b");
  if (named && lettered) {
    record.fail(
        str("found fields of two kinds of pairs", record.fields_of_row(), ", expected ", expected));
  }
  if (!named && !lettered) {
    record.fail(
        str("found no pair", record.fields_of_row(), ", expected ", expected, kFieldsSayWhere));
  }
  Example example;
  example.names = named ? std::vector<std::string>{"chosen", "rejected"}
                        : std::vector<std::string>{"response_a", "response_b"};
  for (const std::string& name : example.names) record.add_response(name, example);
  if (!schema.labelled) return example;
  const OutcomeProbabilities probabilities = outcome_probabilities(record, named);
  Preference preference = preference_of(probabilities);
  for (const auto& [name, number, least] : kNumbers) {
    if (!record.given(name)) continue;
    example.given.push_back(name);
    preference.*number = least ? record.number_from(name, *least) : record.number(name);
  }
  // A margin says by how much the better one is: it would make the first response of a tie win.
  if (probabilities.first == probabilities.second && preference.margin != 0) {
    record.fail(str("found the margin ", preference.margin, " in \"", record.column("margin"),
                    "\" where neither response is better, expected 0 or none"));
  }
  preference.weight = record.weight();
  example.whole_preference = record.given("preference") &&
                             probabilities.first != probabilities.second &&
                             (probabilities.first == 0 || probabilities.first == 1);
  example.label = Preferences{preference};
  return example;
}

}  // namespace laurel
