// Words: what makes no difference between texts, and what runs of words are.
#include "curation/words.h"

#include <gmock/gmock.h>

namespace laurel::words_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::string repeated(const std::string& text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

std::vector<WordRun> runs_of(const std::string& text) {
  return word_runs(words_of(normalised(text)));
}

bool is_short_prompt(const std::string& text) {
  return short_prompt_hash(words_of(normalised(text))).has_value();
}

// The results of Python: " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", s).casefold())),
// apostrophes left out first, by hand where scripts have no spaces.
TEST(Words, CasePunctuationAndSpacingMakeNoDifference) {
  EXPECT_EQ(normalised("  Hello,\u00a0WORLD!\n(Don\u2019t   panic.) "), "hello world dont panic ");
  EXPECT_EQ(normalised("hello-world: DON'T\tpanic"), "hello world dont panic ");
  EXPECT_EQ(normalised("snake_case, x^2 + 3x = 5"), "snake case x 2 3x 5 ");
}

TEST(Words, CompatibleFormsAreOne) {
  EXPECT_EQ(normalised("Ｆｕｌｌ ﬁne Straße ① ½"), "full fine strasse 1 1 2 ");
  EXPECT_EQ(normalised("cafe\u0301"), normalised("CAFÉ"));
  EXPECT_EQ(normalised("ΣΟΦΟΣ"), normalised("σοφος"));
}

TEST(Words, CharactersOfScriptsWithoutSpacesStandAlone) {
  EXPECT_EQ(normalised("用Python写。 ok"), "用\npython 写\nok ");
  EXPECT_EQ(normalised("ภาษา"), "ภ\nา\nษ\nา\n");
  EXPECT_EQ(normalised("한국어 문장"), "한국어 문장 ");  // has spaces
}

TEST(Words, NothingIsLeftOfPunctuation) { EXPECT_EQ(normalised("?! ... ''"), ""); }

TEST(WordRuns, AreThirteenWords) {
  EXPECT_THAT(runs_of(repeated("word ", 12)), IsEmpty());
  EXPECT_THAT(runs_of(repeated("word ", 13)), SizeIs(1));
  const std::vector<WordRun> runs = runs_of("a b c d e f g h i j k l m n o");
  ASSERT_THAT(runs, SizeIs(3));
  EXPECT_EQ(runs[2].first, 2u);
  EXPECT_EQ(runs[2].count, 13u);
  EXPECT_EQ(runs[1].hash, runs_of("B, C d e f g h i j k l m N!")[0].hash);
  EXPECT_NE(runs[1].hash, runs[2].hash);
}

TEST(WordRuns, AreThirtyCharactersOfScriptsWithoutSpaces) {
  EXPECT_THAT(runs_of(repeated("字", 29)), IsEmpty());
  EXPECT_THAT(runs_of(repeated("字", 30)), SizeIs(1));
  EXPECT_THAT(runs_of(repeated("字 ", 31)), SizeIs(2));
}

TEST(WordRuns, OfMixedTextWeighWordsAndCharacters) {
  EXPECT_THAT(runs_of(repeated("word ", 6) + repeated("字", 16)), IsEmpty());  // 180 + 208 < 390
  EXPECT_THAT(runs_of(repeated("word ", 6) + repeated("字", 17)), SizeIs(1));
}

TEST(ShortPrompts, HaveFiveToTwelveWords) {
  EXPECT_FALSE(is_short_prompt("one two three four"));
  EXPECT_TRUE(is_short_prompt("one two three four five"));
  EXPECT_TRUE(is_short_prompt(repeated("word ", 12)));
  EXPECT_FALSE(is_short_prompt(repeated("word ", 13)));
}

TEST(ShortPrompts, HaveTwelveToTwentyNineCharactersOfScriptsWithoutSpaces) {
  EXPECT_FALSE(is_short_prompt(repeated("字", 11)));
  EXPECT_TRUE(is_short_prompt(repeated("字", 12)));
  EXPECT_TRUE(is_short_prompt(repeated("字", 29)));
  EXPECT_FALSE(is_short_prompt(repeated("字", 30)));
}

TEST(Words, AreReadableAgain) {
  const std::string text = normalised("Use 用语 NOW please");
  EXPECT_EQ(readable_words(text, words_of(text), 0, 4), "use 用语 now");
  EXPECT_EQ(readable_words(text, words_of(text), 3, 9), "now please");
}

}  // namespace
}  // namespace laurel::words_test
