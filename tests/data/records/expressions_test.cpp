// Expressions over a row: what they give, what is refused, and that each of them ends.
#include "data/records/expressions.h"

#include <gmock/gmock.h>

#include <chrono>

#include "core/str.h"

namespace laurel::expressions_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kRow =
    R"({"question": "Q", "n": 3, "yes": true, "none": null, "answers": [{"text": "A", "rank": 2},
        {"text": "B", "rank": 1}], "a b": "spaced", "row": "own", "range": 7, "items": [1],
        "system": "S", "messages": "M", "big": 170141183460469231731687303715884105727,
        "least": -170141183460469231731687303715884105728, "half": 0.5, "text": "x-y"})";

Json value_of(const std::string& text, const std::string& row = kRow,
              ExpressionUse use = ExpressionUse::value) {
  return Expressions(std::vector<Expression>{{text, use}}).evaluate(row)->at(0);
}

std::string error_of_value(const std::string& text, const std::string& row = kRow,
                           ExpressionUse use = ExpressionUse::value) {
  try {
    return "no error, but " + value_of(text, row, use).dump();
  } catch (const ExpressionError& error) {
    return error.message;
  }
}

TEST(Expressions, GiveWhatJinjaGives) {
  const std::pair<const char*, const char*> cases[] = {
      {"'User: ' ~ question ~ '\\n'", R"("User: Q\n")"},
      {"answers | map(attribute='text') | list", R"(["A","B"])"},
      {"answers | sort(attribute='rank') | map(attribute='text') | list", R"(["B","A"])"},
      {"answers[1].text", R"("B")"},
      {"'a' if n > 2 else 'b'", R"("a")"},
      {"{'x': 'a'}['y'] | default('tie')", R"("tie")"},
      {"[true] * 2 + [none] * (n - 2)", "[true,true,null]"},
      {"range(1, n + 1) | list", "[1,2,3]"},
      {"range | abs", "7"},
      {"text.split('-')[1:]", R"(["y"])"},
      {"n / 2", "1.5"},
      {"n * half", "1.5"},
      {"3 * 'ab'", R"("ababab")"},
      {"-n | abs", "3"},
      {"question if n in [1, 2, 3]", R"("Q")"},
      {"n not in [3]", "false"},
      {"answers", R"([{"text":"A","rank":2},{"text":"B","rank":1}])"},
      {"text.replace('-', '+')", R"("x+y")"},
      {"text | replace('-', '+')", R"("x+y")"},
      {"none or 'other'", R"("other")"},
      {"yes and not none", "true"},
      {"(1, 2)", "[1,2]"},
      {"1 < n and n < 5", "true"},
      {"yes > 0 and 'a' < 'b' and half <= 0.5 and n >= 3", "true"},
      {"text == 3 or n == 'three' or none == 1", "false"},
      {"info.items", "null"}};
  for (const auto& [text, expected] : cases) {
    const std::string row = text == std::string("info.items")
                                ? R"({"info": {"items": null, "keys": 1}})"
                                : std::string(kRow);
    EXPECT_EQ(value_of(text, row).dump(), expected) << text;
  }
}

TEST(Expressions, TheRowIsRowAndItsOtherKeysAreNames) {
  EXPECT_EQ(value_of("row['a b'] ~ row.question"), "spacedQ");
  EXPECT_EQ(value_of("row.row ~ ''"), "own");
  EXPECT_EQ(value_of("system ~ messages"), "SM");
  EXPECT_EQ(value_of("'a b' in row"), true);
  EXPECT_EQ(value_of("'c' in row or row.c is not none"), false);
  EXPECT_EQ(value_of("row | length"), Json::parse(kRow).size());
}

TEST(Expressions, NameTheKeysThatTheyRead) {
  const Expressions all(
      std::vector<Expression>{{"question ~ row.system ~ row['a b']"},
                              {"answers[n].text ~ row.get('m') ~ row.get('k', 1)"},
                              {"range(3)"}});
  EXPECT_THAT(all.keys(0), ElementsAre("a b", "question", "system"));
  EXPECT_THAT(all.keys(1), ElementsAre("answers", "n"));
  EXPECT_THAT(all.asked_keys(1), ElementsAre("k", "m"));
  EXPECT_THAT(all.keys(2), ElementsAre());
}

