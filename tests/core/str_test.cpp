// str, join and nearest_name.
#include "core/str.h"

#include <gtest/gtest.h>

namespace laurel {
namespace {

TEST(Str, WritesNumbersInTheShortestFormThatReadsBack) {
  EXPECT_EQ(str("a", 1, ' ', 0.1, ' ', 1e-5f, ' ', true, ' ', std::filesystem::path("b/c")),
            "a1 0.1 1e-05 true b/c");
}

TEST(Str, Joins) {
  EXPECT_EQ(join({}, ", "), "");
  EXPECT_EQ(join({"a", "b"}, ", "), "a, b");
}

TEST(NearestName, FindsATypingErrorButNotAnotherWord) {
  EXPECT_EQ(nearest_name("stpes", {"lr", "steps", "seed"}), "steps");
  EXPECT_EQ(nearest_name("colour", {"lr", "steps", "seed"}), "");
}

}  // namespace
}  // namespace laurel
