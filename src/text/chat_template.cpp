// ChatTemplate, implemented by the Rust library.
#include "text/chat_template.h"

#include <algorithm>

#include "text/rust_ffi.h"

namespace laurel {

void ChatTemplate::Free::operator()(laurel_template* handle) const { laurel_template_free(handle); }

static Json all_variables(const Json& variables, const nlohmann::json& template_kwargs) {
  if (!template_kwargs.is_object()) {
    throw Error{ErrorKind::usage, "model.template_kwargs: expected an object"};
  }
  Json all = variables;
  for (const auto& [name, value] : template_kwargs.items()) {
    if (name == "messages" || name == "add_generation_prompt") {
      throw Error{ErrorKind::usage,
                  str("model.template_kwargs: found \"", name,
                      "\", which is set by laurel: conversations are rendered as they are")};
    }
    all[name] = value;
  }
  for (const char* name : {"tools", "documents"}) {
    if (!all.contains(name)) all[name] = nullptr;
  }
  all["add_generation_prompt"] = false;
  return all;
}

static bool is_date(const std::string& text) {
  laurel_template* none = nullptr;
  char* message = laurel_template_new("", 0, "{}", 2, text.c_str(), &none);
  laurel_template_free(none);
  laurel_message_free(message);
  return message == nullptr;
}

ChatTemplate::ChatTemplate(const std::string& source, const std::string& where,
                           const Json& variables, const TemplateOptions& options)
    : source_(source) {
  const auto& date = options.template_date;
  if (date && !is_date(*date)) {
    throw Error{ErrorKind::usage,
                str("model.template_date: found \"", *date, "\", expected a date as YYYY-MM-DD")};
  }
  const std::string all = all_variables(variables, options.template_kwargs).dump();
  laurel_template* handle = nullptr;
  check(laurel_template_new(source.data(), source.size(), all.data(), all.size(),
                            date ? date->c_str() : nullptr, &handle),
        ErrorKind::model, where);
  handle_.reset(handle);
}

// A template that reads lists of parts makes of one part what it makes of a string.
bool ChatTemplate::reads_parts() const {
  std::call_once(parts_->tried, [this] {
    const auto rendered = [this](const Json& content) {
      const Json answer = {{"role", "assistant"}, {"content", "answer"}};
      return render_json(Json::array({{{"role", "user"}, {"content", content}}, answer}),
                         Json::object());
    };
    try {
      const Json parts = Json::array({{{"type", "text"}, {"text", "question"}}});
      parts_->read = rendered(parts) == rendered("question");
    } catch (const Error&) {
    }
  });
  return parts_->read;
}

std::string ChatTemplate::render(const Conversation& conversation, const Json& of_row) const {
  const auto in_parts = [](const Message& message) { return !message.parts.is_null(); };
  const bool as_parts = std::ranges::any_of(conversation, in_parts) && reads_parts();
  return render_json(json_of(conversation, as_parts), of_row);
}

std::string ChatTemplate::render_json(const Json& conversation, const Json& of_row) const {
  const std::string messages = conversation.dump(), variables = of_row.dump();
  laurel_bytes text{};
  bool date_missing = false;
  char* message = laurel_template_render(handle_.get(), messages.data(), messages.size(),
                                         variables.data(), variables.size(), &text, &date_missing);
  if (date_missing) {
    throw Error{ErrorKind::usage, str(take(message),
                                      ", so rewards would change from day to day; set "
                                      "model.template_date to a day, e.g. \"2026-01-31\"")};
  }
  check(message, ErrorKind::data, "chat template");
  return take(text);
}

}  // namespace laurel
