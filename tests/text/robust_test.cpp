// Files that are wrong, texts that are extreme, many threads on one handle.
#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "core/str.h"
#include "laurel_rust.h"
#include "text/errors.h"
#include "text/golden.h"
#include "text/tokenize.h"
#include "text/tokenizer_class.h"

namespace laurel::robust_test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

ChatTemplate template_of(const std::string& source, const TemplateOptions& options = {}) {
  return ChatTemplate(source, "folder/chat_template.jinja", {{"bos_token", "<s>"}}, options);
}

std::string model_error(const std::function<void()>& call) {
  return message_of(call, ErrorKind::model);
}

TEST(Robust, AnInvalidTokenizerIsAnErrorWithItsPath) {
  for (const char* json : {"", "{", "[]", "{}", R"({"model":{"type":"BPE","vocab":3}})", "\xff"}) {
    EXPECT_THAT(model_error([&] { Tokenizer(json, "folder/tokenizer.json"); }),
                StartsWith("folder/tokenizer.json: "))
        << json;
  }
}

TEST(Robust, AFolderWithoutTokenizerNamesTheFile) {
  EXPECT_THAT(model_error([] { load_text_processor("/nowhere"); }),
              HasSubstr("/nowhere/tokenizer.json: no such file"));
}

TEST(Robust, AMalformedTokenOfTheConfigIsAnErrorWithItsPath) {
  const auto folder = std::filesystem::path(testing::TempDir()) / "laurel_malformed_token";
  std::filesystem::create_directories(folder);
  std::filesystem::copy(golden_folder("marks") / "tokenizer.json", folder / "tokenizer.json",
                        std::filesystem::copy_options::overwrite_existing);
  for (const char* config :
       {R"({"eos_token": {"content": 3}})", R"({"added_tokens_decoder": {"x": {"content": "a"}}})",
        R"({"added_tokens_decoder": {"1.5": {"content": "a"}}})",
        R"({"bos_token": {"content": "a", "lstrip": "no"}})"}) {
    write_file(folder / "tokenizer_config.json", config);
    EXPECT_THAT(model_error([&] { load_text_processor(folder); }),
                HasSubstr("laurel_malformed_token/tokenizer_config.json: found a malformed token"))
        << config;
  }
  write_file(folder / "tokenizer_config.json", "[]");
  EXPECT_THAT(model_error([&] { load_text_processor(folder); }),
              HasSubstr("tokenizer_config.json: found a list, expected an object"));
  write_file(folder / "tokenizer_config.json", R"({"eos_token": "<|im_end|>"})");
  EXPECT_EQ(load_text_processor(folder).eos->text, "<|im_end|>");
  EXPECT_FALSE(load_text_processor(folder).chat_template.has_value());
  std::filesystem::remove_all(folder);
}

TEST(Robust, AFileThatCannotBeLookedAtIsNotTakenForAbsent) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(testing::TempDir()) / "laurel_link_to_itself";
  for (const char* name :
       {"special_tokens_map.json", "tokenizer_config.json", "chat_template.jinja"}) {
    fs::remove_all(folder);
    fs::create_directories(folder);
    fs::copy(golden_folder("marks") / "tokenizer.json", folder / "tokenizer.json");
    EXPECT_NO_THROW(load_text_processor(folder));
    fs::create_symlink(name, folder / name);
    EXPECT_THAT(model_error([&] { load_text_processor(folder); }),
                StartsWith((folder / name).string() + ": cannot be read: "));
  }
  fs::remove_all(folder);
}

TEST(Robust, ATemplateWithASyntaxErrorNamesTheLine) {
  EXPECT_THAT(model_error([] { template_of("a\n{% if %}\n{% endif %}"); }),
              StartsWith("folder/chat_template.jinja: line 2: syntax error"));
  EXPECT_THAT(model_error([] { template_of("a\nb\n{% for x in y %}"); }), HasSubstr("line 3"));
}

