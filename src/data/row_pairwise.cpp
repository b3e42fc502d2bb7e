// Two responses and which one is better.
#include <algorithm>
#include <array>

#include "core/str.h"
#include "data/row_formats.h"

namespace laurel {

namespace {

// 0 for response_a, 1 for response_b.
int preferred_response(const Fields& fields) {
  const Json& value = fields.required("preferred");
  const std::string word = value.is_string() ? value.get<std::string>() : "";
  if (word == "a") return 0;
  if (word == "b") return 1;
  constexpr std::array kTies{"tie", "equal", "same", "both", "neither", "draw"};
  const std::string column = fields.column("preferred");
  if (std::find(kTies.begin(), kTies.end(), word) != kTies.end()) {
    fields.fail(str("found the tie \"", column, "\": \"", word,
                    "\", expected \"a\" or \"b\": no loss for ties exists; leave such rows out"));
  }
  fields.fail(str("found ", word.empty() ? kind_of(value) : str("\"", word, "\""), " for \"",
                  column, "\", expected \"a\" or \"b\""));
}

}  // namespace

std::vector<std::string> pairwise_fields() {
  return {"chosen", "rejected", "response_a", "response_b", "preferred", "margin"};
}

Example parse_pairwise(const Fields& fields, const RowShape& shape) {
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
  if (shape.judged) {
    const std::optional<float> margin = fields.optional_number("margin");
    example.has_margin = margin.has_value();
    const int better = named ? 0 : preferred_response(fields);
    example.judgement = Preferences{{.better = better,
                                     .worse = 1 - better,
                                     .margin = margin.value_or(0),
                                     .weight = fields.weight()}};
  }
  return example;
}

}  // namespace laurel
