// A chat template, parsed and rendered for a conversation.
#include "core/json.h"
#include "fuzz/fuzz.h"
#include "text/chat_template.h"

using namespace laurel;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::vector<std::string> parts = fuzz::parts_of(data, size, 2);
  fuzz::guarded([&] {
    const Json variables = {{"bos_token", "<s>"}, {"eos_token", "</s>"}};
    const ChatTemplate source(parts[0], "fuzz", variables, {.template_date = "2026-01-31"});
    Conversation messages = {{.role = "user", .content = "What is it? "},
                             {.role = "assistant", .content = "A cat."}};
    if (!parts[1].empty()) {
      const Json given = parse_json(parts[1], "fuzz", ErrorKind::data);
      const Text text = text_from_json(given, "fuzz");
      if (const auto* list = std::get_if<Conversation>(&text)) messages = *list;
    }
    fuzz::require(is_utf8(source.render(messages)), "a template renders text");
  });
  return 0;
}
