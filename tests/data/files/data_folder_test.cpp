// Folders of data sets: their splits by name, as save_to_disk and the Hub lay them out.
#include "data/files/data_folder.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "data/files/data_files.h"
#include "data/files/folders.h"
#include "data/files/split_names.h"
#include "data/tiny.h"

namespace laurel::data_folder_test {
namespace {

namespace fs = std::filesystem;
using test::error_in;
using test::error_of;
using test::File;
using test::folder_of;
using test::found;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

TEST(SplitNames, AreThoseOfDatasets) {
  using Splits = std::map<std::string, std::vector<std::string>>;
  const auto splits = [](const std::vector<std::string>& names) {
    return files_by_split(names).splits;
  };
  EXPECT_EQ(
      splits({"data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet",
              "data/test_prefs-00000-of-00001-a1b2.parquet", "train.jsonl"}),
      (Splits{{"train", {"data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet"}},
              {"test_prefs", {"data/test_prefs-00000-of-00001-a1b2.parquet"}}}));
  EXPECT_EQ(splits({"train/a.json", "dev/a.json", "x/test-1/b.json", "train.json"}),
            (Splits{{"train", {"train/a.json"}},
                    {"validation", {"dev/a.json"}},
                    {"test", {"x/test-1/b.json"}}}));
  EXPECT_EQ(splits({"rows_train.csv", "val.csv", "my.evaluation.2.csv", "training-1.csv"}),
            (Splits{{"train", {"rows_train.csv", "training-1.csv"}},
                    {"validation", {"val.csv"}},
                    {"test", {"my.evaluation.2.csv"}}}));
  EXPECT_EQ(splits({"trainer.json", "latest.json", "values.json"}), Splits{});
}

TEST(SplitNames, RefuseANameOfTwoSplits) {
  EXPECT_EQ(error_of(ErrorKind::data, [] { files_by_split({"train_test.json"}); }),
            "train_test.json: found words for test and train in its name, expected those of one "
            "split; give the files by their names");
}

TEST(DataFolder, TheSplitOfAHubCloneIsFoundByName) {
  const std::string hub =
      folder_of("hub", {{"data/train-00000-of-00002.parquet"},
                        {"data/train-00001-of-00002.parquet"},
                        {"data/test-00000-of-00001.parquet"},
                        {"README.md", "---\nconfigs:\n- config_name: default\n---\n"},
                        {".git/train-00000.parquet"}});
  EXPECT_THAT(found(hub, "train"), ElementsAre("data/train-00000-of-00002.parquet",
                                               "data/train-00001-of-00002.parquet"));
  EXPECT_THAT(found(hub, "test"), ElementsAre("data/test-00000-of-00001.parquet"));
  EXPECT_THAT(found(hub + "/data", "test"), ElementsAre("test-00000-of-00001.parquet"));
  EXPECT_EQ(find_data_files({{hub}}, "test").notes[0],
            hub + ": 1 file: " + hub +
                "/data/test-00000-of-00001.parquet; not read: README.md, "
                "data/train-00000-of-00002.parquet, data/train-00001-of-00002.parquet");
}

TEST(DataFolder, TrainAndTestInOneFolderNeedASplit) {
  const std::string hub = folder_of("both", {{"data/train-00000-of-00002.parquet"},
                                             {"data/train-00001-of-00002.parquet"},
                                             {"data/test-00000-of-00001.parquet"}});
  const char* const message =
      ": found files of several splits, test (data/test-00000-of-00001.parquet) and train "
      "(data/train-00000-of-00002.parquet, ...), expected those of one; set split to one of them, "
      "or name the files";
  EXPECT_EQ(error_in(hub, std::nullopt), message);
  EXPECT_THAT(
      error_in(hub + "/data", std::nullopt),
      HasSubstr("found files of several splits, test (test-00000-of-00001.parquet) and train"));
  EXPECT_THAT(error_in(hub, "validation"), HasSubstr("found the splits test (data/test-"));
  EXPECT_THAT(error_in(hub, "validation"), HasSubstr("expected files of \"validation\""));
}

TEST(DataFolder, OneSplitNeedsNoName) {
  const std::string one = folder_of("one", {{"train/b.jsonl"}, {"train/a.jsonl.gz"}});
  EXPECT_THAT(found(one, std::nullopt), ElementsAre("train/a.jsonl.gz", "train/b.jsonl"));
  const std::string none = folder_of("none", {{"x/b.jsonl"}});
  EXPECT_THAT(found(none, "train"), ElementsAre("x/b.jsonl"));  // as datasets has it
  EXPECT_EQ(error_in(none, "test"),
            ": found no names of splits (x/b.jsonl), expected files of \"test\"");
  EXPECT_THAT(error_in(none, std::nullopt), HasSubstr("found a folder without files that end in"));
}

TEST(DataFolder, RefusesWhatMayBeTheSameRowsTwice) {
  const std::string kinds = folder_of("kinds", {{"train.csv"}, {"train.jsonl"}});
  EXPECT_EQ(
      error_in(kinds, "train"),
      ": found files of several kinds, train.csv and train.jsonl, expected one kind; name the files");
  const std::string configurations =
      folder_of("configs", {{"a/train.jsonl"},
                            {"b/train.jsonl"},
                            {"README.md",
                             "---\nconfigs:\n- config_name: a\n  data_files: a/*\n"
                             "- config_name: \"b\"\n---\n- config_name: c\n"}});
  EXPECT_EQ(
      error_in(configurations, "train"),
      ": found several configurations in its README.md, a, b, expected the files of one; name "
      "them, as in " +
          configurations + "/a/*");
}

TEST(DataFolder, ASplitIsOfFolders) {
  const std::string folder = folder_of("file", {{"a.jsonl"}});
  EXPECT_EQ(error_of(ErrorKind::data, [&] { find_data_files({{folder + "/a.jsonl"}}, "train"); }),
            folder +
                "/a.jsonl: found no folder, expected one whose files of the split \"train\" are "
                "to be found; leave split out where files are named");
}

const char* const kState =
    R"({"_data_files": [{"filename": "data-00001-of-00002.arrow"}, {"filename": "data-00000-of-00002.arrow"}],
        "_split": "train", "_format_type": null})";
