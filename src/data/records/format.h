// The formats of rows, and the example that a row is under its format.
//
// To add one: write its struct in a file of its own; add it to Format here; add its table of
// accepted and refused rows to tests/data/records/ and its section to docs/data.md. A format has
//   name            the JSON value of a source's "format"
//   label_kind      the alternative of Label that its rows have
//   needs           what a row needs, for messages; responses: what one to be scored needs
//   fields          our names of its fields, beside prompt, weight and what all formats have
//   labels          of some: those of its fields that a source's attributes replace
//   recognise()     whether a row has its fields
//   parse()         from a row's fields to an example
//   reward_fields() the fields that scoring adds to a row
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "core/json.h"
#include "data/records/covariates.h"
#include "data/records/example.h"
#include "data/records/field_map.h"
#include "data/records/pairwise.h"
#include "data/records/pointwise.h"
#include "data/records/ranked.h"
#include "data/records/segments.h"

namespace laurel {

using Format = std::variant<PairwiseFormat, PointwiseFormat, RankedFormat, SegmentsFormat>;

const char* format_name(const Format& format);
LabelKind label_kind(const Format& format);

// How a file's rows are read. Every format has prompt, weight, id and kTemplateFields, too.
struct RowSchema {
  Format format = PairwiseFormat{};
  FieldMap fields = {};
  std::vector<std::string> attributes = {};  // none: a score
  std::string separator = "\n";              // between segments that are a list
  std::vector<std::string> slices = {};      // fields, by the file's names
  Covariates covariates = {};
  bool labelled = true;  // false: score and preferred need not be there, as in rows to be scored
};

// `values`: of the schema's expressions. Throws Error (data) that starts with `where` ("file:line").
Example parse_row(const Json& row, const FieldValues& values, const RowSchema& schema,
                  const std::string& where);

// With the values of the row's own JSON, whatever the filter says.
Example parse_row(const Json& row, const RowSchema& schema, const std::string& where);

// Keys of a row that the fields, the filter, the covariates and the slices name.
NeededKeys needed_keys(const RowSchema& schema);

// The formats whose fields the row has.
std::vector<Format> recognised_formats(const Json& row, const FieldMap& fields);

// The format whose fields the row has. Throws Error (data) if it has those of none or of several.
// `labelled`: as in RowSchema.
Format detect_format(const Json& row, const FieldMap& fields, const std::string& where,
                     bool labelled = true);

// The fields without the expressions that make labels: rows to be scored need none.
FieldMap fields_to_score(const FieldMap& fields);

// Without any label, nor the names of these attributes: what a row to be scored must have.
FieldMap fields_without_labels(const FieldMap& fields, const std::vector<std::string>& attributes);

// laurel's names of a format's fields, for messages and for `fields`.
std::vector<std::string> field_names(const Format& format,
                                     const std::vector<std::string>& attributes = {});
bool is_field(const std::string& name, const Format& format,
              const std::vector<std::string>& attributes);

// The fields that scoring adds to the row: "reward" for a rating's row; "chosen_reward",
// "rejected_reward" and the like for a pair's; none for a list's, which gets "rewards".
std::vector<std::string> reward_fields(const Format& format, const Json& row,
                                       const FieldMap& fields);

}  // namespace laurel
