// Slices of rows: their values, what lacks them, and that the token cache keeps them.
#include "data/sources/slices.h"

#include <gmock/gmock.h>

#include "core/str.h"
#include "data/records/format.h"
#include "data/tiny.h"

namespace laurel::slices_test {
namespace {

using test::context_of;
using test::error_of;
using test::pairs_from;
using test::write_data;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

std::string sliced_row(int prompt, const std::string& fields) {
  return str("{\"prompt\": \"w", prompt, "\", \"chosen\": \" w1\", \"rejected\": \" w2\"",
             fields.empty() ? "" : ", ", fields, "}\n");
}

SourceOptions sliced(const std::string& file, std::vector<std::string> fields) {
  SourceOptions options = pairs_from({file});
  options.slices = std::move(fields);
  return options;
}

TEST(Slices, AreStringsNumbersAndTruthValuesAsJson) {
  const Json row = Json::parse(sliced_row(1, R"("topic": "cats", "year": 1999, "easy": true)"));
  const RowSchema shape{.slices = {"easy", "topic", "year", "none"}};
  const Example example = parse_row(row, shape, "a:1");
  EXPECT_THAT(example.slices, ElementsAre("true", "\"cats\"", "1999", "(none)"));
  EXPECT_THAT(example.ignored, ElementsAre());
}

TEST(Slices, KeepValuesOfDifferentTypesApart) {
  const std::string file =
      write_data("s.jsonl", sliced_row(1, R"("d": 3)") + sliced_row(2, R"("d": "3")") +
                                sliced_row(3, R"x("d": "(none)")x") + sliced_row(4, "") +
                                sliced_row(5, R"("d": true)") + sliced_row(6, R"("d": "true")") +
                                sliced_row(7, R"("d": "4")") + sliced_row(8, R"("d": "\"3\"")"));
  const SourceData data = load_source(sliced(file, {"d"}), 0, context_of());
  std::vector<std::string> values;
  for (const auto& of_row : data.train.slices) values.push_back(of_row.at(0));
  EXPECT_THAT(values, ElementsAre("3", "\"3\"", "\"(none)\"", "(none)", "true", "\"true\"", "4",
                                  R"("\"3\"")"));
}

TEST(Slices, OfEqualNumbersAreOne) {
  const auto value = [](const char* number) {
    const Json row = Json::parse(sliced_row(1, str(R"("year": )", number)));
    return parse_row(row, {.slices = {"year"}}, "a:1").slices[0];
  };
  for (const char* three : {"3", "3.0", "3e0"}) EXPECT_EQ(value(three), "3");
  EXPECT_EQ(value("-0.0"), value("0"));
  EXPECT_EQ(value("0.5"), "0.5");
  EXPECT_EQ(value("18446744073709551615"), "18446744073709551615");
}

// As doubles, 2^64 and 2^64 + 1 would be one value.
TEST(Slices, RefuseNumbersThatLoseDigits) {
  for (const char* number : {"18446744073709551616", "18446744073709551617", "1e300", "-1e17"}) {
    const Json row = Json::parse(sliced_row(1, str(R"("worker": )", number)));
    EXPECT_THAT(
        error_of(ErrorKind::data, [&] { parse_row(row, {.slices = {"worker"}}, "a.jsonl:1"); }),
        AllOf(HasSubstr("a.jsonl:1: found the number "), HasSubstr(" for the slice \"worker\"")))
        << number;
  }
}

TEST(Slices, RefuseListsAndObjects) {
  const Json row = Json::parse(sliced_row(1, R"("topic": ["cats"])"));
  EXPECT_THAT(
      error_of(ErrorKind::data, [&] { parse_row(row, {.slices = {"topic"}}, "a.jsonl:1"); }),
      HasSubstr("a.jsonl:1: found a list for the slice \"topic\", expected a string, a "
                "number, true or false"));
}

TEST(Slices, StayWithTheirRows) {
  const std::string file = write_data(
      "s.jsonl", sliced_row(1, R"("topic": "cats")") + sliced_row(2, "") +
                     sliced_row(3, R"("topic": "dogs")") + sliced_row(4, R"("topic": "cats")"));
  const SourceData data = load_source(sliced(file, {"topic"}), 0, context_of());
  EXPECT_THAT(data.train.slice_fields, ElementsAre("topic"));
  EXPECT_THAT(groups_by_slice(data.train, 0),
              ElementsAre(Pair("(none)", ElementsAre(1)), Pair("cats", ElementsAre(0, 3)),
                          Pair("dogs", ElementsAre(2))));
  EXPECT_THAT(data.notes,
              testing::Contains("source ukp: slices: found 1 of 4 rows without \"topic\", which "
                                "count as (none)"));
}

TEST(Slices, OfAFieldThatNoRowHasAreRefused) {
  const std::string file = write_data("s.jsonl", sliced_row(1, R"("topic": "cats")"));
  EXPECT_THAT(
      error_of(ErrorKind::data, [&] { load_source(sliced(file, {"topics"}), 0, context_of()); }),
      HasSubstr("source ukp: slices: found \"topics\", which no row has (did you mean \"topic\"?), "
                "expected a field of the rows"));
}

TEST(Slices, OfAFieldThatIsAlwaysNullAreRefused) {
  const std::string file = write_data("s.jsonl", sliced_row(1, R"("topic": null)"));
  EXPECT_THAT(
      error_of(ErrorKind::data, [&] { load_source(sliced(file, {"topic"}), 0, context_of()); }),
      HasSubstr("source ukp: slices: found no row with a value of \"topic\", expected a field"));
}

TEST(Slices, OfTheSameFieldTwiceAreRefused) {
  EXPECT_THAT(problems_in_source(sliced("a", {"topic", "topic"})),
              ElementsAre("slices: found \"topic\", expected different fields"));
}

TEST(Slices, ComeBackFromTheTokenCache) {
  const std::string file = write_data(
      "s.jsonl", sliced_row(1, R"("topic": "cats")") + sliced_row(2, R"("topic": "dogs")"));
  LoadContext context = context_of();
  context.cache = TokenCache{.folder = write_data("cache_of_slices", ""), .program = "p"};
  std::filesystem::remove(context.cache->folder);
  for (int i = 0; i < 2; ++i) {
    const SourceData data = load_source(sliced(file, {"topic"}), 0, context);
    EXPECT_THAT(data.train.slices, ElementsAre(ElementsAre("cats"), ElementsAre("dogs")));
    EXPECT_EQ(data.notes.back().ends_with(".tokens"), i == 1);
  }
  EXPECT_THAT(load_source(sliced(file, {}), 0, context).train.slices, ElementsAre());
}

}  // namespace
}  // namespace laurel::slices_test
