// Fields of a row. Every message names the file's column and says what was found there.
#include "data/records/record_fields.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/error.h"
#include "core/str.h"
#include "data/records/example.h"
#include "data/records/number_text.h"

namespace laurel {

static bool is_empty_answer(const Conversation& messages) {
  return !messages.empty() && messages.back().role == "assistant" &&
         messages.back().content.empty() && messages.back().extra.empty();
}

bool RecordFields::given(const std::string& name) const {
  const Json* value = find(name);
  return value && !value->is_null();
}

bool RecordFields::is_list(const std::string& name) const {
  const Json* value = find(name);
  return value && value->is_array();
}

void RecordFields::fail(const std::string& message) const {
  throw Error{ErrorKind::data, str(where_, ": ", message)};
}

const Json& RecordFields::required(const std::string& name) const {
  if (const Json* value = find(name)) return *value;
  const std::string key = column(name);
  const std::string near = fields_.contains(name) ? did_you_mean_key(key, row_) : "";
  fail(str("found no \"", key, "\"", near, fields_of_row(), ", expected it", kFieldsSayWhere));
}

std::optional<Text> RecordFields::prompt() const {
  if (!given("prompt")) return std::nullopt;
  Text prompt = text("prompt");
  auto* messages = std::get_if<Conversation>(&prompt);
  // Marked text that ends in the answer's mark: the answer is not there yet.
  if (messages && fields_.is_expression("prompt") && is_empty_answer(*messages)) {
    messages->pop_back();
  }
  return prompt;
}

std::string RecordFields::what(const Place& place) const {
  return place.element ? str(column(place.name), "[", *place.element, "]") : column(place.name);
}

// Strings, which most texts are, need no place.
Text RecordFields::text_of(const Json& value, const Place& place) const {
  if (is_plain_text(value)) return value.get_ref<const std::string&>();
  return text_from_json(value, str(where_, ": ", what(place)));
}

Text RecordFields::text(const std::string& name) const { return text_of(required(name), {name}); }

Text RecordFields::response(const std::string& name) const {
  return answer(required(name), {name});
}

void RecordFields::add_response(const std::string& name, Example& example) const {
  add_answer(required(name), {name}, example);
}

void RecordFields::add_responses(const std::string& name, Example& example) const {
  for (const Json& element : list(name)) {
    add_answer(element, {name, example.responses.size()}, example);
  }
}

void RecordFields::add_answer(const Json& value, const Place& place, Example& example) const {
  if (labelled_) return example.responses.push_back(answer(value, place));
  std::string error;
  Text text;
  try {
    text = answer(value, place);
  } catch (const Error& e) {
    if (e.kind != ErrorKind::data) throw;
    error = e.message;
  }
  example.responses.push_back(std::move(text));
  example.errors.push_back(std::move(error));
}

// A list of answers where one is expected.
void RecordFields::refuse_several_answers(const Json& value, const Place& place) const {
  const auto is_answer = [](const Json& element) {
    return element.is_string() || element.is_array();
  };
  if (!value.is_array() || value.empty() || !std::ranges::all_of(value, is_answer)) return;
  fail(str("found a list of ", count_text(std::ssize(value), "answer"), " for \"", what(place),
           "\", expected one; several answers are a row of the format ranked: {\"prompt\": ..., "
           "\"responses\": [the best, another, ...], \"ranks\": [1, 2, ...]}, equal ranks for "
           "equally good ones"));
}

Text RecordFields::answer(const Json& value, const Place& place) const {
  refuse_several_answers(value, place);
  Text text = text_of(value, place);
  if (!labelled_) return text;
  if (const auto* string = std::get_if<std::string>(&text)) {
    if (string->empty()) fail(str("found an empty \"", what(place), "\", expected an answer"));
  } else if (const auto& messages = std::get<Conversation>(text);
             messages.empty() ||
             (messages.back().content.empty() && messages.back().extra.empty())) {
    fail(str("found no text in the last message of \"", what(place), "\", expected an answer"));
  }
  return text;
}

float RecordFields::number_of(const Json& value, const Place& place) const {
  if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
  const std::optional<double> told = value.is_string()
                                         ? number_of_text(value.get_ref<const std::string&>())
                                     : value.is_number() ? std::optional(value.get<double>())
                                                         : std::nullopt;
  const float number = static_cast<float>(told.value_or(NAN));
  if (!std::isfinite(number)) {
    fail(str("found ", describe_json(value), " for \"", what(place),
             "\", expected a number that is finite in fp32"));
  }
  return number;
}

float RecordFields::number(const std::string& name) const {
  return number_of(required(name), {name});
}

std::optional<float> RecordFields::optional_number(const std::string& name) const {
  if (!given(name)) return std::nullopt;
  return number(name);
}

float RecordFields::number_from(const std::string& name, float least) const {
  const float number = this->number(name);
  if (number >= least) return number;
  fail(str("found the number ", number, " for \"", column(name),
           "\", expected a number >= ", least));
}

std::optional<bool> RecordFields::flag(const std::string& name) const {
  if (!given(name)) return std::nullopt;
  const Json& value = required(name);
  if (value.is_boolean()) return value.get<bool>();
  const auto* const text = value.get_ptr<const std::string*>();  // a cell of a table
  const std::optional<double> told = text ? number_of_text(*text) : std::nullopt;
  if (told && (*told == 0 || *told == 1)) return *told == 1;
  fail(str("found ", describe_json(value), " for \"", column(name), "\", expected true or false"));
}

float RecordFields::weight() const {
  const float weight = optional_number("weight").value_or(1);
  if (weight < 0) fail(str("found the weight ", weight, ", expected a number >= 0"));
  return weight;
}

const Json& RecordFields::list(const std::string& name) const {
  const Json& value = required(name);
  if (!value.is_array()) {
    fail(str("found ", describe_json(value), " for \"", column(name), "\", expected a list"));
  }
  return value;
}

std::vector<std::optional<float>> RecordFields::numbers(const std::string& name, int64_t count,
                                                        const char* of) const {
  const Json& values = list(name);
  if (count >= 0 && static_cast<int64_t>(values.size()) != count) {
    fail(str("found ", count_text(std::ssize(values), "number"), " in \"", column(name),
             "\", expected ", count, ", one for each ", of));
  }
  std::vector<std::optional<float>> numbers;
  for (const Json& value : values) {
    if (value.is_null()) {
      numbers.push_back(std::nullopt);
    } else {
      numbers.push_back(number_of(value, {name, numbers.size()}));
    }
  }
  return numbers;
}

std::vector<std::string> RecordFields::ids(const std::string& name) const {
  std::vector<std::string> ids;
  for (const Json& value : list(name)) {
    const bool is_text = value.is_string() && !value.get<std::string>().empty();
    if (!is_text && !value.is_number_integer()) {
      fail(str("found ", describe_json(value), " for \"", column(name), "[", ids.size(),
               "]\", expected a name or a whole number"));
    }
    ids.push_back(is_text ? value.get<std::string>() : value.dump());
  }
  return ids;
}

// A table with a missing cell has 1.0 where another has 1.
static std::string name_of_number(const Json& number) {
  const auto value = number.get<double>();
  const bool whole = number.is_number_float() && std::trunc(value) == value;
  return whole ? std::to_string(static_cast<int64_t>(value)) : number.dump();
}

std::string RecordFields::slice(const std::string& field) const {
  constexpr double kExact = 9007199254740992;  // 2^53: from there on, floats stand for several
  const auto found = row_.find(field);
  if (found == row_.end() || found->is_null()) return kNoSlice;
  if (found->is_number_float() && std::abs(found->get<double>()) >= kExact) {
    fail(str("found ", describe_json(*found), " for the slice \"", field,
             "\", whose last digits may be lost, expected a string or a number of 64 bits"));
  }
  if (found->is_number()) return name_of_number(*found);
  if (found->is_string() || found->is_boolean()) return found->dump();
  fail(str("found ", describe_json(*found), " for the slice \"", field,
           "\", expected a string, a number, true or false"));
}

std::vector<std::string> RecordFields::others(
    const std::function<bool(const std::string&)>& is_ours) const {
  std::vector<std::string> others;
  for (const auto& [key, value] : row_.items()) {
    if (!fields_.reads(key, is_ours)) others.push_back(key);
  }
  return others;
}

std::string RecordFields::fields_of_row() const {
  std::vector<std::string> names;
  for (const auto& [name, value] : row_.items()) names.push_back(name);
  return names.empty() ? " (the row is empty)" : str(" (fields: ", join(names, ", "), ")");
}

}  // namespace laurel
