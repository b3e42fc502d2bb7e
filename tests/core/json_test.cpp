// Strict JSON: what is accepted, and what each refusal says.
#include "core/json.h"

#include <gmock/gmock.h>

namespace laurel::json_test {
namespace {

using testing::HasSubstr;

std::string message_of(const std::string& text, JsonLimits limits = {}) {
  try {
    parse_json(text, "a.json", ErrorKind::data, limits);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::data);
    return error.message;
  }
  return "accepted";
}

TEST(Json, KeepsTheOrderOfKeys) {
  EXPECT_EQ(parse_json(R"({"b": 1, "a": [1.5, null, true]})", "x", ErrorKind::data).dump(),
            R"({"b":1,"a":[1.5,null,true]})");
}

TEST(Json, RefusesDuplicateKeys) {
  EXPECT_EQ(message_of(R"({"a": 1, "a": 2})"), "a.json: found the key \"a\" twice in one object");
  EXPECT_EQ(message_of(R"({"a": {"b": 1}, "c": {"b": 1}, "b": 2})"), "accepted");
}

TEST(Json, RefusesTextAfterTheValue) {
  EXPECT_THAT(message_of("{} {}"), HasSubstr("a.json: not valid JSON: parse error at line 1"));
}

TEST(Json, RefusesNumbersOutOfRange) {
  EXPECT_THAT(message_of("[1e999]"), HasSubstr("a.json: not valid JSON: number overflow"));
}

TEST(Json, NamesThePythonLiteralsThatJsonLacks) {
  const std::string expected =
      ", which JSON does not have, expected a number or null; Python writes it (json.dumps with "
      "allow_nan=False refuses it, pandas' to_json writes null)";
  EXPECT_EQ(message_of(R"({"margin":NaN})"), "a.json: found NaN" + expected);
  EXPECT_EQ(message_of(R"({"a": [1, Infinity]})"), "a.json: found Infinity" + expected);
  EXPECT_EQ(message_of(R"({"a": -Infinity})"), "a.json: found -Infinity" + expected);
  EXPECT_THAT(message_of(R"({"a": NULL})"), HasSubstr("not valid JSON: "));
}

TEST(Json, OfARowSaysTheColumnAlone) {
  std::string message;
  try {
    parse_json(R"({"a" 1})", "a.jsonl:7", ErrorKind::data, {.one_line = true});
  } catch (const Error& error) {
    message = error.message;
  }
  EXPECT_THAT(message, HasSubstr("a.jsonl:7: not valid JSON: parse error at column 6: "));
}

TEST(Json, RefusesBytesThatAreNotUtf8) {
  EXPECT_EQ(message_of("\"\xff\""), "a.json: found bytes that are not UTF-8, expected JSON");
}

TEST(Json, RefusesDeepNesting) {
  EXPECT_THAT(message_of(std::string(100, '[') + std::string(100, ']')),
              HasSubstr("nested deeper than 64"));
  EXPECT_EQ(message_of(std::string(60, '[') + std::string(60, ']')), "accepted");
}

TEST(Json, ConfigsMayHaveCommentsAndTrailingCommas) {
  const std::string text = "{\"a\": [1, 2,], // why, not\n \"b\": \"x,]\", /* , */ }";
  EXPECT_THAT(message_of(text), HasSubstr("not valid JSON"));
  EXPECT_EQ(parse_json(text, "x", ErrorKind::usage, {.comments = true}).dump(),
            R"({"a":[1,2],"b":"x,]"})");
}

TEST(Json, RefusesMoreKeysOrValuesThanItsLimits) {
  EXPECT_EQ(message_of(R"({"a": 1, "b": {"a": 1}, "c": 3})", {.keys = 2}),
            "a.json: found an object of more than 2 keys");
  EXPECT_EQ(message_of(R"({"a": 1, "b": {"c": 1, "d": 2}})", {.keys = 2}), "accepted");
  EXPECT_EQ(message_of("[1, [], 3]", {.values = 3}), "a.json: found more than 3 JSON values");
  EXPECT_EQ(message_of("[1, {\"a\": 2}]", {.values = 4}), "accepted");
}

// The parser compares every key of an object with those before it.
TEST(Json, BoundsTheComparisonsOfKeysOverAllObjects) {
  const std::string three = R"({"a": 1, "b": 2, "c": 3})", both = "[" + three + ", " + three + "]";
  EXPECT_EQ(message_of(both, {.comparisons = 6}), "accepted");
  EXPECT_EQ(message_of(both, {.comparisons = 5}),
            "a.json: found objects whose keys take more than 5 comparisons");
  const std::string longer = R"({"a": 1, ")" + std::string(64, 'b') + R"(": 2})";
  EXPECT_EQ(message_of(longer, {.comparisons = 2}), "accepted");
  EXPECT_NE(message_of(longer, {.comparisons = 1}), "accepted");
}

TEST(Json, ItsLimitsAllowOneObjectWithTheMaximumNumberOfKeys) {
  const JsonLimits limits;
  EXPECT_GE(limits.comparisons, limits.keys * limits.keys);  // twice as many: of up to 127 bytes
}

TEST(Json, BytesThatAreNoTextAreSaidToBeBinary) {
  EXPECT_EQ(describe_json({{"binary_bytes", 7}}), "binary data of 7 bytes that are no UTF-8 text");
  EXPECT_EQ(describe_json({{"binary_bytes", 7}, {"a", 1}}), "an object");
}

}  // namespace
}  // namespace laurel::json_test
