// Reads tools, documents and chat_template_kwargs, as transformers' apply_chat_template takes them.
#include "data/records/template_variables.h"

#include <algorithm>

#include "core/error.h"
#include "core/str.h"

namespace laurel {

namespace {

// The field's value, or what the JSON in a string says.
Json value_of(const RecordFields& record, const char* name) {
  const Json& value = record.required(name);
  if (!value.is_string()) return value;
  const std::string& text = value.get_ref<const std::string&>();
  try {
    return parse_json(text, str("\"", record.column(name), "\""), ErrorKind::data);
  } catch (const Error& error) {
    record.fail(str("found a string that is no JSON: ", error.message));
  }
}

Json list_of_objects(const RecordFields& record, const char* name) {
  Json value = value_of(record, name);
  const auto is_object = [](const Json& item) { return item.is_object(); };
  if (value.is_null()) return value;
  if (!value.is_array()) {
    record.fail(str("found ", describe_json(value), " for \"", record.column(name),
                    "\", expected a list of objects, or one as JSON in a string"));
  }
  const auto other = std::ranges::find_if_not(value, is_object);
  if (other != value.end()) {
    record.fail(str("found ", describe_json(*other), " in \"", record.column(name),
                    "\", expected objects: the chat template reads their members"));
  }
  return value;
}

// What laurel sets by itself, and what has a field of its own.
void refuse_own_names(const Json& variables, const RecordFields& record) {
  for (const char* name : {"messages", "add_generation_prompt", "tools", "documents"}) {
    if (!variables.contains(name)) continue;
    const bool is_field =
        std::ranges::find(kTemplateFields, std::string(name)) != kTemplateFields.end();
    record.fail(str("found \"", name, "\" in \"", record.column("chat_template_kwargs"), "\", ",
                    is_field ? str("expected it as a field \"", name, "\" of the row")
                             : std::string("which laurel sets: conversations are rendered as they "
                                           "are")));
  }
}

}  // namespace

Json template_variables(const RecordFields& record) {
  Json variables = Json::object();
  if (record.given("chat_template_kwargs")) {
    Json others = value_of(record, "chat_template_kwargs");
    if (!others.is_object() && !others.is_null()) {
      record.fail(str("found ", describe_json(others), " for \"",
                      record.column("chat_template_kwargs"),
                      "\", expected an object of template variables, or one as JSON in a string"));
    }
    refuse_own_names(others, record);
    if (others.is_object()) variables = std::move(others);
  }
  for (const char* name : {"tools", "documents"}) {
    if (!record.given(name)) continue;
    if (Json value = list_of_objects(record, name); !value.is_null()) variables[name] = value;
  }
  return variables;
}

}  // namespace laurel