TEST(Robust, ATemplateThatRaisesGivesItsOwnMessage) {
  const ChatTemplate raising = template_of("{{ raise_exception('no ' ~ messages[0].role) }}");
  EXPECT_EQ(message_of(
                [&] {
                  raising.render({{"user", "x"}});
                },
                ErrorKind::data),
            "chat template: the chat template raises: no user");
  const ChatTemplate wrong = template_of("\n{{ missing.name }}");
  EXPECT_EQ(message_of(
                [&] {
                  wrong.render({{"user", "x"}});
                },
                ErrorKind::data),
            "chat template: line 2: undefined value");
}

TEST(Robust, ATemplateThatPrintsTheDateNeedsOne) {
  const std::string source = "{{ strftime_now('%-d %B %Y') }}";
  const ChatTemplate undated = template_of(source);
  EXPECT_EQ(message_of([&] { undated.render({}); }, ErrorKind::usage),
            "the chat template prints today's date, so rewards would change from day to day; set "
            "model.template_date to a day, e.g. \"2026-01-31\"");
  EXPECT_EQ(template_of(source, {.template_date = "2026-02-03"}).render({}), "3 February 2026");
  for (const char* day : {"", "2026-2-3", "2026-02-30", "today", "2026-02-03x"}) {
    EXPECT_EQ(message_of([&] { template_of(source, {.template_date = day}); }, ErrorKind::usage),
              str("model.template_date: found \"", day, "\", expected a date as YYYY-MM-DD"));
  }
}

TEST(Robust, TemplateKwargsReplaceSpecialTokensButNotWhatLaurelSets) {
  EXPECT_EQ(template_of("{{ bos_token }}{{ x }}").render({}), "<s>");
  const TemplateOptions both{.template_kwargs = {{"bos_token", "B"}, {"x", true}}};
  EXPECT_EQ(template_of("{{ bos_token }}{{ x }}", both).render({}), "BTrue");
  const TemplateOptions prompt{.template_kwargs = {{"add_generation_prompt", true}}};
  EXPECT_THAT(message_of([&] { template_of("", prompt); }, ErrorKind::usage),
              StartsWith("model.template_kwargs: found \"add_generation_prompt\""));
  const TemplateOptions list{.template_kwargs = nlohmann::json::array()};
  EXPECT_EQ(message_of([&] { template_of("", list); }, ErrorKind::usage),
            "model.template_kwargs: expected an object");
}

