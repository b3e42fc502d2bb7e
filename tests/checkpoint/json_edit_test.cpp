// Edits of JSON text: what they change, and that they change nothing else.
#include "checkpoint/json_edit.h"

#include <gtest/gtest.h>

namespace laurel::test::json_edit_test {

TEST(JsonEdit, ReplacesAndAddsMembersAndKeepsEveryOtherByte) {
  struct Case {
    std::string before;
    std::vector<std::pair<std::string, Json>> members;
    std::string after;
  };
  const std::vector<Case> table = {
      {"{}", {{"a", 1}}, "{\n  \"a\": 1\n}"},
      {"{ }\n", {{"a", 1}, {"b", 2}}, "{\n  \"a\": 1,\n  \"b\": 2\n}\n"},
      {R"({"a":1})", {{"b", "x"}}, R"({"a":1,"b": "x"})"},
      {R"({"a":1e-05,"b":1.0})", {{"a", 2}}, R"({"a":2,"b":1.0})"},
      {R"({"n":1000000000000000019884624838656, "a": "x"})",
       {{"a", "y"}},
       R"({"n":1000000000000000019884624838656, "a": "y"})"},
      {"{\n    \"a\": 1\n}\n",
       {{"b", {{"c", 2}}}},
       "{\n    \"a\": 1,\n    \"b\": {\n      \"c\": 2\n    }\n}\n"},
      {R"({"a":{"b":1},"b":[{"b":2}]})", {{"b", 3}}, R"({"a":{"b":1},"b":3})"},
      {R"({"s":"\"}, \\","b":{"t":"}]\""},"c":null})",
       {{"c", true}},
       R"({"s":"\"}, \\","b":{"t":"}]\""},"c":true})"},
      {R"({"\u0061" : 1})", {{"a", 2}}, R"({"\u0061" : 2})"},
      {R"({"a": {"x" : 1}})", {{"a", {{"x", 1}}}}, R"({"a": {"x" : 1}})"},
      {R"({"a": 1.0})", {{"a", 1}}, R"({"a": 1})"},
  };
  for (const Case& c : table) {
    EXPECT_EQ(edit_json(c.before, c.members), c.after);
    EXPECT_EQ(edit_json(c.after, c.members), c.after) << "a second time";
  }
}

TEST(JsonEdit, AByteOrderMarkStays) {
  EXPECT_EQ(edit_json("\xEF\xBB\xBF{\"a\":1}", {{"a", 2}}), "\xEF\xBB\xBF{\"a\":2}");
}

}  // namespace laurel::test::json_edit_test
