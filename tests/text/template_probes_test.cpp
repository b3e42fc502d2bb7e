// Small templates render as in transformers, or are refused: none renders otherwise.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/files.h"
#include "core/str.h"
#include "text/golden.h"

namespace laurel::template_probes_test {
namespace {

using testing::HasSubstr;

struct Rendered {
  std::string text, error;  // one of them
};

Rendered rendered(const Json& probe) {
  try {
    const ChatTemplate chat_template(probe["template"].get<std::string>(), "template",
                                     Json::object(), {});
    const Text messages = text_from_json(probe["messages"], "probe");
    return {chat_template.render(std::get<Conversation>(messages)), ""};
  } catch (const Error& error) {
    return {"", error.what()};
  }
}

Json probes() {
  const auto file = golden_folder("template_probes.json");
  return parse_json(read_file(file), file.string(), ErrorKind::data);
}

std::string told(const Json& probe) {
  return str(probe["template"].dump(), " ", probe["messages"].dump(-1, ' ', true));
}

// 368 probes by scripts/make_golden_templates.py. Of a range that is written, Python writes the ends.
TEST(TemplateProbes, NoneRendersOtherwiseThanInTransformers) {
  size_t equal = 0;
  for (const Json& probe : probes()) {
    if (probe["template"].get<std::string>().find("{{ range(3) }}") != std::string::npos) continue;
    const Rendered ours = rendered(probe);
    equal += ours.error.empty();
    if (probe.contains("error")) {
      EXPECT_NE(ours.error, "") << told(probe) << " gives " << ours.text;
    } else if (ours.error.empty()) {
      EXPECT_EQ(Json(ours.text).dump(-1, ' ', true), probe["text"].dump(-1, ' ', true))
          << told(probe);
    }
  }
  EXPECT_GE(equal, 286u);  // all others are refused
}

TEST(TemplateProbes, WhatCannotBeMadeEqualIsRefusedByName) {
  const auto error = [](const char* source, Json fields = Json::object()) {
    Json message = {{"role", "user"}, {"content", "Straße"}};
    message.update(fields);
    return rendered({{"template", source}, {"messages", Json::array({message})}}).error;
  };
  EXPECT_THAT(
      error("{{ messages[0].n }}", {{"n", 1e22}}),
      HasSubstr("found the number 1e+22 in a message, expected numbers of at most 64 bits"));
  EXPECT_THAT(error("{{ (1, 2) == [1, 2] }}"), HasSubstr("found an operator beside a tuple"));
  EXPECT_THAT(error("\n{% autoescape true %}x{% endautoescape %}"),
              HasSubstr("line 2: found {% autoescape %}"));
  EXPECT_THAT(error("{{ messages[0].content.casefold() }}"), HasSubstr("in casefold"));
  EXPECT_THAT(error("{{ messages[0].content.strip }}"),
              HasSubstr("found the method strip to be written, expected a call of it"));
  EXPECT_THAT(error("{{ messages[0].content | center(9) }}"),
              HasSubstr("filter center is unknown"));
  EXPECT_THAT(error("{{ [1, true] | unique | list }}"), HasSubstr("in unique, expected one kind"));
  EXPECT_THAT(error("{{ '١' | int }}"), HasSubstr("in int, expected those of ASCII"));
}

}  // namespace
}  // namespace laurel::template_probes_test
