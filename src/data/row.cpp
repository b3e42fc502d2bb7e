// Reads the fields of a row by our names, whatever the file calls them.
#include "data/row.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "core/error.h"
#include "core/str.h"

namespace laurel {

namespace {

constexpr const char* kPairwiseFields =
    "\"chosen\" and \"rejected\", or \"response_a\", \"response_b\" and \"preferred\"";
constexpr const char* kPointwiseFields = "\"response\" and \"score\"";

class Fields {
 public:
  Fields(const Json& row, const std::map<std::string, std::string>& columns,
         const std::string& where)
      : row_(row), columns_(columns), where_(where) {}

  std::string column(const std::string& name) const {
    const auto renamed = columns_.find(name);
    return renamed == columns_.end() ? name : renamed->second;
  }

  bool has(const std::string& name) const { return row_.contains(column(name)); }

  [[noreturn]] void fail(const std::string& message) const {
    throw Error{ErrorKind::data, str(where_, ": ", message)};
  }

  const Json& required(const std::string& name) const {
    if (!has(name)) {
      fail(str("found no \"", column(name), "\"", fields_of_row(),
               ", expected it (columns renames fields)"));
    }
    return row_.at(column(name));
  }

  std::optional<Text> prompt() const {
    if (!has("prompt") || row_.at(column("prompt")).is_null()) return std::nullopt;
    return text("prompt");
  }

  Text text(const std::string& name) const {
    return text_from_json(required(name), str(where_, ": ", column(name)));
  }

  Text response(const std::string& name) const {
    Text text = this->text(name);
    if (const auto* string = std::get_if<std::string>(&text)) {
      if (string->empty()) fail(str("found an empty \"", column(name), "\", expected an answer"));
    } else if (const auto& messages = std::get<Conversation>(text);
               messages.empty() ||
               (messages.back().content.empty() && messages.back().extra.empty())) {
      fail(str("found no text in the last message of \"", column(name), "\", expected an answer"));
    }
    return text;
  }

  float number(const std::string& name) const {
    const Json& value = required(name);
    const float number = value.is_number() ? static_cast<float>(value.get<double>()) : NAN;
    if (!std::isfinite(number)) {
      fail(str("found ", kind_of(value), " for \"", column(name),
               "\", expected a number that is finite in fp32"));
    }
    return number;
  }

  std::optional<float> optional_number(const std::string& name) const {
    if (!has(name) || row_.at(column(name)).is_null()) return std::nullopt;
    return number(name);
  }

  float weight() const {
    const float weight = optional_number("weight").value_or(1);
    if (weight < 0) fail(str("found the weight ", weight, ", expected a number >= 0"));
    return weight;
  }

  std::vector<std::string> ignored(Format format) const {
    std::set<std::string> known;
    for (const std::string& name : field_names(format)) known.insert(column(name));
    std::vector<std::string> names;
    for (const auto& [name, value] : row_.items()) {
      if (!known.contains(name)) names.push_back(name);
    }
    return names;
  }

  std::string fields_of_row() const {
    std::vector<std::string> names;
    for (const auto& [name, value] : row_.items()) names.push_back(name);
    return names.empty() ? " (the row is empty)" : str(" (fields: ", join(names, ", "), ")");
  }

 private:
  const Json& row_;
  const std::map<std::string, std::string>& columns_;
  const std::string& where_;
};

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

Example parse_pair(const Fields& fields, bool judged) {
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
  if (judged) {
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

Example parse_rating(const Fields& fields, bool judged) {
  if (!fields.has("response")) {
    fields.fail(str("found no \"", fields.column("response"), "\"", fields.fields_of_row(),
                    ", expected ", kPointwiseFields, " (columns renames fields)"));
  }
  Example example;
  example.names = {"response"};
  example.responses.push_back(fields.response("response"));
  if (judged) {
    example.judgement = Scores{.score = {fields.number("score")}, .weight = {fields.weight()}};
  }
  return example;
}

// A prompt given explicitly and again inside the responses would be seen twice by the model.
void refuse_repeated_prompt(const Example& example, const Fields& fields) {
  const auto* prompt = example.prompt ? std::get_if<Conversation>(&*example.prompt) : nullptr;
  if (!prompt || prompt->empty()) return;
  for (const Text& response : example.responses) {
    const auto* messages = std::get_if<Conversation>(&response);
    if (!messages || messages->size() <= prompt->size() ||
        !std::equal(prompt->begin(), prompt->end(), messages->begin())) {
      return;
    }
  }
  fields.fail(str("found the messages of \"", fields.column("prompt"),
                  "\" again at the beginning of \"", fields.column(example.names[0]),
                  "\", expected only what follows them; leave out one of the two"));
}

}  // namespace

bool Example::is_chat() const {
  const auto is_list = [](const Text& text) { return std::holds_alternative<Conversation>(text); };
  return (prompt && is_list(*prompt)) || std::any_of(responses.begin(), responses.end(), is_list);
}

std::vector<std::string> field_names(Format format) {
  if (format == Format::pointwise) return {"prompt", "response", "score", "weight"};
  return {"prompt",     "chosen",    "rejected", "response_a",
          "response_b", "preferred", "margin",   "weight"};
}

Example parse_row(const Json& row, const RowShape& shape, const std::string& where) {
  const Fields fields(row, shape.columns, where);
  Example example = shape.format == Format::pairwise ? parse_pair(fields, shape.judged)
                                                     : parse_rating(fields, shape.judged);
  example.prompt = fields.prompt();
  example.ignored = fields.ignored(shape.format);
  refuse_repeated_prompt(example, fields);
  return example;
}

Format detect_format(const Json& row, const std::map<std::string, std::string>& columns,
                     const std::string& where) {
  const Fields fields(row, columns, where);
  const bool pair = (fields.has("chosen") && fields.has("rejected")) ||
                    (fields.has("response_a") && fields.has("response_b"));
  const bool rating = fields.has("response");
  if (pair == rating) {
    fields.fail(str("found ", pair ? "both a pair and a response" : "neither a pair nor a response",
                    fields.fields_of_row(), ", expected ", kPairwiseFields, " (pairwise), or ",
                    kPointwiseFields, " (pointwise); name the format"));
  }
  return pair ? Format::pairwise : Format::pointwise;
}

}  // namespace laurel
