// Sources of other files than JSONL: the same groups, and the same care with places and mistakes.
#include <gmock/gmock.h>

#include <fstream>

#include "core/str.h"
#include "data/files/row_reader.h"
#include "data/tiny.h"

namespace laurel::load_files_test {
namespace {

using test::context_of;
using test::error_of;
using test::write_data;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string kFiles = LAUREL_SOURCE_DIR "/tests/data/files/samples/";

SourceData load(const std::vector<std::string>& files, const DataOptions& data = {}) {
  SourceOptions options = test::pairs_from(files);
  options.text = TextChoice::chat;
  return load_source(options, 0, context_of(data));
}

std::vector<std::vector<int32_t>> ids_of(const Split& split) {
  std::vector<std::vector<int32_t>> ids;
  for (const Group& group : split.groups) {
    for (const Response& response : group.responses) ids.push_back(response.ids);
  }
  return ids;
}

std::string error_of_files(const std::vector<std::string>& files) {
  return error_of(ErrorKind::data, [&] { load(files); });
}

TEST(LoadSource, MakesTheSameGroupsOfEveryKindOfFile) {
  const SourceData lines = load({kFiles + "rows.jsonl"});
  ASSERT_EQ(lines.train.groups.size(), 8);
  for (const char* name : {"rows.jsonl.gz", "rows.jsonl.zst", "nested.zstd.parquet"}) {
    EXPECT_EQ(ids_of(load({kFiles + name}).train), ids_of(lines.train)) << name;
  }
}

TEST(LoadSource, NamesTheRowsOfEachFileInItsOwnWay) {
  const Split split =
      load({kFiles + "nested.gzip.parquet", kFiles + "rows.jsonl.gz", kFiles + "rows.jsonl"}).train;
  ASSERT_EQ(split.groups.size(), 24);
  EXPECT_EQ(split.where(split.groups[2].id), kFiles + "nested.gzip.parquet:row 3");
  EXPECT_EQ(split.where(split.groups[10].id), kFiles + "rows.jsonl.gz:3");
  EXPECT_EQ(split.where(split.groups[23].id), kFiles + "rows.jsonl:8");
}

TEST(LoadSource, NamesTheMalformedRowOfAList) {
  const std::string good = test::pair_row(1, 2, 3);
  const std::string file =
      write_data("bad.json", "[" + good + ",\n{\"prompt\": 3},\n" + good + "]");
  EXPECT_THAT(error_of_files({file}), HasSubstr(file + ":row 2 (line 3): "));
  const SourceData data = load({file}, {.bad_rows = 1});
  EXPECT_EQ(data.train.report.bad, 1);
  EXPECT_EQ(data.train.where(data.train.groups[1].id), file + ":row 3");
}

TEST(LoadSource, EndsAtAFileThatIsCutOffWhateverTheBudget) {
  const std::string file = write_data("cut.json", "[" + test::pair_row(1, 2, 3) + ", ");
  EXPECT_EQ(error_of(ErrorKind::data, [&] { load({file}, {.bad_rows = 100}); }),
            file + ":row 2: the file ends inside its list (line 2); is it cut off?");
}

TEST(LoadSource, AFileThatIsWrittenToAfterwardsIsNoticed) {
  const std::string file = write_data("growing.jsonl", test::pair_row(1, 2, 3) + "\n");
  const SourceData source = load_source(test::pairs_from({file}), 0, context_of());
  check_unchanged(source.stamps);
  std::ofstream(file, std::ios::app) << test::pair_row(4, 5, 6) << "\n";
  EXPECT_EQ(error_of(ErrorKind::data, [&] { check_unchanged(source.stamps); }),
            file + ": changed while it was in use; run again when nothing writes to it");
  std::filesystem::remove(file);
  EXPECT_THAT(error_of(ErrorKind::data, [&] { check_unchanged(source.stamps); }),
              HasSubstr("changed"));
}

}  // namespace
}  // namespace laurel::load_files_test
