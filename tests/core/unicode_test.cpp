// UTF-8 validity and lengths.
#include "core/unicode.h"

#include <gtest/gtest.h>

namespace laurel::unicode_test {
namespace {

TEST(Unicode, CountsCodePoints) {
  EXPECT_EQ(code_points(""), 0);
  EXPECT_EQ(code_points("naïve 😀"), 7);
}

TEST(Unicode, AcceptsWellFormedText) { EXPECT_TRUE(is_utf8("a é 水 😀 \xf4\x8f\xbf\xbf")); }

TEST(Unicode, RefusesOverlongFormsSurrogatesAndTornSequences) {
  for (const char* text :
       {"\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe6\xb0", "\x80"}) {
    EXPECT_FALSE(is_utf8(text));
  }
}

TEST(Unicode, FindsTheByteOffsetOfACodePoint) {
  EXPECT_EQ(code_point_offset("naïve 😀", 0), 0u);
  EXPECT_EQ(code_point_offset("naïve 😀", 3), 4u);
  EXPECT_EQ(code_point_offset("naïve 😀", 7), 11u);
  EXPECT_EQ(code_point_offset("naïve 😀", 8), 11u);
}

TEST(Unicode, StripsTheWhiteSpaceThatPythonStrips) {
  EXPECT_EQ(
      strip_white_space(" \t\r\n\v\f\x1c\x1f a b\u00a0\u0085\u1680\u2003\u2028\u202f\u205f\u3000"),
      "a b");
  EXPECT_EQ(strip_white_space("\u200bx\ufeff"), "\u200bx\ufeff");
  EXPECT_EQ(strip_white_space("é 😀"), "é 😀");
  EXPECT_EQ(strip_white_space(" \u3000 "), "");
  EXPECT_EQ(strip_white_space(""), "");
}

}  // namespace
}  // namespace laurel::unicode_test
