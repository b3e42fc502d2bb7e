// What the chat template leaves out is told.
#include <gmock/gmock.h>

#include "core/str.h"
#include "data/short_warnings.h"
#include "data/tiny.h"

namespace laurel::guards_template_test {
namespace {

using test::error_of;
using test::short_warnings;
using test::write_data;
using testing::ElementsAre;
using testing::IsEmpty;

// A template without a branch for the role.
const char* kOnlyTwoRoles =
    "{% for m in messages %}{% if m.role in ['user', 'assistant'] %}<{{ m.role }}>{{ m.content }}"
    "<end>{% endif %}{% endfor %}";

TextProcessor with_template(const char* source) {
  TextProcessor text = load_text_processor(
      std::filesystem::path(LAUREL_SOURCE_DIR) / "tests" / "golden" / "text" / "header",
      {.chat_template = Path{source}, .template_date = "2026-01-31"});
  return text;
}

std::string rows_with(const std::string& role) {
  return R"({"prompt": [{"role": ")" + role +
         R"(", "content": "What is that?"}], "chosen": [{"role": "assistant", "content": "This."}],)"
         R"( "rejected": [{"role": "assistant", "content": "No idea at all."}]})" +
         "\n";
}

TEST(Guards, AMessageThatTheTemplateLeavesOutIsTold) {
  const TextProcessor text = with_template(kOnlyTwoRoles);
  const LoadContext own{.folder = text, .pooling = {}, .length = {.max_length = 1000}, .data = {}};
  SourceOptions source{.name = "s", .format = PairwiseFormat{}};
  source.train = {{write_data("human.jsonl", rows_with("human"))}};
  EXPECT_THAT(short_warnings(load_source(source, 0, own)),
              ElementsAre("source s: 1 row with a message of the role \"human\" that the chat "
                          "template leaves out, in whole or in part"));
  source.train = {{write_data("user.jsonl", rows_with("user"))}};
  EXPECT_THAT(load_source(source, 0, own).warnings, IsEmpty());
}

std::string row_beside(const Json& more, const Json& answer) {
  Json row{{"prompt", {{{"role", "user"}, {"content", "What is that?"}}}},
           {"chosen", {answer}},
           {"rejected", {{{"role", "assistant"}, {"content", "No idea at all."}}}}};
  row.update(more);
  return row.dump() + "\n";
}

// Its text is the same without them.
TEST(Guards, FieldsThatTheTemplateDoesNotReadAreTold) {
  const Json answer{{"role", "assistant"}, {"content", "This."}};
  Json calls = answer, thinks = answer;
  calls["tool_calls"] = {
      {{"type", "function"}, {"function", {{"name", "f"}, {"arguments", "{}"}}}}};
  thinks["reasoning_content"] = "Hm.";
  const Json tools{{"tools", {{{"type", "function"}, {"function", {{"name", "f"}}}}}}},
      documents{{"documents", {{{"title", "D"}, {"text", "words"}}}}};
  const std::vector<std::pair<std::string, std::string>> cases{
      {row_beside(tools, answer), "\"tools\""},
      {row_beside(documents, answer), "\"documents\""},
      {row_beside({{"prompt", {calls, {{"role", "user"}, {"content", "And?"}}, calls}}}, calls),
       "\"tool_calls\" in a message of the role \"assistant\""},
      {row_beside(Json::object(), calls), "\"tool_calls\" in a message of the role \"assistant\""},
      {row_beside(Json::object(), thinks),
       "\"reasoning_content\" in a message of the role \"assistant\""}};
  const auto warnings = [](const char* source_of_template, const std::string& row) {
    const TextProcessor text = with_template(source_of_template);
    const LoadContext own{
        .folder = text, .pooling = {}, .length = {.max_length = 1000}, .data = {}};
    SourceOptions source{.name = "s", .format = PairwiseFormat{}};
    source.train = {{write_data("beside.jsonl", row)}};
    return short_warnings(load_source(source, 0, own));
  };
  Json no_thoughts = answer;
  no_thoughts["reasoning_content"] = "\n\n";
  EXPECT_THAT(warnings(kOnlyTwoRoles, row_beside(Json::object(), no_thoughts)), IsEmpty());
  for (const auto& [row, what] : cases) {
    EXPECT_THAT(warnings(kOnlyTwoRoles, row),
                ElementsAre(str("source s: 1 row with ", what,
                                " that the chat template leaves out, in whole or in part")));
    EXPECT_THAT(
        warnings("{{ tools }}{{ documents }}{% for m in messages %}<{{ m.role }}>"
                 "{{ m.content }}{{ m.tool_calls }}{{ m.reasoning_content }}<end>{% endfor %}",
                 row),
        IsEmpty());
  }
}

TEST(Guards, ALastQuestionThatTheTemplateLeavesOutIsRefusedInTraining) {
  const TextProcessor text = with_template(
      "{% for m in messages %}{% if m.role == 'assistant' %}<{{ m.role }}>{{ m.content }}<end>"
      "{% endif %}{% endfor %}");
  LoadContext context{.folder = text, .pooling = {}, .length = {.max_length = 1000}, .data = {}};
  SourceOptions source{.name = "s", .format = PairwiseFormat{}};
  const std::string path = write_data("lost.jsonl", rows_with("user"));
  source.train = {{path}};
  EXPECT_EQ(error_of(ErrorKind::data, [&] { load_source(source, 0, context); }),
            "source s: 1 row whose last message of the user does not occur in what the chat "
            "template makes of it, the first: " +
                path +
                ":1; the model would not see the question: correct the roles, or the template "
                "(model.chat_template)");
  context.guarding = Guarding::evaluation;
  EXPECT_EQ(load_source(source, 0, context).warnings.size(), 1);
}

}  // namespace
}  // namespace laurel::guards_template_test