TEST(Robust, AMegabyteOfOneLetterIsEncodedInSeconds) {
  const auto begin = std::chrono::steady_clock::now();
  for (const char* name : {"header", "brackets", "turns"}) {
    const TextProcessor text = golden_text(name);
    EXPECT_GT(text.tokenizer.encode(std::string(1 << 20, 'a'), true).size(), 1000u) << name;
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  EXPECT_LT(seconds.count(), 30);
}

TEST(Robust, OneHandleServesSeveralThreads) {
  const TextProcessor text = golden_text("marks");
  const auto expected = tokenize_text(text, {}, "What is it?", "A cat, naïve 😀").ids;
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 200; ++k) {
        wrong += tokenize_text(text, {}, "What is it?", "A cat, naïve 😀").ids != expected;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(Robust, BytesThatAreNotUtf8AndIdsThatDoNotExistAreAnswered) {
  const TextProcessor text = golden_text("marks");
  EXPECT_EQ(message_of([&] { text.tokenizer.encode("ab\xff", false); }, ErrorKind::data),
            "tokenizer: found bytes that are not UTF-8 at byte 2");
  EXPECT_EQ(text.tokenizer.token_of(1 << 30), std::nullopt);
  EXPECT_EQ(text.tokenizer.token_of(-1), std::nullopt);
  EXPECT_EQ(text.tokenizer.id_of("no such token"), std::nullopt);
  EXPECT_EQ(text.tokenizer.special_text("a<|im_end|><|im_end"), (std::vector<ByteRange>{{1, 11}}));
}

TEST(Robust, TheLibraryHashesAndChecksSafetensorsHeaders) {
  char digits[65];
  ASSERT_EQ(laurel_sha256("abc", 3, digits), nullptr);
  EXPECT_STREQ(digits, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  laurel_bytes json{};
  char* message = laurel_safetensors_check("\x02\0\0\0\0\0\0\0{}", 10, 12, &json);
  ASSERT_NE(message, nullptr);
  EXPECT_STREQ(message, "found 12 bytes, the header describes 10");
  laurel_message_free(message);
  ASSERT_EQ(laurel_safetensors_check("\x02\0\0\0\0\0\0\0{}", 10, 10, &json), nullptr);
  EXPECT_EQ(std::string(json.data, json.size), R"({"data_begin":10,"tensors":[]})");
  laurel_bytes_free(json);
}

TEST(Robust, ATemplateThatIsTooLargeOrNestsTooDeepIsAnErrorWithItsPath) {
  EXPECT_EQ(model_error([] { template_of(std::string((256 << 10) + 1, 'x')); }),
            "folder/chat_template.jinja: found 262145 bytes, expected at most 262144");
  const std::string deep = std::string(1000, '(') + "1" + std::string(1000, ')');
  EXPECT_THAT(model_error([&] { template_of("{{ " + deep + " }}"); }),
              HasSubstr("template exceeds maximum recursion limits"));
}

// Such a chain is a tree as deep as it is long.
TEST(Robust, AnExpressionAsLongAsATemplateMayBeDoesNotEndTheProcess) {
  std::string sum = "1", parts = "messages";
  while (sum.size() < 255 << 10) sum += "+1";
  while (parts.size() < 255 << 10) parts += ".x";
  EXPECT_FALSE(template_of("{{ " + sum + " }}").render({}).empty());
  EXPECT_THAT(message_of([&] { template_of("{{ " + parts + " }}").render({}); }, ErrorKind::data),
              HasSubstr("undefined value"));
}

TEST(Robust, ATemplateThatDoesNotEndIsAnError) {
  const std::string loops =
      "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}"
      "{% endfor %}{% endfor %}{% endfor %}";
  for (const std::string& source :
       {loops, std::string("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}"),
        std::string("{% include 'chat' %}")}) {
    const ChatTemplate endless = template_of(source);
    const std::string message = message_of([&] { endless.render({}); }, ErrorKind::data);
    EXPECT_THAT(message, testing::AnyOf(HasSubstr("takes more than 1000000 steps"),
                                        HasSubstr("recursion limit exceeded"),
                                        HasSubstr("could not render include")));
  }
}

TEST(Robust, ATemplateThatRendersTooMuchIsAnError) {
  const ChatTemplate large =
      template_of("{% for i in range(1000) %}{{ 'a' * 1000000 }}{% endfor %}");
  EXPECT_EQ(message_of([&] { large.render({}); }, ErrorKind::data),
            "chat template: the chat template renders more than 268435456 bytes");
}

TEST(Robust, AValueNestedByALoopDoesNotEndTheProcess) {
  const std::string nest =
      "{% set n = namespace(x=[1]) %}{% for i in range(99999) %}{% set n.x = [n.x] %}{% endfor %}";
  for (const char* use : {"{{ n.x }}", "{{ n.x | tojson }}", "{{ n.x ~ '' }}", "{{ n.x == [n.x] }}",
                          "{{ n.x | string | length }}"}) {
    const ChatTemplate deep = template_of(nest + use);
    try {
      EXPECT_FALSE(deep.render({}).empty()) << use;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind, ErrorKind::data) << use;
    }
  }
}

TEST(Robust, ALongConversationIsRendered) {
  const ChatTemplate plain =
      template_of("{% for m in messages %}{{ m.role[0] ~ (m.content | trim) }}{% endfor %}");
  const Conversation messages(10'000, {.role = "user", .content = " x "});
  EXPECT_EQ(plain.render(messages).size(), 20'000);
}

TEST(Robust, AnIdThatNoEmbeddingHasIsAnErrorWithItsPath) {
  const std::string json =
      R"({"model": {"type": "WordLevel", "vocab": {"a": 0, "b": 4294967295}, "unk_token": "a"}})";
  EXPECT_EQ(model_error([&] { Tokenizer(json, "folder/tokenizer.json"); }),
            "folder/tokenizer.json: found the id 4294967295 of the token \"b\", expected ids below "
            "16777216");
}

}  // namespace
}  // namespace laurel::robust_test