TEST(Expressions, AKeyThatTheRowLacksIsNone) {
  EXPECT_EQ(value_of("lacking is none"), true);
  EXPECT_EQ(value_of("row.lacking"), nullptr);
  EXPECT_EQ(value_of("row['lacking'] or 'other'"), "other");
  EXPECT_EQ(value_of("row.get('lacking')"), nullptr);
  EXPECT_EQ(value_of("row.get('lacking', 'other') ~ row.get('system')"), "otherS");
  EXPECT_EQ(value_of("(lacking | system) + (question | user)").size(), 1u);
}

TEST(Expressions, AnyOtherUndefinedValueIsAnError) {
  for (const char* text :
       {"answers[0].title", "answers[7]", "lacking.text", "question.length", "[answers[0].title]",
        "answers | map(attribute='title') | list", "answers[0].title ~ ''",
        "answers[0].title | int", "answers[0].title | string", "answers[0].title == 1 or true",
        "row[text]", "{'a': 1}['b']", "answers[0].title | user", "answers[0].title + 1",
        "1 if false"}) {
    EXPECT_THAT(error_of_value(text), HasSubstr("undefined")) << text;
  }
}

// minijinja answers these; a cell of a table that is compared with a number decides labels.
TEST(Expressions, ValuesOfTwoKindsAreNotCompared) {
  const std::string row =
      R"({"s": "3", "f": "1.0", "t": "False", "none": null, "list": [1], "n": 3})";
  const std::pair<const char*, const char*> cases[] = {
      {"s >= 4",
       "compares the string \"3\" with a number, expected two numbers or two strings; "
       "`x | number` makes a number of a string"},
      {"n < s", "compares a number with the string \"3\""},
      {"n < none", "compares a number with null (a field that the row lacks is null too)"},
      {"lacking < 1", "`x is not none and ...` leaves such rows out"},
      {"list > 0.5", "compares a list with a number"},
      {"'a' if f == 1 else 'b'",
       "compares the string \"1.0\" with a number, which are never equal"},
      {"t != true", "compares the string \"False\" with a bool, which are never equal"},
      {"'a' if t else 'b'",
       "takes the string \"False\" for true, as every string that is not empty"},
      {"not t", "takes the string \"False\" for true"},
      {"'a' if not f else 'b'", "takes the string \"1.0\" for true"},
      {"[s] == [3]", "compares the string \"3\" with a number, which are never equal"},
      {"{3: 'a'}.get(s, 'b')", "compares the string \"3\" with a number, which are never equal"},
      {"[s].count(3)", "compares the string \"3\" with a number, which are never equal"}};
  for (const auto& [text, message] : cases) {
    EXPECT_THAT(error_of_value(text, row), HasSubstr(message)) << text;
  }
  EXPECT_EQ(value_of("(s | number) >= 4", row), false);
  EXPECT_EQ(value_of("'a' if (f | number) == 1 else 'b'", row), "a");
  EXPECT_EQ(value_of("'text' if question else 'none'"), "text");
}

TEST(Expressions, WhatNeverActsOnAFieldThatARowLacksIsRefused) {
  const std::pair<const char*, const char*> cases[] = {
      {"m | default(1)", "write row.get('m', ...), or default(..., true)"},
      {"row.m | d(1)", "a row without \"m\" has null there, which default leaves as it is"},
      {"m is defined", "a row without \"m\" has null there, which is defined; write m is none"},
      {"row.m is undefined", "which is defined"},
      {"1 < n < 5", "compares more than two values, expected a < b and b < c"}};
  for (const auto& [text, message] : cases) {
    EXPECT_THAT(error_of_value(text), HasSubstr(message)) << text;
  }
  EXPECT_EQ(value_of("m | default(1, true)", "{}"), 1);
  EXPECT_EQ(value_of("row.get('m', 1)", "{}"), 1);
}