const File kShards[] = {{"data-00000-of-00002.arrow"}, {"data-00001-of-00002.arrow"}};

TEST(SavedDataset, ItsFilesComeInTheOrderOfItsState) {
  const std::string saved = folder_of(
      "saved", {{"state.json", kState}, {"dataset_info.json", "{}"}, kShards[0], kShards[1]});
  for (const auto& split : {std::optional<std::string>{}, std::optional<std::string>{"train"}}) {
    EXPECT_THAT(found(saved, split),
                ElementsAre("data-00001-of-00002.arrow", "data-00000-of-00002.arrow"));
  }
  EXPECT_EQ(error_in(saved, "test"), ": found the split \"train\", expected \"test\"");
}

TEST(SavedDataset, TheSplitsOfADatasetDictAreNamed) {
  const std::string dict = folder_of(
      "dict",
      {{"dataset_dict.json", R"({"splits": ["train", "test"]})"},
       {"train/state.json", kState},
       {"train/data-00000-of-00002.arrow"},
       {"train/data-00001-of-00002.arrow"},
       {"test/state.json", R"({"_data_files": [{"filename": "data-00000-of-00001.arrow"}]})"},
       {"test/data-00000-of-00001.arrow"}});
  EXPECT_THAT(found(dict, "test"), ElementsAre("test/data-00000-of-00001.arrow"));
  EXPECT_THAT(found(dict, "train"), testing::SizeIs(2));
  EXPECT_EQ(error_in(dict, std::nullopt),
            ": found the splits train, test, expected one; set split to one of them");
  EXPECT_EQ(error_in(dict, "dev"), ": found the splits train, test, expected \"dev\" among them");
}

TEST(SavedDataset, SaysWhatIsWrongWithItsState) {
  const auto error = [](const std::string& state) {
    return error_in(folder_of("broken", {{"state.json", state}, kShards[0]}), std::nullopt);
  };
  EXPECT_THAT(error("["), StartsWith("/state.json: "));
  EXPECT_EQ(error("[]"), "/state.json: found a list, expected an object");
  EXPECT_EQ(error("{}"),
            "/state.json: found no list \"_data_files\", expected one, as save_to_disk writes it");
  EXPECT_EQ(error(R"({"_data_files": []})"),
            "/state.json: found no data files, expected one or more");
  EXPECT_EQ(error(R"({"_data_files": [{}]})"), "/state.json: found no \"filename\"");
  EXPECT_EQ(error(R"({"_data_files": [{"filename": "../a.arrow"}]})"),
            "/state.json: found the name \"../a.arrow\", expected that of a file beside it");
  EXPECT_THAT(error(kState), HasSubstr("/data-00001-of-00002.arrow: no such file; "));
  EXPECT_THAT(error(R"({"_data_files": [{"filename": "data-00000-of-00002.arrow"}],
                       "_indices_data_files": [{"filename": "i.arrow"}]})"),
              HasSubstr("found \"_indices_data_files\", expected rows in their order"));
}

}  // namespace
}  // namespace laurel::data_folder_test
