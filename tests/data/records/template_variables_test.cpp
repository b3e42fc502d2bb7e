// Rows with tools, documents and other variables of the chat template render as in transformers.
#include "data/records/template_variables.h"

#include <gmock/gmock.h>

#include "core/files.h"
#include "data/records/format.h"
#include "data/sources/encode_example.h"
#include "data/sources/response_stats.h"
#include "data/tiny.h"

namespace laurel::template_variables_test {
namespace {

using test::error_of;
using testing::HasSubstr;

std::filesystem::path golden_folder() {
  return std::filesystem::path(LAUREL_SOURCE_DIR) / "tests" / "golden" / "text";
}

Example example_of(Json row) {
  row["response"] = std::exchange(row["messages"], nullptr);
  return parse_row(row, {.format = PointwiseFormat{}, .fields = {}, .labelled = false}, "a:3");
}

TextProcessor processor_of(const std::string& file) {
  TextProcessor text = load_text_processor(golden_folder() / "header");
  const Json names = {{"bos_token", text.bos->text}, {"eos_token", text.eos->text}};
  text.chat_template.emplace(read_file(golden_folder() / "tools" / file), file, names,
                             TemplateOptions{});
  return text;
}

// 39 rows by scripts/make_golden_tools.py. Where a template makes the repr() of a list of parts, or
// nothing, the parts are joined.
TEST(TemplateVariables, RowsRenderAsInTransformers) {
  const Json golden =
      parse_json(read_file(golden_folder() / "tools.json"), "golden", ErrorKind::data);
  ASSERT_EQ(golden.size(), 39);
  for (const Json& entry : golden) {
    const TextProcessor text = processor_of(entry["template"]);
    const Example example = example_of(entry["row"]);
    const auto& messages = std::get<Conversation>(example.responses[0]);
    const auto render = [&] { return text.chat_template->render(messages, example.variables); };
    if (entry.contains("error")) {
      EXPECT_THAT(error_of(ErrorKind::data, render), HasSubstr("one call at once"));
      continue;
    }
    const bool reads_parts = entry["template"] == "parts.jinja";
    const Json& expected =
        entry.contains("joined") && !reads_parts ? entry["joined"] : entry["text"];
    EXPECT_EQ(render(), expected.get<std::string>()) << entry["template"] << " " << entry["row"];
  }
}

TEST(TemplateVariables, ToolsOfARowTakeTheTemplateThatTheFolderNamesForThem) {
  TextProcessor text = processor_of("parts.jinja");
  text.tool_template.emplace("{{ tools | length }} tools", "tools", Json::object(),
                             TemplateOptions{});
  const Conversation answer = {{.role = "assistant", .content = "a"}};
  const auto ids = [&](const Json& variables) {
    return tokenize_text(text, {.rule = TextRule::chat}, {}, answer, variables).ids;
  };
  EXPECT_EQ(ids({{"tools", Json::array({Json::object()})}}),
            text.tokenizer.encode("1 tools", false));
  EXPECT_EQ(ids({{"documents", Json::array()}}), ids(Json::object()));
}

std::string refusal(const std::string& fields) {
  const Json row =
      Json::parse(R"({"messages": [{"role": "user", "content": "q"}], )" + fields + "}");
  return error_of(ErrorKind::data, [&] { example_of(row); });
}

TEST(TemplateVariables, WhatIsNoListOfObjectsIsRefusedWithItsField) {
  EXPECT_EQ(
      refusal(R"("tools": 3)"),
      "a:3: found the number 3 for \"tools\", expected a list of objects, or one as JSON in a "
      "string");
  EXPECT_EQ(refusal(R"("documents": ["a"])"),
            "a:3: found a string in \"documents\", expected objects: the chat template reads their "
            "members");
  EXPECT_THAT(refusal(R"("tools": "[{")"),
              HasSubstr("a:3: found a string that is no JSON: \"tools\""));
  EXPECT_EQ(refusal(R"("chat_template_kwargs": [])"),
            "a:3: found a list for \"chat_template_kwargs\", expected an object of template "
            "variables, or one as JSON in a string");
}

TEST(TemplateVariables, NamesThatLaurelSetsAreRefused) {
  EXPECT_EQ(refusal(R"("chat_template_kwargs": {"add_generation_prompt": true})"),
            "a:3: found \"add_generation_prompt\" in \"chat_template_kwargs\", which laurel sets: "
            "conversations are rendered as they are");
  EXPECT_EQ(refusal(R"("chat_template_kwargs": {"tools": []})"),
            "a:3: found \"tools\" in \"chat_template_kwargs\", expected it as a field \"tools\" of "
            "the row");
}

TEST(TemplateVariables, TheyBelongToThePrompt) {
  const Json row = Json::parse(R"({"prompt": "q", "response": "a"})");
  const auto hash = [&](const Json& fields) {
    Json with = row;
    with.update(fields);
    return prompt_hash(
        parse_row(with, {.format = PointwiseFormat{}, .fields = {}, .labelled = false}, "a:3"));
  };
  const Json tools = {{"tools", Json::array({{{"name", "f"}}})}};
  EXPECT_EQ(hash({{"tools", nullptr}}), hash(Json::object()));
  EXPECT_EQ(hash(tools), hash({{"tools", R"([{"name": "f"}])"}}));
  EXPECT_NE(hash(tools), hash(Json::object()));
}

TEST(TemplateVariables, ContentsOfTextPartsAreJoinedAndOthersRefusedByName) {
  const auto message = [](const char* content) {
    return text_from_json(
        Json::parse(std::string(R"([{"role": "user", "content": )") + content + "}]"),
        "a:3: prompt");
  };
  const Text text = message(R"([{"type": "text", "text": "a "}, {"type": "text", "text": "b"}])");
  EXPECT_EQ(std::get<Conversation>(text)[0].content, "a b");
  EXPECT_EQ(error_of(ErrorKind::data, [&] { message(R"([{"type": "image", "image": "x"}])"); }),
            "a:3: prompt[0]: content[0]: found a part of the type \"image\", expected text parts: "
            "laurel reads text alone");
  EXPECT_EQ(error_of(ErrorKind::data, [&] { message(R"(["a"])"); }),
            "a:3: prompt[0]: content[0]: found a string, expected a text part {\"type\": \"text\", "
            "\"text\": ...}");
}

TEST(TemplateVariables, AMessageNeedsNoContentBesideToolCalls) {
  const auto parsed = [](const char* message) {
    const Text text = text_from_json(Json::parse(std::string("[") + message + "]"), "a:3: chosen");
    return json_of(std::get<Conversation>(text)).dump();
  };
  EXPECT_EQ(parsed(R"({"role": "assistant", "content": null, "tool_calls": [{"name": "f"}]})"),
            R"([{"role":"assistant","tool_calls":[{"name":"f"}]}])");
  EXPECT_EQ(parsed(R"({"role": "assistant", "tool_calls": [{"name": "f", "arguments": "{}"}]})"),
            R"([{"role":"assistant","tool_calls":[{"name":"f","arguments":"{}"}]}])");
  EXPECT_EQ(
      error_of(ErrorKind::data,
               [&] { parsed(R"({"role": "assistant", "content": null, "tool_calls": []})"); }),
      "a:3: chosen[0]: found null as \"content\", expected a string in each message (or text "
      "parts; none beside \"tool_calls\")");
}

}  // namespace
}  // namespace laurel::template_variables_test