TEST(Expressions, IntegersOf128BitsStayIntegers) {
  const auto text = [](const char* of) { return value_of(of, kRow, ExpressionUse::name); };
  EXPECT_EQ(text("big"), "170141183460469231731687303715884105727");
  EXPECT_EQ(text("least"), "-170141183460469231731687303715884105728");
  EXPECT_EQ(value_of("big ~ ''"), "170141183460469231731687303715884105727");
  EXPECT_EQ(value_of("big // 1000000000000 ~ ''"), "170141183460469231731687303");
  EXPECT_EQ(value_of("'[18446744073709551617]' | parse_json | first ~ ''"), "18446744073709551617");
  EXPECT_EQ(value_of("big | int == big"), true);
  EXPECT_THAT(error_of_value("n + 1", R"({"n": 9000000000000000000000000000000000000000})"),
              HasSubstr("expected one of at most 128 bits"));
  EXPECT_EQ(value_of("m", R"({"n": 9000000000000000000000000000000000000000, "m": 1})"), 1);
  EXPECT_EQ(value_of("n", R"({"n": 1234567890123456789012.5})"), 1234567890123456789012.5);
  EXPECT_EQ(value_of("n", R"({"n": "1234567890123456789012"})"), "1234567890123456789012");
}

// Values of every length that CBOR writes in its own way are those of the row.
TEST(Expressions, ValuesComeBackAsTheyAre) {
  std::vector<std::string> values{"0.1", "-0.0", "1e300", "5.0", "-9223372036854775808", "\"\""};
  for (const uint64_t edge : {24ull, 256ull, 65536ull, 1ull << 32, 1ull << 63}) {
    for (const uint64_t number : {edge - 1, edge, edge + 1}) values.push_back(str(number));
    values.push_back(str("-", edge - 1));
  }
  values.emplace_back("18446744073709551615");
  for (const size_t length : {23, 24, 255, 256, 65535, 65536, 100000}) {
    values.push_back(str("\"", std::string(length, 'x'), "\""));
  }
  for (const std::string& value : values) {
    const std::string row = str(R"({"a": )", value, "}");
    const std::string expected = Json::parse(value).dump();
    EXPECT_EQ(value_of("row['a']", row).dump(), expected);
    EXPECT_EQ(value_of("[a, {'b': a}]", row)[1]["b"].dump(), expected);
  }
}

TEST(Expressions, MinusZeroIsAnIntegerAsEveryOther) {
  EXPECT_EQ(value_of("n ~ ''", R"({"n": -0})"), "0");
  EXPECT_EQ(value_of("n", R"({"n": -0, "t": "-0"})").dump(), "0");
  EXPECT_EQ(value_of("t", R"({"n": [-0], "t": "-0 \" -0"})"), "-0 \" -0");
  EXPECT_EQ(value_of("n", R"({"n": -0.0})").dump(), "-0.0");
}

// 20 digits: too many for 64 bits, few enough to be missed by a stride.
TEST(Expressions, ALongIntegerIsSeenWhereverItStands) {
  for (size_t before = 0; before < 40; ++before) {
    const std::string row =
        str(R"({"t": ")", std::string(before, 'x'), R"(", "big": 18446744073709551617})");
    EXPECT_EQ(value_of("big ~ ''", row), "18446744073709551617") << before;
  }
}

TEST(Expressions, ANameIsAStringOrAWholeNumber) {
  const auto name = [](const char* text) { return value_of(text, kRow, ExpressionUse::name); };
  const auto error = [](const char* text) {
    return error_of_value(text, kRow, ExpressionUse::name);
  };
  EXPECT_EQ(name("question ~ '-' ~ n"), "Q-3");
  EXPECT_EQ(name("n"), "3");
  EXPECT_EQ(name("lacking"), nullptr);
  EXPECT_EQ(error("half"), "gives the number 0.5, expected a string or a whole number");
  EXPECT_EQ(error("yes"), "gives a bool, expected a string or a whole number");
  EXPECT_EQ(error("answers"), "gives a sequence, expected a string or a whole number");
}

TEST(Expressions, AFilterIsTrueOrFalse) {
  const auto kept = [](const char* text) {
    const std::vector<Expression> two{{text, ExpressionUse::filter}, {"question"}};
    return Expressions(two).evaluate(kRow).has_value();
  };
  EXPECT_TRUE(kept("n == 3"));
  EXPECT_FALSE(kept("n == 4"));
  EXPECT_EQ(error_of_value("n", kRow, ExpressionUse::filter),
            "gives a number, expected true or false");
  EXPECT_EQ(error_of_value("lacking", kRow, ExpressionUse::filter),
            "gives a none, expected true or false");
}

