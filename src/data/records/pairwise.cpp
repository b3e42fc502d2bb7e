// Two responses and which one is better: for sure, as a tie, or as probabilities.
#include <algorithm>
#include <array>

#include "core/str.h"
#include "data/records/formats.h"

namespace laurel {

namespace {

// Of the three outcomes of a comparison; they sum to 1.
struct OutcomeProbabilities {
  float first = 0, second = 0, tie = 0;
};

constexpr std::array kTies{"tie", "equal", "same", "both", "neither", "draw"};

OutcomeProbabilities probabilities_of_preferred(const RowFields& fields) {
  const Json& value = fields.required("preferred");
  const std::string word = value.is_string() ? value.get<std::string>() : "";
  const bool tie = std::find(kTies.begin(), kTies.end(), word) != kTies.end();
  if (word == "a") return {.first = 1};
  if (word == "b") return {.second = 1};
  if (tie && fields.flag("tie").value_or(true)) return {.tie = 1};
  const std::string found = word.empty() ? describe_json(value) : str("\"", word, "\"");
  fields.fail(str("found ", found, " for \"", fields.column("preferred"), "\"",
                  tie ? str(" and \"", fields.column("tie"), "\": false, expected no contradiction")
                      : ", expected \"a\", \"b\" or \"tie\""));
}

OutcomeProbabilities probabilities_of_preference(const RowFields& fields) {
  const float first = fields.number("preference");
  if (first < 0 || first > 1) {
    fields.fail(str("found the number ", first, " for \"", fields.column("preference"),
                    "\", expected the probability that the first response is better, from 0 to 1"));
  }
  return {.first = first, .second = 1 - first};
}

OutcomeProbabilities probabilities_of_votes(const RowFields& fields) {
  const double first = fields.number_from("votes_a", 0), second = fields.number_from("votes_b", 0);
  const double tie = fields.given("votes_tie") ? fields.number_from("votes_tie", 0) : 0;
  const double all = first + second + tie;
  if (all == 0) {
    fields.fail(str("found no vote in \"", fields.column("votes_a"), "\" and \"",
                    fields.column("votes_b"), "\", expected one or more"));
  }
  return {.first = static_cast<float>(first / all),
          .second = static_cast<float>(second / all),
          .tie = static_cast<float>(tie / all)};
}

// The first response of "chosen" and "rejected" is better where the row says nothing else.
OutcomeProbabilities outcome_probabilities(const RowFields& fields, bool named) {
  std::vector<std::string> given;
  if (!named && fields.given("preferred")) given.push_back("preferred");
  if (fields.given("preference")) given.push_back("preference");
  if (!named && (fields.given("votes_a") || fields.given("votes_b"))) given.push_back("votes_a");
  const bool tie = fields.flag("tie").value_or(false);
  const bool twice = given.size() == 1 && given[0] == "preferred" && tie;
  if (tie && !(twice && probabilities_of_preferred(fields).tie == 1)) given.push_back("tie");
  if (given.size() > 1) {
    fields.fail(str("found both \"", fields.column(given[0]), "\" and \"", fields.column(given[1]),
                    "\", expected one label per pair"));
  }
  const std::string label = given.empty() ? (named ? "chosen" : "preferred") : given.front();
  if (label == "preferred") return probabilities_of_preferred(fields);
  if (label == "preference") return probabilities_of_preference(fields);
  if (label == "votes_a") return probabilities_of_votes(fields);
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

const std::vector<std::string>& lettered_fields() {
  static const std::vector<std::string> names{"preferred", "votes_a", "votes_b", "votes_tie"};
  return names;
}

}  // namespace

std::vector<std::string> pairwise_fields() {
  return {"chosen",  "rejected",  "response_a", "response_b", "preferred", "votes_a",
          "votes_b", "votes_tie", "preference", "tie",        "margin",    "strength"};
}

Example parse_pairwise(const RowFields& fields, const RowSchema& schema) {
  const bool named = fields.has("chosen") || fields.has("rejected");
  const bool lettered = fields.has("response_a") || fields.has("response_b");
  if (named && lettered) {
    fields.fail(str("found fields of two kinds of pairs", fields.fields_of_row(), ", expected ",
                    kPairwiseFields));
  }
  if (!named && !lettered) {
    fields.fail(str("found no pair", fields.fields_of_row(), ", expected ", kPairwiseFields,
                    " (columns renames fields)"));
  }
  Example example;
  example.names = named ? std::vector<std::string>{"chosen", "rejected"}
                        : std::vector<std::string>{"response_a", "response_b"};
  for (const std::string& name : example.names) example.responses.push_back(fields.response(name));
  for (const std::string& name : lettered_fields()) {
    if (named && fields.has(name)) example.ignored.push_back(fields.column(name));
  }
  if (!schema.labelled) return example;
  Preference preference = preference_of(outcome_probabilities(fields, named));
  preference.margin = fields.optional_number("margin").value_or(0);
  example.has_margin = fields.given("margin");
  example.has_strength = fields.given("strength");
  if (example.has_strength) preference.strength = fields.number_from("strength", 0);
  preference.weight = fields.weight();
  example.label = Preferences{preference};
  return example;
}

}  // namespace laurel
