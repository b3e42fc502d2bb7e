// A row under its format: the rules that all formats share.
#include "data/records/format.h"

#include <algorithm>
#include <array>

#include "core/str.h"
#include "core/unicode.h"
#include "data/records/record_fields.h"
#include "data/records/template_variables.h"

namespace laurel {

namespace {

// A prompt given explicitly and again inside a response would be seen twice by the model.
[[noreturn]] void fail_repeated(const RecordFields& record, const std::string& response) {
  record.fail(str("found the messages of \"", record.column("prompt"),
                  "\" again at the beginning of \"", record.column(response),
                  "\", expected only the messages that follow; leave out one of the two"));
}

bool begins_with(const Text& response, const Conversation& prompt) {
  const auto* messages = std::get_if<Conversation>(&response);
  return messages && messages->size() > prompt.size() &&
         std::equal(prompt.begin(), prompt.end(), messages->begin());
}

void refuse_repeated_prompt(const Example& example, const RecordFields& record) {
  const auto* prompt = example.prompt ? std::get_if<Conversation>(&*example.prompt) : nullptr;
  if (!prompt || prompt->empty()) return;
  for (size_t i = 0; i < example.responses.size(); ++i) {
    if (begins_with(example.responses[i], *prompt)) fail_repeated(record, example.names[i]);
  }
}

// A whole dialogue, with the string as its first user message.
bool holds_as_question(const Text& response, const std::string& prompt) {
  const auto* messages = std::get_if<Conversation>(&response);
  if (!messages) return false;
  const auto user = std::ranges::find(*messages, "user", &Message::role);
  return user != messages->end() && strip_white_space(user->content) == strip_white_space(prompt);
}

// A string beside whole dialogues that begin with it (as in UltraFeedback) says nothing new: the
// prompt is what the dialogues begin with.
void drop_repeated_string(Example& example, const RecordFields& record) {
  const auto* prompt = example.prompt ? std::get_if<std::string>(&*example.prompt) : nullptr;
  if (!prompt || prompt->empty()) return;
  const auto repeats = [&](const Text& response) { return holds_as_question(response, *prompt); };
  const auto first = std::ranges::find_if(example.responses, repeats);
  if (first == example.responses.end()) return;
  if (!std::ranges::all_of(example.responses, repeats)) {
    fail_repeated(record, example.names[static_cast<size_t>(first - example.responses.begin())]);
  }
  example.prompt.reset();
}

// Of expressions that are not evaluated: that a row has a field does not depend on its value.
FieldValues unknown_values(const FieldMap& fields) {
  FieldValues unknown;
  for (const std::string& name : fields.expressions()) unknown.values[name] = nullptr;
  return unknown;
}

// visit(Struct{}) for each format, in the order of Format.
template <size_t index = 0>
void for_each_format(const auto& visit) {
  if constexpr (index < std::variant_size_v<Format>) {
    visit(std::variant_alternative_t<index, Format>{});
    for_each_format<index + 1>(visit);
  }
}

// "... (pairwise), ... (pointwise), ... (ranked), or ... (segments)"
std::string needs_of_all(bool labelled) {
  std::string text;
  for_each_format([&]<class F>(const F&) {
    const bool last =
        std::is_same_v<F, std::variant_alternative_t<std::variant_size_v<Format> - 1, Format>>;
    text += str(text.empty() ? "" : ", ", last ? "or " : "", labelled ? F::needs : F::responses,
                " (", F::name, ")");
  });
  return text;
}

}  // namespace

const char* format_name(const Format& format) {
  return std::visit([](const auto& f) { return f.name; }, format);
}

LabelKind label_kind(const Format& format) {
  return std::visit([](const auto& f) { return f.label_kind; }, format);
}

// visit(name) for each field, until it gives true.
static bool any_field(const Format& format, const std::vector<std::string>& attributes,
                      const auto& visit) {
  const auto any_own = [&]<class F>(const F&) {
    return std::ranges::any_of(F::fields, [&](std::string_view field) {
      if constexpr (requires { F::labels; }) {
        const auto label = std::ranges::find(F::labels, field);
        if (!attributes.empty() && label != F::labels.end()) {
          return label == F::labels.begin() && std::ranges::any_of(attributes, visit);
        }
      }
      return visit(field);
    });
  };
  return visit("prompt") || std::visit(any_own, format) ||
         std::ranges::any_of(kTemplateFields, visit) || visit("weight") || visit("id");
}

std::vector<std::string> field_names(const Format& format,
                                     const std::vector<std::string>& attributes) {
  std::vector<std::string> names;
  any_field(format, attributes, [&](const auto& name) {
    names.emplace_back(name);
    return false;
  });
  return names;
}

bool is_field(const std::string& name, const Format& format,
              const std::vector<std::string>& attributes) {
  return any_field(format, attributes, [&](const auto& field) { return name == field; });
}

static bool is_label(const std::string& name) {
  constexpr std::array kLabels{"preferred",  "preference", "votes_a",  "votes_b", "votes_tie",
                               "tie",        "margin",     "strength", "score",   "scores",
                               "annotators", "ranks",      "labels",   "weight"};
  return std::ranges::count(kLabels, name) > 0;
}

FieldMap fields_to_score(const FieldMap& fields) {
  Fields kept = fields.fields();
  std::erase_if(kept, [&](const auto& field) {
    return fields.is_expression(field.first) && is_label(field.first);
  });
  return kept;
}

FieldMap fields_without_labels(const FieldMap& fields, const std::vector<std::string>& attributes) {
  Fields kept = fields.fields();
  std::erase_if(kept, [&](const auto& field) {
    return is_label(field.first) || std::ranges::count(attributes, field.first) > 0;
  });
  return kept;
}

Example parse_row(const Json& row, const RowSchema& schema, const std::string& where) {
  return parse_row(row, schema.fields.evaluate(row, "", where), schema, where);
}

Example parse_row(const Json& row, const FieldValues& values, const RowSchema& schema,
                  const std::string& where) {
  const RecordFields record(row, values, schema.fields, where, schema.labelled);
  Example example =
      std::visit([&](const auto& f) { return f.parse(record, schema); }, schema.format);
  example.prompt = record.prompt();
  example.variables = template_variables(record);
  example.id = values.id;
  for (const std::string& field : schema.slices) example.slices.push_back(record.slice(field));
  const auto is_ours = [&](const std::string& name) {
    return is_field(name, schema.format, schema.attributes);
  };
  for (std::string& name : record.others(is_ours)) {
    const bool is_slice = std::ranges::find(schema.slices, name) != schema.slices.end();
    if (!is_slice && !schema.covariates.reads(name)) example.ignored.push_back(std::move(name));
  }
  refuse_repeated_prompt(example, record);
  drop_repeated_string(example, record);
  example.covariates = schema.covariates.evaluate(row, example, where);
  return example;
}

NeededKeys needed_keys(const RowSchema& schema) {
  NeededKeys keys = schema.fields.keys();
  for (auto& of_covariate : schema.covariates.keys()) keys.push_back(std::move(of_covariate));
  for (const std::string& field : schema.slices) keys.emplace_back(field, "slices");
  return keys;
}

std::vector<Format> recognised_formats(const Json& row, const FieldMap& fields) {
  const std::string where;
  const FieldValues values = unknown_values(fields);
  const RecordFields record(row, values, fields, where);
  std::vector<Format> found;
  for_each_format([&](const auto& f) {
    if (f.recognise(record)) found.push_back(f);
  });
  return found;
}

Format detect_format(const Json& row, const FieldMap& fields, const std::string& where,
                     bool labelled) {
  const std::vector<Format> found = recognised_formats(row, fields);
  if (found.size() == 1) return found.front();
  const FieldValues values;
  const RecordFields record(row, values, fields, where);
  record.fail(
      str("found ", found.empty() ? "fields of no format" : "fields of several formats",
          record.fields_of_row(), ", expected ", needs_of_all(labelled),
          found.empty() ? "; where they have other names, say so in fields" : "; name the format"));
}

std::vector<std::string> reward_fields(const Format& format, const Json& row,
                                       const FieldMap& fields) {
  const std::string where;
  const FieldValues values = unknown_values(fields);
  const RecordFields record(row, values, fields, where);
  return std::visit([&](const auto& f) { return f.reward_fields(record); }, format);
}

}  // namespace laurel
