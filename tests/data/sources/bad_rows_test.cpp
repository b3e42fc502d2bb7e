// Malformed rows in groups of equal mistakes.
#include "data/sources/bad_rows.h"

#include <gtest/gtest.h>

#include "core/str.h"

namespace laurel::bad_rows_test {
namespace {

TEST(BadRows, TheFirstTenAreListedAndAllAreCountedByKind) {
  BadRows rows;
  for (int i = 1; i <= 12; ++i) {
    rows.add(str("a.jsonl:", i),
             str("a.jsonl:", i, ": \"score\": found \"", i, "x\", expected a number"));
  }
  rows.add("a.jsonl:20", "a.jsonl:20: found no \"score\", expected a number");
  EXPECT_EQ(rows.count(), 13);
  const std::string text = rows.text();
  EXPECT_NE(text.find("a.jsonl:10: \"score\": found \"10x\""), std::string::npos);
  EXPECT_EQ(text.find("a.jsonl:11"), std::string::npos);
  EXPECT_TRUE(
      text.ends_with("\nby kind:\n  12 \"score\": found another value, expected a number\n"
                     "  1 found no \"score\", expected a number"))
      << text;
}

TEST(BadRows, OneIsShownAlone) {
  BadRows rows;
  rows.add("a:1", "a:1: found a list, expected an object");
  EXPECT_EQ(rows.text(), ", the first:\n  a:1: found a list, expected an object");
}

}  // namespace
}  // namespace laurel::bad_rows_test
