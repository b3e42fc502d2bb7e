// Where the fields of a source's rows are, and the numbers that are read of its responses.
#pragma once

#include <optional>
#include <string>

#include "core/options.h"
#include "data/records/covariates.h"
#include "data/records/field_map.h"

namespace laurel {

struct FieldOptions {
  std::optional<std::string> shape;
  Fields map;                         // our name -> a key of the rows, or an expression over them
  std::optional<std::string> filter;  // an expression: the rows that are kept
  CovariateExpressions covariates;

  void fields(auto& visit) {
    visit(
        "shape", shape,
        "The layout of a published data set, whose format, fields and the like stand for those that "
        "are not set here: `laurel describe shapes` lists them.",
        WhenNull{"none"});
    visit(
        "fields", map,
        "What laurel's fields are read from: a field of the rows, or a Jinja expression over them, "
        "{\"prompt\": \"question\", \"chosen\": \"answers[0].text\"}; null leaves one out "
        "(docs/data.md).");
    visit("filter", filter,
          "A Jinja expression over a row, true for the rows that are kept; the others are counted.",
          WhenNull{"all rows"});
    visit(
        "covariates", covariates,
        "Numbers of each response, by Jinja expressions over `response`, its text, `index`, its "
        "number in the row, and the row's fields: {\"exclamations\": \"response.count('!')\"}. "
        "Every evaluation shows what they do to rewards and labels, as for length (docs/data.md).");
  }
};

}  // namespace laurel
