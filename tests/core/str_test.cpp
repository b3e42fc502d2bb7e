// str, join and nearest_name.
#include "core/str.h"

#include <gtest/gtest.h>

namespace laurel::str_test {
namespace {

TEST(Str, WritesNumbersInTheShortestFormThatReadsBack) {
  EXPECT_EQ(str("a", 1, ' ', 0.1, ' ', 1e-5f, ' ', true, ' ', std::filesystem::path("b/c")),
            "a1 0.1 1e-05 true b/c");
}

TEST(Str, WritesSignificantDigitsAsPrintf) {
  EXPECT_EQ(significant(1234.5678, 4), "1235");
  EXPECT_EQ(significant(2e-5, 2), "2e-05");
  EXPECT_EQ(significant(1 / 3.0, 3), "0.333");
  EXPECT_EQ(significant(12345678, 6), "1.23457e+07");
  EXPECT_EQ(significant(1, 5), "1");
}

TEST(Str, Joins) {
  EXPECT_EQ(join({}, ", "), "");
  EXPECT_EQ(join({"a", "b"}, ", "), "a, b");
}

TEST(NearestName, FindsATypingErrorButNotAnotherWord) {
  EXPECT_EQ(nearest_name("stpes", {"lr", "steps", "seed"}), "steps");
  EXPECT_EQ(nearest_name("colour", {"lr", "steps", "seed"}), "");
}

TEST(Printable, ReplacesControlCharacters) {
  EXPECT_EQ(printable("a\tb\n\x1b[2Jc\r\x7f\xC2\x9B d\xC2\xA0"),
            "a\tb\n\uFFFD[2Jc\uFFFD\uFFFD\uFFFD d\xC2\xA0");
}

TEST(Printable, SpellsOutWhatTurnsTheDirectionOfText) {
  EXPECT_EQ(printable("a\u202Egpj.exe\u2066b\u061Cc\u200F"),
            "a\\u202Egpj.exe\\u2066b\\u061Cc\\u200F");
  EXPECT_EQ(printable("\u202F\u2010\u0627 \u200D"), "\u202F\u2010\u0627 \u200D");
}

TEST(NearestNames, ThoseThatBeginOrEndAlikeComeFirst) {
  const std::vector<std::string> names{"seed", "lr", "max_grad_norm", "weight_decay", "max_norms"};
  EXPECT_EQ(nearest_names("max_norm", names, 2),
            (std::vector<std::string>{"max_norms", "max_grad_norm"}));
  EXPECT_EQ(nearest_names("x", names, 9).size(), names.size());
}

TEST(Printable, EndsAfterAFewScreens) {
  const std::string shown = printable(std::string(16383, 'a') + "\u4E2D" + std::string(100, 'b'));
  EXPECT_EQ(shown, std::string(16383, 'a') + " ... and 103 bytes more");
}

}  // namespace
}  // namespace laurel::str_test
