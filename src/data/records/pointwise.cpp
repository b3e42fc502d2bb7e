// Reads the row of a rated response.
#include "data/records/pointwise.h"

#include <algorithm>

#include "core/str.h"
#include "data/records/format.h"

namespace laurel {

namespace {

// Where an attribute's scores stand in a row; without attributes, "score" or "scores".
std::vector<std::string> score_fields(const RecordFields& record, const RowSchema& schema) {
  if (!schema.attributes.empty()) return schema.attributes;
  const bool one = record.given("score"), several = record.given("scores");
  if (one && several) {
    record.fail(str("found both \"", record.column("score"), "\" and \"", record.column("scores"),
                    "\", expected one of them"));
  }
  return {several ? "scores" : "score"};
}

void add_ratings(const RecordFields& record, const std::string& name, int32_t attribute,
                 Example& example) {
  const bool named = record.given("annotators");
  const int64_t count = named ? static_cast<int64_t>(example.annotators.size()) : -1;
  int32_t entry = 0;
  for (const std::optional<float>& score : record.numbers(name, count, "of the annotators")) {
    if (score) {
      example.annotator_scores.scores.push_back({.entry = entry,
                                                 .attribute = attribute,
                                                 .annotator = named ? entry : -1,
                                                 .score = *score});
    }
    ++entry;
  }
}

void read_lists(const RecordFields& record, const std::vector<std::string>& names,
                Example& example) {
  if (record.given("annotators")) example.annotators = record.ids("annotators");
  example.annotator_scores.weight = record.weight();
  for (size_t i = 0; i < names.size(); ++i) {
    if (!record.given(names[i])) continue;
    add_ratings(record, names[i], static_cast<int32_t>(i), example);
  }
  example.label = mean_ratings(example.annotator_scores, static_cast<int64_t>(names.size()));
}

// A field that is absent or null is not labelled: weight 0, whatever the score.
void read_numbers(const RecordFields& record, const std::vector<std::string>& names,
                  Example& example) {
  if (record.given("annotators")) {
    record.fail(str("found \"", record.column("annotators"), "\" and one number in \"",
                    record.column(names.front()), "\", expected a list of as many scores"));
  }
  Ratings scores{.score = {}, .weight = {}};
  for (const std::string& name : names) {
    const std::optional<float> score = record.optional_number(name);
    scores.score.push_back(score.value_or(0));
    scores.weight.push_back(score ? record.weight() : 0);
  }
  example.label = std::move(scores);
}

void read_scores(const RecordFields& record, const RowSchema& schema, Example& example) {
  const std::vector<std::string> names = score_fields(record, schema);
  if (schema.attributes.empty() && names.front() == "score") {
    record.number("score");  // must be there, and not null
  }
  const auto is_list = [&](const std::string& name) { return record.is_list(name); };
  const auto is_given = [&](const std::string& name) { return record.given(name); };
  const auto given = std::ranges::count_if(names, is_given);
  const auto lists = std::ranges::count_if(names, is_list);
  if (lists == 0) {
    read_numbers(record, names, example);
  } else if (lists == given) {
    read_lists(record, names, example);
  } else {
    record.fail(str("found lists and single numbers", record.fields_of_row(),
                    ", expected one of the two for all attributes of a row"));
  }
  if (given == 0 || (lists > 0 && example.annotator_scores.scores.empty())) {
    record.fail(str("found no score", record.fields_of_row(), ", expected one or more of ",
                    join(names, ", "), "; leave out rows without a score"));
  }
}

}  // namespace

bool PointwiseFormat::recognise(const RecordFields& record) {
  return record.has("response") && !record.has("segments");
}

std::vector<std::string> PointwiseFormat::reward_fields(const RecordFields&) { return {"reward"}; }

Example PointwiseFormat::parse(const RecordFields& record, const RowSchema& schema) {
  if (!record.has("response")) {
    record.fail(str("found no \"", record.column("response"), "\"", record.fields_of_row(),
                    ", expected ", schema.labelled ? needs : responses, kFieldsSayWhere));
  }
  Example example;
  example.names = {"response"};
  example.responses.push_back(record.response("response"));
  if (schema.labelled) read_scores(record, schema, example);
  return example;
}

}  // namespace laurel
