// Rows that make several groups, and several that make one: their locations and their counts.
#include "data/records/expand/grouped_reader.h"

#include <gmock/gmock.h>

#include "core/str.h"
#include "data/tiny.h"

namespace laurel::grouped_reader_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Read {
  std::vector<std::string> rows;  // "LINE: TEXT", or what is wrong with it
  std::string note, error;
};

Read read(const std::string& text, const RowGrouping& grouping) {
  const std::string path = test::write_data("rows.jsonl", text);
  Read read;
  GroupedReader reader(path, grouping);
  try {
    while (const auto row = reader.next()) {
      const std::string where = reader.where(*row).substr(path.size());
      try {
        read.rows.push_back(str(where, ": ", parse_raw_row(*row, where).dump()));
      } catch (const Error& error) {
        read.rows.push_back(error.message);
      }
    }
  } catch (const Error& error) {
    read.error = error.message.substr(path.size());
  }
  read.note = grouping_note(reader.counts(), grouping);
  return read;
}

TEST(GroupedReader, RowsAreAsTheyAreWithoutGrouping) {
  const Read found = read("{\"a\":1}\n\n{\"a\":2}\n", {});
  EXPECT_THAT(found.rows, ElementsAre(R"(:1: {"a":1})", R"(:3: {"a":2})"));
  EXPECT_EQ(found.note, "");
}

TEST(GroupedReader, LinesThatBelongTogetherMakeOneRow) {
  const Read found =
      read("{\"text\":\"a\"}\n{\"text\":\"b\"}\n\n{\"text\":\"c\"}\n{\"text\":\"d\"}\n",
           {.rows_per_group = 2});
  EXPECT_THAT(found.rows, ElementsAre(R"(:1: {"rows":[{"text":"a"},{"text":"b"}]})",
                                      R"(:4: {"rows":[{"text":"c"},{"text":"d"}]})"));
  EXPECT_EQ(found.note, "4 rows made 2 groups (rows_per_group: 2)");
}

TEST(GroupedReader, AGroupWithoutItsLastRowIsRefused) {
  const Read found = read("{}\n{}\n{}\n", {.rows_per_group = 2});
  EXPECT_THAT(found.rows, testing::SizeIs(1));
  EXPECT_EQ(found.error,
            ":3: found 1 row at the end, expected 2, which make a group (rows_per_group)");
}

TEST(GroupedReader, AMalformedRowIsThatOfItsGroup) {
  const Read found = read("{}\n[\n{}\n{}\n", {.rows_per_group = 2});
  EXPECT_THAT(found.rows,
              ElementsAre(HasSubstr("rows.jsonl:2: not valid JSON"), R"(:3: {"rows":[{},{}]})"));
}

TEST(GroupedReader, ARowThatMakesSeveralKeepsItsLine) {
  const char* const row =
      R"({"question":{"problem":"p"},"label":{"steps":[{"completions":[{"text":"A","rating":1},{"text":"B","rating":0}],"chosen_completion":null}]}})";
  const char* const none = R"({"question":{"problem":"p"},"label":{"steps":[]}})";
  const Read found = read(str(row, "\n{}\n", none, "\n", row, "\n"), {.expand = Expand::prm800k});
  EXPECT_THAT(found.rows,
              ElementsAre(R"(:1: {"prompt":"p","completions":["A"],"labels":[true]})",
                          R"(:1: {"prompt":"p","completions":["B"],"labels":[false]})",
                          ":2: question: found none, expected an object",
                          R"(:4: {"prompt":"p","completions":["A"],"labels":[true]})",
                          R"(:4: {"prompt":"p","completions":["B"],"labels":[false]})"));
  EXPECT_EQ(found.note, "4 rows made 4 groups (expand: prm800k); 1 row made none");
}

std::string message(const char* tree, const char* id, const char* parent, const char* role,
                    const char* rank) {
  const std::string above = parent ? str("\"", parent, "\"") : "null";
  return str(R"({"message_tree_id":")", tree, R"(","message_id":")", id, R"(","parent_id":)", above,
             R"(,"text":")", id, R"(","role":")", role, R"(","rank":)", rank, "}\n");
}

TEST(GroupedReader, MessagesOfATreeAreReadTogether) {
  const std::string tree = message("t", "q", nullptr, "prompter", "null") +
                           message("t", "a", "q", "assistant", "1.0") +
                           message("t", "b", "q", "assistant", "0.0");
  const std::string alone = message("u", "r", nullptr, "prompter", "null");
  const Read found = read(alone + tree, {.expand = Expand::oasst});
  EXPECT_THAT(found.rows, ElementsAre(":2: {\"prompt\":[{\"role\":\"user\",\"content\":\"q\"}],"
                                      "\"responses\":[\"a\",\"b\"],\"ranks\":[2,1]}"));
  EXPECT_EQ(found.note, "4 rows made 1 group (expand: oasst); 1 row made none");
  const std::string apart = message("t", "z", "q", "assistant", "2");
  EXPECT_THAT(read(tree + alone + apart, {.expand = Expand::oasst}).rows.back(),
              HasSubstr(":5: found no message \"q\", the parent of this one"));
}

}  // namespace
}  // namespace laurel::grouped_reader_test
