// What filters, attributes, texts and conditions refuse, in tables: where minijinja's would give a wrong
// value that decides labels or texts.
#include <gmock/gmock.h>

#include "data/records/evaluated.h"

namespace laurel::expression_rules_test {
namespace {

using test::of;
using testing::HasSubstr;

struct Case {
  const char *text, *value, *expected;
};

// Whole results, or parts of messages.
void check_all(std::initializer_list<Case> cases, bool whole) {
  for (const auto& [text, value, expected] : cases) {
    const std::string got = of(text, value);
    if (whole) {
      EXPECT_EQ(got, expected) << text << " of " << value;
    } else {
      EXPECT_THAT(got, HasSubstr(expected)) << text << " of " << value;
    }
  }
}

TEST(OrderingFilters, RefuseNullAndTwoKinds) {
  constexpr const char* kMixed = R"([{"r": null}, {"r": 1}, {"r": 0}])";
  check_all(
      {
          {"x | sort(attribute='r')", kMixed,
           "expected numbers or strings alone; selectattr('r', 'ne', none) leaves them out"},
          {"x | sort", "[2, null]", "in sort, expected numbers or strings alone; reject('none')"},
          {"x | sort", R"(["9", 10])", "in sort, expected numbers or strings alone; `| number`"},
          {"x | max", "[1, null]", "found a number beside null in max"},
          {"x | min", R"([10, "9"])", "found a number beside the string \"9\" in min"},
          {"x | max(attribute='r')", kMixed, "found null beside a number in max"},
          {"x | dictsort(by='value')", R"({"a": 1, "b": null})", "in dictsort, expected"},
          {"x | groupby('r')", kMixed, "in groupby, expected numbers or strings alone"},
          {"x | sort", R"([[2, {"t": 1}], [1, {"t": 2}]])",
           "found an object beside an object in sort, expected numbers or strings alone; "
           "sort(attribute=0) sorts by the first"},
          {"[2, 1] | zip(x) | sort", R"([{"t": 1}, {"t": 2}])", "; sort(attribute=0) sorts by"},
          {"x | max", R"([[2, "a"], [1, null]])", "; max(attribute=0) compares the first alone"},
          {"x | sort", "[[2], [null, 1]]", "; selectattr(0, 'ne', none) leaves them out"},
          {"x | sort", R"([[1], [1, 2], [1, 2, 3], [1, 2, "3"]])", "found a number beside the"},
          {"x | sum", "[1, null]", "found null in sum, expected a number"},
          {"x | selectattr('r', 'lt', 5) | list", kMixed,
           "compares null (a field that the row lacks is null too) with a number"},
          {"x | rejectattr('r', 'ge', 1) | list", kMixed, "selectattr('x', 'ne', none)"},
          {"x | selectattr('r', '>', 0) | list", R"([{"r": "1"}])", "compares the string \"1\""},
          {"x | select('eq', 1) | list", R"(["1"])", "which are never equal"},
          {"x | reject('in', [1, 2]) | list", R"(["1"])", "which are never equal"},
          {"x | select(1) | list", "[1]", "found a number as a test in select, expected its name"},
          {"x | selectattr('r', 1) | list", kMixed, "found a number as a test in selectattr"},
          {"x is lt(5)", "\"3\"", "compares the string \"3\" with a number"},
          {"x is eq 3", "\"3\"", "which are never equal"},
          {"x is true", "\"True\"", "which are never equal"},
          {"x is odd", "\"3\"", "found the string \"3\" in odd, expected a number"},
          {"x | sort", "null", "found null in sort, expected a list; (x or [])"},
          {"x | map('upper') | list", "null", "found null in map, expected a list"},
          {"x | max", "\"10\"", "found a string in max, expected a list"},
      },
      false);
}

TEST(OrderingFilters, OrderNumbersOrStrings) {
  check_all(
      {
          {"x | sort", "[2, true, 1.5]", "[true,1.5,2]"},
          {"x | sort", R"(["b", "A", "c"])", R"(["A","b","c"])"},
          {"x | sort(reverse=true, case_sensitive=true)", R"(["b", "A", "c"])", R"(["c","b","A"])"},
          {"x | sort", R"([[2, "a"], [1, "b"]])", R"([[1,"b"],[2,"a"]])"},
          {"x | sort", "[[1, 2, 3], [1], [], [1, 2]]", "[[],[1],[1,2],[1,2,3]]"},
          {"[2, 1] | zip(x) | sort(attribute=0) | map('last') | list", R"([{"t": 1}, {"t": 2}])",
           R"([{"t":2},{"t":1}])"},
          {"x | sort(attribute='a, b') | map(attribute='b') | list",
           R"([{"a": 1, "b": 3}, {"a": 0, "b": 4}, {"a": 1, "b": 2}])", "[4,2,3]"},
          {"x | selectattr('r', 'ne', none) | sort(attribute='r') | list",
           R"([{"r": null}, {"r": 1}, {"r": 0}])", R"([{"r":0},{"r":1}])"},
          {"[x | max, x | min, x | sum]", "[3, 9, 2]", "[9,2,14]"},
          {"x | max", R"(["b", "A", "C"])", R"("C")"},
          {"(x | min(attribute='r')).t", R"([{"r": 2, "t": "a"}, {"r": 1, "t": "b"}])", R"("b")"},
          {"x | sum(attribute='r')", R"([{"r": 2}, {"r": true}])", "3"},
          {"x | dictsort", R"({"b": 1, "a": 2})", R"([["a",2],["b",1]])"},
          {"x | dictsort(by='value')", R"({"b": 1, "a": 0})", R"([["a",0],["b",1]])"},
          {"(x | groupby('k') | last).list | length", R"([{"k": 2}, {"k": 1}, {"k": 2}])", "2"},
          {"x | groupby('k') | map(attribute='grouper') | list", R"([{"k": "b"}, {"k": "a"}])",
           R"(["a","b"])"},
          {"x | unique | list", R"(["a", "A", "b", null, null])", R"(["a","b",null])"},
          {"x | select('eq', 'a') | list", R"(["a", null, 1])", R"(["a"])"},
          {"x | select('in', ['a', '1']) | list", R"(["a", "b", "1"])", R"(["a","1"])"},
          {"x | selectattr('role', 'equalto', 'user') | list", R"([{"role": "user"}])",
           R"([{"role":"user"}])"},
          {"[x is none, x is lt 5, x is true]", "3", "[false,true,false]"},
          {"[x is odd, x is even, x is divisibleby(3)]", "3", "[true,false,true]"},
      },
      true);
}

TEST(Attributes, OneThatAnItemLacksIsAnError) {
  constexpr const char* kItems = R"([{"rating": 1}, {"rating": 2, "best": true}])";
  check_all(
      {
          {"(x | sort(attribute='score', reverse=true))[0]", kItems,
           "found an object without \"score\" in sort, where it is undefined, expected it in every "
           "item; selectattr('score', 'defined') leaves the others out"},
          {"x | map(attribute='nope') | join", kItems, "without \"nope\" in map"},
          {"x | join(attribute='nope')", kItems, "without \"nope\" in join"},
          {"x | selectattr('best') | list", kItems, "without \"best\" in selectattr"},
          {"x | rejectattr('best', 'eq', true) | list", kItems, "without \"best\" in rejectattr"},
          {"x | groupby('best')", kItems, "without \"best\" in groupby"},
          {"x | sum(attribute='best')", kItems, "without \"best\" in sum"},
          {"x | unique(attribute='best') | list", kItems, "without \"best\" in unique"},
          {"x | max(attribute='score')", kItems, "without \"score\" in max"},
          {"x | map(attribute='a.b') | list", R"([{"a": null}])", "without \"a.b\" in map"},
          {"x | selectattr('r') | list", R"([{"r": "False"}])", "takes the string \"False\" for"},
          {"x | reject | list", R"(["0"])", "takes the string \"0\" for true"},
          {"x | select | list", R"(["a", "42"])",
           "expected a test: `| lines`, or reject('eq', ''), drops empty texts"},
          {"x | selectattr('r') | list", R"([{"r": "42"}])", "selectattr('x', 'ne', '') drops"},
      },
      false);
  check_all(
      {
          {"x | map(attribute='best', default=none) | list", kItems, "[null,true]"},
          {"x | selectattr('best', 'defined') | map(attribute='rating') | list", kItems, "[2]"},
          {"x | rejectattr('best', 'defined') | map(attribute='rating') | list", kItems, "[1]"},
          {"x | selectattr('a.b', 'undefined') | list", R"([{"c": 1}, {"a": {"b": 1}}])",
           R"([{"c":1}])"},
          {"x | rejectattr('r', 'none') | list", R"([{"r": null}, {"r": 1}])", R"([{"r":1}])"},
          {"x | groupby('best', default=false) | length", kItems, "2"},
          {"x | selectattr('r') | list", R"([{"r": true}, {"r": 0}, {"r": ""}])",
           R"([{"r":true}])"},
          {"x | select | list", R"(["a", "", null])", R"(["a"])"},
          {"x | reject('eq', '') | list", R"(["a", "", "42"])", R"(["a","42"])"},
          {"x | map(attribute=0) | list", "[[1, 2], [3]]", "[1,3]"},
      },
      true);
}

TEST(Texts, NullIsNotWrittenAsAWord) {
  for (const char* text : {"x ~ ''",
                           "x | trim",
                           "x | string",
                           "x | upper",
                           "x | lower",
                           "x | title",
                           "x | e",
                           "x | capitalize",
                           "x | replace('a', 'b')",
                           "'a' | replace('a', x)",
                           "'{}'.format(x)",
                           "'{a}'.format(a=x)",
                           "'%s' | format(x)",
                           "x | indent",
                           "x | escape",
                           "x | safe",
                           "[x, 'a'] | join('\n')",
                           "'-'.join(['a', x])",
                           "['a'] | join(x)",
                           "[x] | map('trim') | list"}) {
    EXPECT_THAT(of(text, "null"), HasSubstr("expected text; (x or '') is '' where x is null"))
        << text;
  }
  for (const char* text : {"x ~ ''", "[x] | join", "'{}'.format(x)", "'%s' | format(x)",
                           "x | upper", "'-'.join([x])"}) {
    EXPECT_THAT(of(text, R"(["a", "b"])"),
                HasSubstr("expected text or a number; `join` makes a text of a list"))
        << text;
    EXPECT_THAT(of(text, R"({"a": 1})"), HasSubstr("`tojson` makes a text of an object")) << text;
  }
  check_all(
      {
          {"[x, 1, 'a'] | join('-')", "2.5", R"("2.5-1-a")"},
          {"'{}: {n}'.format(x, n=2)", "\"a\"", R"("a: 2")"},
          {"'%s %d' | format(x, 2)", "\"a\"", R"("a 2")"},
          {"x | string ~ (x | upper)", "3", R"("33")"},
          {"x | tojson", "null", R"("null")"},
          {"(x or '') ~ 'a'", "null", R"("a")"},
          {"x | join(', ')", R"(["a", "b"])", R"("a, b")"},
      },
      true);
}

TEST(Conditions, TextsOfNumbersAndTruthValuesAreRefused) {
  constexpr const char* kWon = R"({"won": "False", "l": ["0"]})";
  for (const char* text :
       {"(x.won and 'a') or 'b'", "'a' if x.won else 'b'", "not x.won", "'a' if x['won'] else 'b'",
        "'a' if x.l[0] else 'b'", "'a' if x.won or x.l else 'b'", "'a' if x.l and x.won else 'b'",
        "not (x.l and x.won)", "'a' if x.get('won') else 'b'", "'a' if x.l | first else 'b'",
        "x.won | bool"}) {
    EXPECT_THAT(of(text, kWon), HasSubstr("for true, as every string that is not empty")) << text;
  }
  check_all(
      {
          {"'a' if 'b' in x else 'c'", "null", "after `in`, expected a string, a list or an"},
          {"'b' in x", "3", "found a number after `in`"},
          {"x in 'a1'", "1", "looks for a number in a string, expected a string"},
          {"'a' if x in [0] else 'b'", "\"0\"", "which are never equal"},
          {"x not in ['0', '1']", "0", "which are never equal"},
          {"x in [1, none]", "\"1\"", "which are never equal"},
          {"x in [none, 1]", "\"1\"", "which are never equal"},
          {"[x] in [[1]]", "\"1\"", "which are never equal"},
          {"'a' if x else 'b'", "\"42\"",
           "expected a condition: x != '' where x is a text, `x | number` where it is a number, "
           "x == 'True' where it is a truth value"},
      },
      false);
  check_all(
      {
          {"x or ''", "\"42\"", R"("42")"},
          {"(x or 'none') ~ '!'", "\"False\"", R"("False!")"},
          {"x or 'other'", "\"\"", R"("other")"},
          {"x and 'a'", "\"yes\"", R"("a")"},
          {"'a' if x else 'b' if not x else 'c'", "\"\"", R"("b")"},
          {"('a' if x) or 'b'", "false", R"("b")"},
          {"['a' in x, 'a' not in x, x in ['abc', 'b']]", "\"abc\"", "[true,false,true]"},
          {"[x in ['a'], x in [1], none in [x]]", "null", "[false,false,true]"},
          {"['x' in row, 'y' in row, 'k' in x]", R"({"k": 1})", "[true,false,true]"},
          {"x in [1, 2] or x in ['a']", "3", "false"},
          {"[x in ['1', 1], x in [1, '1'], x in [1, '2'], x in ['2', 1]]", "\"1\"",
           "[true,true,false,false]"},
          {"[[1, x].count('1'), [x, 1].count('1')]", "\"1\"", "[1,1]"},
          {"[{1: 'a', '1': 'b'}.get(x), {'2': 'a', 1: 'b'}.get(x)]", "\"1\"", R"(["b",null])"},
          {"'a' if x != '' else 'b'", "\"42\"", R"("a")"},
      },
      true);
}

}  // namespace
}  // namespace laurel::expression_rules_test
