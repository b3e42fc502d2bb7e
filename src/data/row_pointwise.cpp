// A response and its score.
#include "core/str.h"
#include "data/row_formats.h"

namespace laurel {

std::vector<std::string> pointwise_fields() { return {"response", "score"}; }

Example parse_pointwise(const Fields& fields, const RowShape& shape) {
  if (!fields.has("response")) {
    fields.fail(str("found no \"", fields.column("response"), "\"", fields.fields_of_row(),
                    ", expected ", kPointwiseFields, " (columns renames fields)"));
  }
  Example example;
  example.names = {"response"};
  example.responses.push_back(fields.response("response"));
  if (shape.judged) {
    example.judgement = Scores{.score = {fields.number("score")}, .weight = {fields.weight()}};
  }
  return example;
}

}  // namespace laurel
