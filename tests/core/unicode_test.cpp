// UTF-8 validity and lengths.
#include "core/unicode.h"

#include <gtest/gtest.h>

namespace laurel {
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

}  // namespace
}  // namespace laurel
