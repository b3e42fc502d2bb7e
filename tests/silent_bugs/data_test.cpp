// Silent bugs between a file and its groups: truncation, special tokens, the token cache.
#include <gmock/gmock.h>

#include <algorithm>

#include "core/files.h"
#include "core/random.h"
#include "data/sources/encode_example.h"
#include "silent_bugs/runs.h"
#include "text/golden.h"

namespace laurel::data_test {
namespace {

using testing::HasSubstr;
using testing::Not;

namespace fs = std::filesystem;

std::string some_words(Random& random, int64_t most) {
  const std::vector<std::string> words = {"a ", "naïve ", "answer", " 漢字", "\n", "  ", "x"};
  std::string text;
  for (uint64_t n = random.below(static_cast<uint64_t>(most)); n > 0; --n) {
    text += words[random.below(words.size())];
  }
  return text;
}

Example pair_example(Random& random, TextRule rule) {
  Example example;
  const std::string prompt = some_words(random, 40);
  example.prompt = prompt.empty() && rule == TextRule::chat ? "q" : prompt;
  example.responses = {"b" + some_words(random, 60), "w" + some_words(random, 60)};
  example.label = Preferences{{.better = 0, .worse = 1}};
  return example;
}

// Truncation cuts away the answer, or empties it: whatever the lengths are, a group is dropped
// whole or keeps part of each answer.
TEST(SilentBugs, EveryRowFitsAndKeepsPartOfItsAnswer) {
  Random random(1);
  int64_t kept = 0, cut = 0, dropped = 0;
  for (const char* const name : {"marks", "brackets", "first"}) {
    const TextProcessor folder = golden_text(name);
    for (int round = 0; round < 400; ++round) {
      const bool chat = folder.chat_template && round % 2 == 0;
      const TextRule rule = chat ? TextRule::chat : TextRule::plain;
      const auto most = static_cast<int64_t>(1 + random.below(120));
      const auto over = static_cast<OverLength>(random.below(3));
      const EncodedExample encoded = encode_example(
          pair_example(random, rule),
          {.folder = folder, .rules = {rule}, .pooling = {}, .length = {most, over}}, "a:1");
      if (!encoded.group) {
        ++dropped;
        continue;
      }
      ++(encoded.truncated ? cut : kept);
      for (const Response& response : encoded.group->responses) {
        const auto size = static_cast<int32_t>(response.ids.size());
        ASSERT_GT(size, 0);
        ASSERT_LE(size, most);
        ASSERT_EQ(response.positions.size(), 1u);
        EXPECT_EQ(response.positions[0].begin, size - 1);
        EXPECT_EQ(response.positions[0].end, size);
      }
      // The answers begin with different letters, so what is left of them differs.
      EXPECT_FALSE(has_identical_responses(*encoded.group, {}));
    }
  }
  EXPECT_GT(kept, 50);
  EXPECT_GT(cut, 50);
  EXPECT_GT(dropped, 50);
}

int64_t count(const std::vector<int32_t>& ids, int32_t id) { return std::ranges::count(ids, id); }

// A user's text becomes special tokens: not with data.special_text: plain.
TEST(SilentBugs, SpecialTokensInContentsStayText) {
  for (const char* const name : {"header", "marks", "thinking", "brackets", "turns", "blocks"}) {
    const TextProcessor folder = golden_text(name);
    const auto encode = [&](TextRule rule, const std::string& content) {
      const Text answer = content + ".";
      return tokenize_text(folder, {rule, SpecialText::plain}, Text("q " + content), answer);
    };
    for (const TextRule rule : {TextRule::chat, TextRule::plain}) {
      const TokenizedText harmless = encode(rule, "word");
      EXPECT_FALSE(harmless.contains_special_text);
      std::string all;
      for (const AddedToken& token : folder.tokenizer.added_tokens()) {
        if (token.special) all += " " + token.text;
      }
      const TokenizedText hostile = encode(rule, all);
      EXPECT_TRUE(hostile.contains_special_text) << name;  // and so it is counted
      for (const AddedToken& token : folder.tokenizer.added_tokens()) {
        if (!token.special || (folder.unk && token.id == folder.unk->id)) continue;
        EXPECT_EQ(count(hostile.ids, token.id), count(harmless.ids, token.id))
            << name << " " << token.text;
      }
    }
  }
}

// A stale token cache is used, through the program.
TEST(SilentBugs, AnEditedTemplateIsNotServedFromTheTokenCache) {
  const fs::path folder = scratch_folder("silent_cache");
  make_tiny_model(folder / "model", "blocks");
  write_lines(folder / "pairs.jsonl", tiny_pairs(24, true));
  Json source = pair_source();
  source.erase("eval");
  source["text"] = "auto";
  const Json config = tiny_config({source}, 2);
  const auto tokens = [&](const std::string& arguments) {
    return column(steps_of_run(folder, config, arguments), "tokens");
  };
  const auto log = [&] { return read_file(folder / "run/log.txt"); };
  const std::vector<double> first = tokens("");
  EXPECT_EQ(tokens(""), first);
  EXPECT_THAT(log(), HasSubstr("from the token cache"));
  write_file(folder / "model/chat_template.jinja",
             "{% for m in messages %}<|im_start|>{{ m.role }}: {{ m.content }} and so on"
             "<|im_end|>{% endfor %}");
  const std::vector<double> edited = tokens("");
  EXPECT_THAT(log(), Not(HasSubstr("from the token cache")));
  EXPECT_NE(edited, first);
  EXPECT_EQ(edited, tokens("--set data.cache=false"));
}

}  // namespace
}  // namespace laurel::data_test
