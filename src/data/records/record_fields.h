// Access to the fields of one row by laurel's names, with error messages that name the file's. Not
// core/option_reader.h: a row's other fields are its owner's, what a field may be depends on the
// format, and one problem is enough to refuse a row.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "data/records/field_map.h"
#include "text/conversation.h"

namespace laurel {

struct Example;

// Closes messages about a field that a row lacks.
inline constexpr const char* kFieldsSayWhere = " (\"fields\" says where it is)";

// What a row without a slice's field counts as.
inline constexpr const char* kNoSlice = "(none)";

// Holds references to what it is made of. Where a field is not what is asked for, a member throws
// Error (data) that starts with `where`; has(), given() and is_list() only ask.
class RecordFields {
 public:
  // `labelled`: as in RowSchema.
  RecordFields(const Json& row, const FieldValues& values, const FieldMap& fields,
               const std::string& where, bool labelled = true)
      : row_(row), values_(values), fields_(fields), where_(where), labelled_(labelled) {}

  // What the file calls our `name`, or the expression that makes it: for messages.
  std::string column(const std::string& name) const { return fields_.source_of(name); }

  bool has(const std::string& name) const { return find(name) != nullptr; }
  bool given(const std::string& name) const;    // has() and is not null
  bool is_list(const std::string& name) const;  // given() as a list

  [[noreturn]] void fail(const std::string& message) const;

  const Json& required(const std::string& name) const;

  std::optional<Text> prompt() const;
  Text text(const std::string& name) const;
  // Has text in its last message; one without is scored, but has no label to learn.
  Text response(const std::string& name) const;

  // Adds to the example's responses: a field's, or the elements of a field's list. Of a row to be
  // scored, one that is no text becomes an empty one with an error.
  void add_response(const std::string& name, Example& example) const;
  void add_responses(const std::string& name, Example& example) const;

  float number(const std::string& name) const;  // finite in fp32
  std::optional<float> optional_number(const std::string& name) const;
  float number_from(const std::string& name, float least) const;  // >= least
  std::optional<bool> flag(const std::string& name) const;        // true or false
  float weight() const;                                           // 1 where there is none

  // A list of numbers, each may be null. `count` >= 0: exactly so many, one per `of`.
  std::vector<std::optional<float>> numbers(const std::string& name, int64_t count,
                                            const char* of) const;

  // A list of names: strings that are not empty, or whole numbers.
  std::vector<std::string> ids(const std::string& name) const;
  // A string, number, true or false as JSON text, so that "3" and 3 differ, but 3 and 3.0 do not;
  // kNoSlice where there is none. `field` is the name in the file.
  std::string slice(const std::string& field) const;

  // Fields of the row that neither ours nor expressions are read from.
  std::vector<std::string> others(const std::function<bool(const std::string&)>& is_ours) const;

  std::string fields_of_row() const;  // " (fields: prompt, response)"

 private:
  const Json* find(const std::string& name) const { return fields_.find(row_, values_, name); }
  const Json& list(const std::string& name) const;
  // Of a field, or of an element of its list; for one call, the name must live as long.
  struct Place {
    const std::string& name;
    std::optional<size_t> element = std::nullopt;
  };
  std::string what(const Place& place) const;  // for messages
  float number_of(const Json& value, const Place& place) const;
  Text text_of(const Json& value, const Place& place) const;
  Text answer(const Json& value, const Place& place) const;
  void refuse_several_answers(const Json& value, const Place& place) const;
  void add_answer(const Json& value, const Place& place, Example& example) const;

  const Json& row_;
  const FieldValues& values_;
  const FieldMap& fields_;
  const std::string& where_;
  bool labelled_;
};

}  // namespace laurel
