// Looks plain names up in the row, and has everything else evaluated.
#include "data/records/field_map.h"

#include <algorithm>

#include "core/error.h"
#include "core/str.h"
#include "core/unicode.h"

namespace laurel {

namespace {

constexpr const char* kIdName =
    "id";  // of the row: its entry is always evaluated, so that it is exact

bool is_evaluated(const std::string& name, const std::optional<std::string>& text) {
  return text && (name == kIdName || !is_field_name(*text));
}

std::string option_of(const std::string& name) { return name.empty() ? name : "fields." + name; }

// Names that Jinja has no expression for.
std::string advice_of(const std::string& text) {
  const bool is_name = !text.empty() && text.find_first_of("()[]{}|~'\"+*/%=<>") == text.npos;
  return is_name ? str("; a field of that name is row['", text, "']") : "";
}

}  // namespace

std::optional<std::string> problem_of_expression(const std::string& text, ExpressionUse use) {
  try {
    Expressions(std::vector<Expression>{{text, use}});
  } catch (const ExpressionError& error) {
    return str("found \"", text, "\", which is no Jinja expression: ", error.message,
               advice_of(text));
  }
  return std::nullopt;
}

std::string missing_keys_text(const std::vector<std::string>& keys, const Json& row) {
  std::string text;
  for (const std::string& key : keys) {
    if (!row.contains(key))
      text += str("; the row has no \"", key, "\"", did_you_mean_key(key, row));
  }
  return text;
}

std::string FieldValues::named(const std::string& where) const {
  constexpr int64_t kLongest = 60;  // characters
  if (!id) return where;
  const bool cut = code_points(*id) > kLongest;
  return str(where, " (", cut ? id->substr(0, code_point_offset(*id, kLongest)) + "..." : *id, ")");
}

Json json_of(const Fields& fields) {
  Json json = Json::object();
  for (const auto& [name, text] : fields) json[name] = text ? Json(*text) : Json();
  return json;
}

bool is_field_name(std::string_view text) {
  const auto is_letter = [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
  };
  const auto is_digit = [](unsigned char c) { return c >= '0' && c <= '9'; };
  return !text.empty() && !is_digit(text.front()) &&
         std::ranges::all_of(text, [&](unsigned char c) { return is_letter(c) || is_digit(c); });
}

std::vector<std::string> expression_problems(const Fields& fields,
                                             const std::optional<std::string>& filter) {
  std::vector<std::string> problems;
  for (const auto& [name, text] : fields) {
    if (!is_evaluated(name, text)) continue;
    if (const auto problem = problem_of_expression(*text, ExpressionUse::value)) {
      problems.push_back(str(option_of(name), ": ", *problem));
    }
  }
  if (!filter) return problems;
  if (const auto problem = problem_of_expression(*filter, ExpressionUse::filter)) {
    problems.push_back(str("filter: ", *problem));
  }
  return problems;
}

std::string did_you_mean_key(const std::string& key, const Json& row) {
  std::vector<std::string> keys;
  for (const auto& [name, value] : row.items()) keys.push_back(name);
  return did_you_mean(key, keys);
}

FieldMap::FieldMap(const Fields& fields, const std::optional<std::string>& filter)
    : fields_(fields), filter_(filter) {
  compile();
}

void FieldMap::compile() {
  std::vector<Expression> expressions;
  if (filter_) {
    names_.emplace_back();
    expressions.push_back({*filter_, ExpressionUse::filter});
  }
  for (const auto& [name, text] : fields_) {
    if (!is_evaluated(name, text)) continue;
    names_.push_back(name);
    expressions.push_back({*text, name == kIdName ? ExpressionUse::name : ExpressionUse::value});
  }
  if (expressions.empty()) return;
  try {
    expressions_ = std::make_shared<const Expressions>(expressions);
  } catch (const ExpressionError& error) {
    const std::vector<std::string> problems = expression_problems(fields_, filter_);
    throw Error{ErrorKind::usage, problems.empty() ? error.message : join(problems, "\n  ")};
  }
  for (size_t i = 0; i < names_.size(); ++i) {
    for (const auto* keys : {&expressions_->keys(i), &expressions_->asked_keys(i)}) {
      evaluated_.insert(keys->begin(), keys->end());
      if (!names_[i].empty() && names_[i] != kIdName) read_.insert(keys->begin(), keys->end());
    }
  }
}

bool FieldMap::is_expression(const std::string& name) const {
  const auto found = fields_.find(name);
  return found != fields_.end() && is_evaluated(name, found->second);
}

const std::string* FieldMap::plain_key(const std::string& name) const {
  const auto found = fields_.find(name);
  if (found == fields_.end()) {
    return name == kIdName || read_.contains(name) ? nullptr : &name;
  }
  return found->second && !is_evaluated(name, found->second) ? &*found->second : nullptr;
}

std::optional<std::string> FieldMap::key_of(const std::string& name) const {
  const std::string* const key = plain_key(name);
  return key ? std::optional(*key) : std::nullopt;
}

std::string FieldMap::source_of(const std::string& name) const {
  const auto found = fields_.find(name);
  if (found == fields_.end() || !found->second) return name;
  return is_evaluated(name, found->second) ? str(name, " = ", *found->second) : *found->second;
}

const Json* FieldMap::find(const Json& row, const FieldValues& values,
                           const std::string& name) const {
  if (const std::string* const key = plain_key(name)) {
    const auto found = row.find(*key);
    return found == row.end() ? nullptr : &*found;
  }
  const auto value = values.values.find(name);
  return value == values.values.end() ? nullptr : &value->second;
}

bool FieldMap::has(const Json& row, const std::string& name) const {
  if (is_expression(name)) return true;
  const std::string* const key = plain_key(name);
  return key && row.contains(*key);
}

bool FieldMap::reads(const std::string& key,
                     const std::function<bool(const std::string&)>& is_ours) const {
  if (evaluated_.contains(key)) return true;
  for (const auto& [name, text] : fields_) {
    if (!text ? name == key : *text == key && !is_evaluated(name, text) && is_ours(name))
      return true;
  }
  const std::string* const own = plain_key(key);
  return own && *own == key && is_ours(key);
}

std::vector<std::string> FieldMap::expressions() const {
  std::vector<std::string> names;
  for (const auto& [name, text] : fields_) {
    if (is_evaluated(name, text)) names.push_back(name);
  }
  return names;
}

std::string FieldMap::text_of(size_t expression) const {
  const std::string& name = names_[expression];
  return name.empty() ? *filter_ : *fields_.at(name);
}

FieldValues FieldMap::evaluate(const Json& row, std::string_view text,
                               const std::string& where) const {
  FieldValues out;
  if (!expressions_) return out;
  try {
    auto values = expressions_->evaluate(text.empty() ? row.dump() : text);
    out.kept = values.has_value();
    if (!values) return out;
    for (size_t i = 0; i < names_.size(); ++i) {
      Json& value = (*values)[i];
      if (names_[i].empty()) continue;
      if (names_[i] != kIdName) {
        out.values.emplace(names_[i], std::move(value));
      } else if (value.is_string()) {
        out.id = value.get<std::string>();
      }
    }
  } catch (const ExpressionError& error) {
    const std::string& name = names_[error.number];
    throw Error{ErrorKind::data, str(where, ": ", name.empty() ? "filter" : option_of(name), " \"",
                                     text_of(error.number), "\": ", error.message,
                                     missing_keys_text(expressions_->keys(error.number), row))};
  }
  return out;
}

NeededKeys FieldMap::keys() const {
  NeededKeys keys;
  for (const auto& [name, text] : fields_) {
    if (text && !is_evaluated(name, text)) keys.emplace_back(*text, option_of(name));
  }
  for (size_t i = 0; i < names_.size(); ++i) {
    for (const std::string& key : expressions_->keys(i)) {
      keys.emplace_back(key, names_[i].empty() ? "filter" : option_of(names_[i]));
    }
  }
  return keys;
}

FieldMap FieldMap::with(const std::string& name, const std::string& key) const {
  FieldMap out = *this;
  out.fields_[name] = key;
  return out;
}

}  // namespace laurel
