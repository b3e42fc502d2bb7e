// Structs with fields(): what is read, what is written, and that all problems are told at once.
#include "core/option_reader.h"

#include <gmock/gmock.h>

#include <array>
#include <cstdint>

#include "core/option_writer.h"

namespace laurel::test::option_reader_test {

using ::testing::ElementsAre;

enum class Colour { red, green };
constexpr auto enum_names(Colour) { return std::array{"red", "green"}; }

struct Part {
  int64_t epoch = 0;
  std::vector<float> scores;
  bool operator==(const Part&) const = default;

  void fields(auto& visit) {
    visit("epoch", epoch, Range{.min = 0});
    visit("scores", scores);
  }
};

// A file of every type.
struct File {
  uint64_t hash = 0;
  int32_t id = 0;
  bool done = false;
  double value = 0;
  Colour colour = Colour::red;
  std::optional<int64_t> length;
  std::optional<Part> best;
  std::vector<std::vector<Part>> parts;
  std::map<std::string, Part> named;
  std::map<std::string, std::string> words;
  Json free = Json::object();
  bool operator==(const File&) const = default;

  void fields(auto& visit) {
    visit("hash", hash);
    visit("id", id, Range{.min = 0});
    visit("done", done);
    visit("value", value, Above{.min = 0});
    visit("colour", colour);
    visit("length", length, Range{.min = 1});
    visit("best", best);
    visit("parts", parts);
    visit("named", named);
    visit("words", words);
    visit("free", free);
  }
};

static File some_file() {
  File file;
  file.hash = UINT64_MAX;
  file.id = 7;
  file.done = true;
  file.value = 0.1;
  file.colour = Colour::green;
  file.best = Part{.epoch = INT64_MAX, .scores = {0.1F, -2}};
  file.parts = {{{.epoch = 1, .scores = {}}}, {}};
  file.named = {{"a", {.epoch = 2, .scores = {3}}}};
  file.words = {{"x", "y"}};
  file.free = {{"z", {1, "two", nullptr}}, {"a", 1.5}};
  return file;
}

static File reading(const Json& json) {
  return read_file_json<File>(json, "run.json", ErrorKind::checkpoint);
}

static std::string error_of_reading(const Json& json) {
  try {
    reading(json);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::checkpoint);
    return error.message;
  }
  return "no error";
}

static std::string error_with(const char* patch) {
  Json json = options_to_json(some_file());
  json.merge_patch(Json::parse(patch));
  return error_of_reading(json);
}

TEST(OptionReader, ReadsWhatTheWriterWrites) {
  const Json json = options_to_json(some_file());
  EXPECT_EQ(json.dump(),
            R"({"hash":18446744073709551615,"id":7,"done":true,"value":0.1,"colour":"green",)"
            R"("length":null,)"
            R"("best":{"epoch":9223372036854775807,"scores":[0.10000000149011612,-2.0]},)"
            R"("parts":[[{"epoch":1,"scores":[]}],[]],"named":{"a":{"epoch":2,"scores":[3.0]}},)"
            R"("words":{"x":"y"},"free":{"z":[1,"two",null],"a":1.5}})");
  EXPECT_EQ(reading(Json::parse(json.dump())), some_file());
}

TEST(OptionReader, OnlyOptionalMembersOfAFileMayBeAbsent) {
  Json json = options_to_json(some_file());
  json.erase("length");
  EXPECT_EQ(reading(json), some_file());
  json.erase("id");
  json["best"].erase("epoch");
  EXPECT_EQ(error_of_reading(json),
            "run.json: 2 problems\n  id: is required\n  best.epoch: is required");
}

TEST(OptionReader, ReportsAllProblemsEachWithItsPath) {
  EXPECT_EQ(error_with(R"({"hash": -1, "value": 0, "colour": "blue", "words": {"x": 1},
                           "parts": [[{"epoch": 1.5, "scores": [1e300]}]], "named": 3,
                           "colours": 1, "free": [], "done": 1})"),
            "run.json: 10 problems\n"
            "  hash: found -1, expected a whole number from 0 to 18446744073709551615\n"
            "  done: found 1, expected true or false\n"
            "  value: found 0, expected more than 0\n"
            "  colour: found \"blue\", expected one of: red, green\n"
            "  parts[0][0].epoch: found 1.5, expected a whole number\n"
            "  parts[0][0].scores[0]: found 1e+300, expected a number\n"
            "  named: found 3, expected an object\n"
            "  words.x: found 1, expected a string\n"
            "  free: found a list, expected an object\n"
            "  colours: unknown option; did you mean \"colour\"?");
}

