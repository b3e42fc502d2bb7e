// Members of a JSON object changed in its text.
#include "core/json_text.h"

#include <gtest/gtest.h>

namespace laurel::json_text_test {
namespace {

TEST(JsonText, MembersAreFoundWithTheirBytes) {
  const std::string text = R"( {"a\"}": [1, "]}"], "\u0062" : {"x": "}"}, "c":-1e5} )";
  const std::vector<JsonMember> members = json_members(text);
  ASSERT_EQ(members.size(), 3u);
  const auto value = [&](size_t i) {
    return text.substr(members[i].begin, members[i].end - members[i].begin);
  };
  EXPECT_EQ(members[0].key, "a\"}");
  EXPECT_EQ(value(0), R"([1, "]}"])");
  EXPECT_EQ(members[1].key, "b");
  EXPECT_EQ(value(1), R"({"x": "}"})");
  EXPECT_EQ(value(2), "-1e5");
  EXPECT_TRUE(json_members(" { } ").empty());
}

TEST(JsonText, ElementsOfAListAreFoundWithTheirBytes) {
  const std::vector<std::string_view> elements = json_elements(R"([ 1.10 , "a,]" ,[2,[]], {} ])");
  EXPECT_EQ(elements, (std::vector<std::string_view>{"1.10", "\"a,]\"", "[2,[]]", "{}"}));
  EXPECT_TRUE(json_elements("[ ]").empty());
}

TEST(JsonText, CompactingTouchesNeitherNumbersNorStrings) {
  EXPECT_EQ(compact_json("{\n  \"a b\": [ 1E5,\r\n\t1.10 ],\n  \"c\": \"x \\\" y\"\n}"),
            R"({"a b":[1E5,1.10],"c":"x \" y"})");
}

TEST(JsonText, ChangesLeaveTheSpellingOfOtherMembersAlone) {
  const std::string text = R"({"id":12345678901234567890123,"r":1,"x":1e22,"w":-0})";
  EXPECT_EQ(change_members(text, {{"r", ""}}), R"({"id":12345678901234567890123,"x":1e22,"w":-0})");
  EXPECT_EQ(change_members(text, {{"r", "2"}, {"s\"", "null"}}),
            R"({"id":12345678901234567890123,"x":1e22,"w":-0,"r":2,"s\"":null})");
  EXPECT_EQ(change_members("{}", {{"a", "1"}}), R"({"a":1})");
}

}  // namespace
}  // namespace laurel::json_text_test