TEST(Expressions, RefuseWhatIsNoJinja) {
  EXPECT_THAT(error_of_value("question +"), HasSubstr("unexpected end of input"));
  EXPECT_THAT(error_of_value("a b"), HasSubstr("unexpected"));
  EXPECT_THAT(error_of_value("question | shout"), HasSubstr("filter shout is unknown"));
  EXPECT_THAT(error_of_value("shout(question)"), HasSubstr("shout is unknown"));
  EXPECT_THAT(error_of_value(""), HasSubstr("unexpected end of input"));
  EXPECT_THAT(error_of_value(std::string(9000, 'a')), HasSubstr("expected at most 8192"));
  EXPECT_THAT(error_of_value(std::string(4000, '(') + "1"), HasSubstr("recursion"));
  EXPECT_THAT(error_of_value("raise_exception('x')"), HasSubstr("raise_exception is unknown"));
}

TEST(Expressions, RefuseWhatJsonCannotHold) {
  EXPECT_EQ(error_of_value("1 / 0"), "gives inf, expected a finite number");
  EXPECT_THAT(error_of_value("dict"), HasSubstr("expected a value of JSON"));
  EXPECT_THAT(error_of_value("{1: 2}"), HasSubstr("gives an object whose keys are no strings"));
}

// Each would take all memory or all time, by steps, sizes or depth.
TEST(Expressions, AreStoppedWhereTheyWouldNotEnd) {
  const std::string thousand(1000, 'x');
  const std::string row = str(R"({"n": 1000000000, "s": ")", thousand, R"(", "l": [1, 2, 3]})");
  for (const char* text : {"'a' * n",
                           "s * n",
                           "n * s",
                           "[1] * n",
                           "l * n",
                           "(l * 1000 * 1000 * 1000) | list",
                           "([1] * 4294967296 * 4294967296) | list",
                           "range(n)",
                           "(range(100000) | list) * 100000",
                           "(s * 100000) ~ (s * 100000) ~ (s * 100000)",
                           "s.replace('x', s * 1000).replace('x', s)",
                           "s | replace('', s * 1000) | replace('', s)",
                           "(l * 100000) | map('replace', '', s) | list",
                           "(([s] * 100000) | join(s)) ~ ''",
                           "s.join([s] * 1000000)",
                           "s.join(s * 300000)",
                           "'%1000000000d' | format(1)",
                           "'{:1000000000}'.format(1)",
                           "s.center(n)",
                           "s.ljust(n)",
                           "s.zfill(n)",
                           "s | indent(n)",
                           "l | batch(n, 'x') | list",
                           "9 ** 9 ** 9 ** 9",
                           "([s * 1000] * 1000) | map('upper') | list",
                           "([s * 1000] * 1000) | map('user') | map('tojson') | list",
                           "([s * 1000] * 1000) | map('string') | map('string') | list | tojson",
                           "(s * 100000) | tojson | tojson | tojson | tojson | tojson | tojson",
                           "dict(a=l * n)"}) {
    const auto before = std::chrono::steady_clock::now();
    const std::string error = error_of_value(text, row);
    EXPECT_THAT(error, testing::Not(HasSubstr("no error"))) << text;
    const auto took = std::chrono::steady_clock::now() - before;
    EXPECT_LT(took, std::chrono::seconds(20)) << text << ": " << error;
  }
}

TEST(Expressions, ConstantsAreStoppedWhenTheyAreCompiled) {
  for (const char* text :
       {"'a' * 100000000", "('a' * 60000) * 60000", "[1] * 100000", "('a' ~ 'b' * 90000) | length",
        "[['a' * 99999]]", "{'a': 'b' * 99999}", "x if 'a' * 99999 else y"}) {
    EXPECT_EQ(error_of_value(text), "repeats a text or list to more than 65536") << text;
  }
  EXPECT_EQ(value_of("'-' * 3"), "---");
}

TEST(Expressions, DeepNestingIsRefused) {
  std::string row = R"({"a": )";
  for (int i = 0; i < 60; ++i) row += "[";
  for (int i = 0; i < 60; ++i) row += "]";
  row += "}";
  EXPECT_EQ(error_of_value("a", row).substr(0, 8), "no error");
  EXPECT_THAT(error_of_value("[[a]]", row), HasSubstr("more than 60 levels"));
}

}  // namespace
}  // namespace laurel::expressions_test
