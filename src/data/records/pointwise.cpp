// A response and its scores: one, one for each attribute, or lists of several annotators' scores.
#include <algorithm>

#include "core/str.h"
#include "data/records/formats.h"

namespace laurel {

namespace {

// Where an attribute's scores stand in a row; without attributes, "score" or "scores".
std::vector<std::string> score_fields(const RowFields& fields, const RowSchema& schema) {
  if (!schema.attributes.empty()) return schema.attributes;
  const bool one = fields.given("score"), several = fields.given("scores");
  if (one && several) {
    fields.fail(str("found both \"", fields.column("score"), "\" and \"", fields.column("scores"),
                    "\", expected one of them"));
  }
  return {several ? "scores" : "score"};
}

void add_ratings(const RowFields& fields, const std::string& name, int32_t attribute,
                 Example& example) {
  const bool named = fields.given("annotators");
  const int64_t count = named ? static_cast<int64_t>(example.annotators.size()) : -1;
  int32_t entry = 0;
  for (const std::optional<float>& score : fields.numbers(name, count, "of the annotators")) {
    if (score) {
      example.annotator_scores.scores.push_back({.entry = entry,
                                                 .attribute = attribute,
                                                 .annotator = named ? entry : -1,
                                                 .score = *score});
    }
    ++entry;
  }
}

void read_lists(const RowFields& fields, const std::vector<std::string>& names, Example& example) {
  if (fields.given("annotators")) example.annotators = fields.ids("annotators");
  example.annotator_scores.weight = fields.weight();
  for (size_t i = 0; i < names.size(); ++i) {
    if (!fields.given(names[i])) continue;
    add_ratings(fields, names[i], static_cast<int32_t>(i), example);
  }
  example.label = mean_ratings(example.annotator_scores, static_cast<int64_t>(names.size()));
}

// A field that is absent or null is not labelled: weight 0, whatever the score.
void read_numbers(const RowFields& fields, const std::vector<std::string>& names,
                  Example& example) {
  if (fields.given("annotators")) {
    fields.fail(str("found \"", fields.column("annotators"), "\" and one number in \"",
                    fields.column(names.front()), "\", expected a list of as many scores"));
  }
  Ratings scores{.score = {}, .weight = {}};
  for (const std::string& name : names) {
    const std::optional<float> score = fields.optional_number(name);
    scores.score.push_back(score.value_or(0));
    scores.weight.push_back(score ? fields.weight() : 0);
  }
  example.label = std::move(scores);
}

void read_scores(const RowFields& fields, const RowSchema& schema, Example& example) {
  const std::vector<std::string> names = score_fields(fields, schema);
  if (schema.attributes.empty() && names.front() == "score") {
    fields.number("score");  // must be there, and not null
  }
  const auto is_list = [&](const std::string& name) { return fields.is_list(name); };
  const auto is_given = [&](const std::string& name) { return fields.given(name); };
  const auto given = std::ranges::count_if(names, is_given);
  const auto lists = std::ranges::count_if(names, is_list);
  if (lists == 0) {
    read_numbers(fields, names, example);
  } else if (lists == given) {
    read_lists(fields, names, example);
  } else {
    fields.fail(str("found lists and single numbers", fields.fields_of_row(),
                    ", expected one of the two for all attributes of a row"));
  }
  if (given == 0 || (lists > 0 && example.annotator_scores.scores.empty())) {
    fields.fail(str("found no score", fields.fields_of_row(), ", expected one or more of ",
                    join(names, ", "), "; leave out rows without a score"));
  }
}

}  // namespace

std::vector<std::string> pointwise_fields(const std::vector<std::string>& attributes) {
  std::vector<std::string> names{"response"};
  if (attributes.empty()) {
    names.insert(names.end(), {"score", "scores"});
  } else {
    names.insert(names.end(), attributes.begin(), attributes.end());
  }
  names.push_back("annotators");
  return names;
}

Example parse_pointwise(const RowFields& fields, const RowSchema& schema) {
  if (!fields.has("response")) {
    fields.fail(str("found no \"", fields.column("response"), "\"", fields.fields_of_row(),
                    ", expected ", kPointwiseFields, " (columns renames fields)"));
  }
  Example example;
  example.names = {"response"};
  example.responses.push_back(fields.response("response"));
  if (schema.labelled) read_scores(fields, schema, example);
  return example;
}

}  // namespace laurel
