// The text rule of a source, and the notes and warnings of loading.
#include <gmock/gmock.h>

#include "data/sources/load.h"
#include "data/tiny.h"

namespace laurel::load_messages_test {
namespace {

using test::context_of;
using test::error_of;
using test::list_row;
using test::pair_row;
using test::pairs_from;
using test::ratings_from;
using test::write_data;
using testing::ElementsAre;

TEST(LoadSource, TakesMessageListsAsChat) {
  const SourceData data =
      load_source(ratings_from(write_data("a.jsonl", list_row("w1", "w2", 4))), 0, context_of());
  EXPECT_EQ(data.rule, TextRule::chat);
  EXPECT_FALSE(data.has_strings);
  EXPECT_THAT(data.train.groups[0].responses[0].ids, ElementsAre(3, 11, 5, 4, 12, 5));
  EXPECT_THAT(data.notes,
              ElementsAre("source ukp: rows are message lists, so their text rule is chat"));
}

TEST(LoadSource, TakesStringsByTheRuleOfTheModelWhereItHasOne) {
  LoadContext context = context_of();
  context.strings = TextRule::chat;
  const SourceData data =
      load_source(pairs_from({write_data("a.jsonl", pair_row(1, 2, 3))}), 0, context);
  EXPECT_EQ(data.rule, TextRule::chat);
  EXPECT_TRUE(data.has_strings);
}

TEST(LoadSource, RefusesAMixOfStringsAndMessageLists) {
  const std::string path =
      write_data("a.jsonl", "{\"response\": \"w1\", \"score\": 1}\n" + list_row("w1", "w2", 4));
  EXPECT_EQ(error_of(ErrorKind::data, [&] { load_source(ratings_from(path), 0, context_of()); }),
            "source ukp: found strings (" + path + ":1) and message lists (" + path +
                ":2), expected rows of one kind, or \"text\": \"chat\"");
  const std::string fine = write_data("b.jsonl", R"({"prompt": "w1", "response": "w2", "score": 1})"
                                                 "\n" +
                                                     list_row("w1", "w2", 4));
  SourceOptions chat = ratings_from(fine);
  chat.text = TextChoice::chat;
  const SourceData data = load_source(chat, 0, context_of());
  EXPECT_EQ(data.train.groups[0].responses[0].ids, data.train.groups[1].responses[0].ids);
}

TEST(LoadSource, RefusesChatWithoutATemplate) {
  const std::string path = write_data("a.jsonl", list_row("w1", "w2", 4));
  const LoadContext context{.folder = test::tiny_folder_without_template(),
                            .pooling = {},
                            .length = {.max_length = 100},
                            .data = {}};
  EXPECT_EQ(
      error_of(ErrorKind::model, [&] { load_source(ratings_from(path), 0, context); }),
      "source ukp: the text rule is chat (" + path +
          ":1), but the model's folder has no chat template: copy chat_template.jinja (or "
          "tokenizer_config.json with one) into it, as of the instruct model of the same family; "
          "or give strings as prompt and answers, with \"text\": \"plain\"");
}

TEST(LoadSource, RemembersTheFirstMargin) {
  const std::string path = write_data(
      "a.jsonl", pair_row(1, 2, 3) + R"({"chosen": "w1", "rejected": "w2", "margin": 1})" + "\n");
  EXPECT_EQ(load_source(pairs_from({path}), 0, context_of()).first.given.at("margin"), path + ":2");
}

TEST(LoadSource, WarnsOfSpecialTextRolesAndRepeatedPrompts) {
  const std::string path = write_data(
      "a.jsonl", list_row("w1", "w2", 1) + list_row("w1", "w3 <end>", 2) +
                     R"({"score": 1, "response": [{"role": "user", "content": "w5"}]})" + "\n");
  EXPECT_THAT(
      load_source(ratings_from(path), 0, context_of()).warnings,
      ElementsAre("source ukp: 1 row with text that spells a special token "
                  "(data.special_text), the first: " +
                      path + ":2",
                  "source ukp: 1 row whose last message has another role than \"assistant\", "
                  "the first: " +
                      path + ":3"));
  const std::string twice =
      write_data("b.jsonl", R"({"prompt": "w1", "chosen": "w1 w2", "rejected": "w1 w3"})"
                            "\n");
  EXPECT_THAT(load_source(pairs_from({twice}), 0, context_of()).warnings,
              ElementsAre("source ukp: 1 row with answers that begin with the prompt: the model "
                          "sees it twice, the first: " +
                          twice + ":1"));
}

TEST(LoadSource, WarnsOfEvaluationRowsThatTrainingHasSeen) {
  const std::string a = write_data("a.jsonl", pair_row(1, 2, 3));
  const std::string b = write_data("b.jsonl", pair_row(1, 3, 2) + pair_row(1, 2, 4));
  EXPECT_THAT(
      load_source(pairs_from({a}, {b}), 0, context_of()).warnings,
      ElementsAre("source ukp: 1 of 2 evaluation rows are also training rows (same texts)"));
}

TEST(LoadSource, NamesIgnoredFieldsOncePerFile) {
  const std::string a = write_data("a.jsonl", R"({"chosen": "w1", "rejected": "w2", "id": 1}
{"chosen": "w1", "rejected": "w3", "topic": "x", "id": 2}
)");
  const SourceData data = load_source(pairs_from({a}), 0, context_of());
  EXPECT_THAT(data.notes, testing::Contains(a + ": ignored fields: id, topic"));
}

TEST(RuleOfStrings, IsOneForAllSources) {
  SourceData lists, plain, chat;
  lists.rule = TextRule::chat;
  plain.options.name = "a";
  chat.options.name = "b";
  plain.has_strings = chat.has_strings = true;
  chat.rule = TextRule::chat;
  EXPECT_FALSE(rule_of_strings(std::vector{lists}));
  EXPECT_EQ(rule_of_strings(std::vector{lists, plain}), TextRule::plain);
  EXPECT_EQ(error_of(ErrorKind::usage,
                     [&] {
                       rule_of_strings(std::vector{lists, plain, chat});
                     }),
            "sources: found strings under two text rules, a (plain) and b (chat), expected one "
            "rule for all strings of a model");
}

}  // namespace
}  // namespace laurel::load_messages_test
