// Field map: what our names of a row's fields are read from, compiled once for all rows of a source.
#pragma once

#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/json.h"
#include "data/records/expressions.h"

namespace laurel {

// A source's "fields": our name -> a key of the row, or an expression over it; none: left out. A
// name that is not in it is the key of that name.
using Fields = std::map<std::string, std::optional<std::string>>;

Json json_of(const Fields& fields);

// Keys of a row, each with the option that needs it: "fields.prompt".
using NeededKeys = std::vector<std::pair<std::string, std::string>>;

// Letters, digits and _, no digit first: a key of the row, exactly. All else is an expression.
bool is_field_name(std::string_view text);

// What the expressions gave for a row.
struct FieldValues {
  std::map<std::string, Json> values;  // by our name
  std::optional<std::string> id;       // of the row, where the fields name one
  bool kept = true;                    // by the filter; else there are no values

  // "rows.jsonl:7 (abc)": where a row is, with its id.
  std::string named(const std::string& where) const;
};

class FieldMap {
 public:
  FieldMap() = default;
  // Throws Error (usage) "fields.NAME: ..." or "filter: ..." for an expression that is none.
  FieldMap(const Fields& fields, const std::optional<std::string>& filter = std::nullopt);
  FieldMap(std::initializer_list<Fields::value_type> fields) : FieldMap(Fields(fields)) {}

  const Fields& fields() const { return fields_; }

  // What messages call our name: the key that it is read from, or "score = label | int".
  std::string source_of(const std::string& name) const;

  bool contains(const std::string& name) const { return fields_.contains(name); }
  bool is_expression(const std::string& name) const;

  // The value of our name in the row; nullptr: it has none. A key that an expression reads is not
  // read again under its own name: {"chosen": "prompt ~ answer"} leaves "prompt" out.
  const Json* find(const Json& row, const FieldValues& values, const std::string& name) const;
  // The key of a plain name; none of an expression, of what is left out, and of an id without entry.
  std::optional<std::string> key_of(const std::string& name) const;
  // Whether the row has a value for our name, or an expression may give one.
  bool has(const Json& row, const std::string& name) const;
  // Whether the key is read under a name of ours or by an expression, or an entry of null leaves it out.
  bool reads(const std::string& key, const std::function<bool(const std::string&)>& is_ours) const;
  // Whether an expression of a field reads the key, which is then not read under its own name.
  bool is_taken(const std::string& key) const { return read_.contains(key); }
  std::vector<std::string> expressions() const;  // our names that are made by one

  // Throws Error (data) "WHERE: fields.NAME "EXPRESSION": ...". `row` is the object that `text`
  // holds; an empty text is made of it.
  FieldValues evaluate(const Json& row, std::string_view text, const std::string& where) const;

  // Keys of the row that the fields and the filter name, without those that are asked for by
  // row.get('key').
  NeededKeys keys() const;
  // Of those, the keys that expressions read, also the filter and that of the id.
  const std::set<std::string>& evaluated_keys() const { return evaluated_; }

  // The same map with a name read from another key.
  FieldMap with(const std::string& name, const std::string& key) const;

  bool operator==(const FieldMap& other) const {
    return fields_ == other.fields_ && filter_ == other.filter_;
  }

 private:
  void compile();
  // Of key_of(): in the map, or `name` itself, which must live as long.
  const std::string* plain_key(const std::string& name) const;
  std::string text_of(size_t expression) const;

  Fields fields_;
  std::optional<std::string> filter_;
  std::vector<std::string> names_;   // of ours, by expression; "" is the filter
  std::set<std::string> read_;       // keys, by expressions of fields
  std::set<std::string> evaluated_;  // keys, by any expression
  std::shared_ptr<const Expressions> expressions_;
};

// "found "x +", which is no Jinja expression: ..."; nullopt for one that compiles.
std::optional<std::string> problem_of_expression(const std::string& text, ExpressionUse use);

// "; the row has no "qestion" (did you mean "question"?)" for each that it lacks, or "".
std::string missing_keys_text(const std::vector<std::string>& keys, const Json& row);

// "fields.score: ..." for each entry that does not compile, "filter: ..." for a filter that does not.
std::vector<std::string> expression_problems(const Fields& fields,
                                             const std::optional<std::string>& filter);

// " (did you mean \"question\"?)" of the keys of a row, or "".
std::string did_you_mean_key(const std::string& key, const Json& row);

}  // namespace laurel
