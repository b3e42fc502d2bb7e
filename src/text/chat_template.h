// ChatTemplate: renders a conversation with the model's chat template, exactly as transformers
// does.
#pragma once

#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "core/options.h"
#include "text/conversation.h"

struct laurel_template;

namespace laurel {

struct TemplateOptions {
  std::optional<Path> chat_template = std::nullopt;
  nlohmann::json template_kwargs = nlohmann::json::object();
  std::optional<std::string> template_date = std::nullopt;
  void fields(auto& visit) {
    visit(
        "chat_template", chat_template,
        "A chat template, for a model without one or in place of its own: a file, or the text of a "
        "template. Checkpoints and exports carry it.",
        WhenNull{"the model's own"}, OrTemplate{});
    visit("template_kwargs", template_kwargs,
          "Variables passed to the chat template, e.g. {\"enable_thinking\": false}.");
    visit("template_date", template_date,
          "The date (YYYY-MM-DD) for chat templates that print today's date.",
          WhenNull{"a template that asks for the date is an error"});
  }
};

// `render` may be called from several threads at once.
class ChatTemplate {
 public:
  // `variables` holds the special tokens by their names ({"bos_token": "<s>", ...});
  // template_kwargs replace them where both have a name. Throws Error (model) that starts with
  // `where` on a syntax error, with its line; Error (usage) if template_date is not a date.
  ChatTemplate(const std::string& source, const std::string& where, const Json& variables,
               const TemplateOptions& options);

  // Without a generation prompt. `of_row` holds variables for this conversation alone ("tools",
  // "documents", others), before those of the constructor. Contents that are lists of text parts are
  // joined for a template that does not read such lists. Throws Error (data) with the template's own
  // message where it raises one, Error (usage) if it asks for the date and there is none.
  std::string render(const Conversation& conversation, const Json& of_row = Json::object()) const;

  const std::string& source() const { return source_; }

 private:
  struct Free {
    void operator()(laurel_template* handle) const;
  };
  struct Parts {
    std::once_flag tried;
    bool read = false;
  };
  std::string render_json(const Json& messages, const Json& of_row) const;
  bool reads_parts() const;

  std::string source_;
  std::unique_ptr<laurel_template, Free> handle_;
  std::unique_ptr<Parts> parts_ = std::make_unique<Parts>();
};

}  // namespace laurel