TEST(OptionReader, NumbersKeepToTheirTypes) {
  const auto problem = [](const char* patch) {
    const std::string message = error_with(patch);
    return message.substr(message.find("\n  ") + 3);
  };
  EXPECT_EQ(problem(R"({"id": 2147483648})"),
            "id: found 2147483648, expected a whole number from -2147483648 to 2147483647");
  EXPECT_EQ(problem(R"({"id": -1})"), "id: found -1, expected at least 0");
  EXPECT_EQ(problem(R"({"length": 9223372036854775808})"),
            "length: found 9223372036854775808, expected a whole number");
  EXPECT_EQ(problem(R"({"length": "1"})"), "length: found \"1\", expected a whole number");
  EXPECT_EQ(problem(R"({"hash": true})"),
            "hash: found true, expected a whole number from 0 to 18446744073709551615");
}

TEST(OptionReader, ChecksAcrossMembersOnlyWhatIsRightByItself) {
  const auto checked = [](const Json& json) -> std::string {
    try {
      read_file_json<File>(json, "here", ErrorKind::model, [](const File& file, Problems& found) {
        if (file.id == 7) found.add("id", "found 7");
      });
    } catch (const Error& error) {
      return error.message;
    }
    return "no error";
  };
  Json json = options_to_json(some_file());
  EXPECT_EQ(checked(json), "here: 1 problem\n  id: found 7");
  json["done"] = 3;
  EXPECT_EQ(checked(json), "here: 1 problem\n  done: found 3, expected true or false");
  EXPECT_EQ(checked(Json::array()), "here: found a list, expected an object");
}

struct Element {
  std::string name;
  void fields(auto& visit) { visit("name", name); }
};

struct List {
  std::vector<Element> list;
  void fields(auto& visit) { visit("list", list); }
};

// A path is made for every member, so a file cannot make them all long.
TEST(OptionReader, LongNamesOfElementsAreNoPaths) {
  const auto problems_of = [](const std::string& name) {
    List list;
    Problems problems;
    read_options(Json{{"list", {{{"name", name}, {"x", 1}}}}}, list, {}, problems);
    return problems.lines;
  };
  EXPECT_THAT(problems_of("pairs"), ElementsAre("list.pairs.x: unknown option; known here: name"));
  EXPECT_THAT(problems_of(std::string(101, 'n')),
              ElementsAre("list[0].x: unknown option; known here: name"));
}

struct Few {
  static constexpr const char* key = "few";
  int64_t few = 1;
  void fields(auto& visit) { visit("few", few, "So many.", Range{.min = 1}); }
  bool operator==(const Few&) const = default;
};

struct Sizes {
  int64_t rank = 4;
  void fields(auto& visit) { visit("rank", rank, "How many."); }
  bool operator==(const Sizes&) const = default;
};

struct Parts {
  static constexpr const char* key = "parts";
  static constexpr bool by_name = true;
  Sizes parts;
  void fields(auto& visit) { visit("parts", parts, "Some."); }
  bool operator==(const Parts&) const = default;
};

struct WithChoice {
  std::variant<Colour, Few, Parts> of;
  void fields(auto& visit) { visit("of", of, "A word or an object."); }
};

static std::string problem_with(const Json& of) {
  WithChoice value;
  Problems problems;
  read_options(Json{{"of", of}}, value, {}, problems);
  return problems.lines.empty() ? options_to_json(value)["of"].dump() : problems.lines.front();
}

TEST(OptionReader, TakesAWordOrAnObjectWithTheKeyOfAStruct) {
  EXPECT_EQ(problem_with("green"), "\"green\"");
  EXPECT_EQ(problem_with({{"few", 3}}), R"({"few":3})");
  EXPECT_EQ(problem_with("parts"), R"({"parts":{"rank":4}})");
  EXPECT_EQ(problem_with({{"type", "parts"}, {"parts", {{"rank", 2}}}}), R"({"parts":{"rank":2}})");
  const std::string expected =
      ", expected \"red\", \"green\" or an object with \"few\" or \"parts\"";
  EXPECT_EQ(problem_with("blue"), "of: found \"blue\"" + expected);
  EXPECT_EQ(problem_with("few"), "of: found \"few\"" + expected);
  EXPECT_EQ(problem_with(2), "of: found 2" + expected);
  EXPECT_EQ(problem_with({{"few", 0}}), "of.few: found 0, expected at least 1");
  EXPECT_THAT(problem_with({{"few", 2}, {"parts", Json::object()}}),
              testing::HasSubstr("of.parts: unknown option"));
}

}  // namespace laurel::test::option_reader_test
