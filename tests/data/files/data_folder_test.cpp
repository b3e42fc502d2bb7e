// Folders of data sets: their splits by name, as save_to_disk and the Hub lay them out.
#include "data/files/data_folder.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "core/str.h"
#include "data/files/data_files.h"
#include "data/files/split_names.h"
#include "data/tiny.h"

namespace laurel::data_folder_test {
namespace {

namespace fs = std::filesystem;
using test::error_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::StartsWith;

struct File {
  std::string name, text = {};
};

std::string folder_of(const std::string& name, const std::vector<File>& files) {
  const fs::path folder = fs::path(test::write_data("anchor", "")).parent_path() / name;
  fs::remove_all(folder);
  for (const File& file : files) {
    fs::create_directories((folder / file.name).parent_path());
    test::write_data(name + "/" + file.name, file.text);
  }
  return folder.string();
}

std::vector<std::string> found(const std::string& folder, const std::optional<std::string>& split) {
  std::vector<std::string> names;
  for (const Path& file : find_data_files({{folder}}, split).files) {
    names.push_back(file.value.substr(folder.size() + 1));
  }
  return names;
}

std::string error_in(const std::string& folder, const std::optional<std::string>& split) {
  const std::string error = error_of(ErrorKind::data, [&] { find_data_files({{folder}}, split); });
  return error.starts_with(folder) ? error.substr(folder.size()) : error;
}

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

File readme(const std::string& text) { return {"README.md", "---\n" + text + "---\n"}; }

TEST(DeclaredSplits, SeveralConfigurationsAreRefusedWithoutASplitToo) {
  const File configs = readme(
      "configs:\n- config_name: helpful\n  data_files: helpful-train.jsonl\n"
      "- config_name: \"harmless\"  # the other\n  data_files:\n  - split: train\n"
      "    path:\n    - none-*.jsonl\n    - 'harmless-*.jsonl'\n");
  const std::string two =
      folder_of("two", {{"helpful-train.jsonl"}, {"harmless-train.jsonl"}, configs});
  const std::string message =
      ": found several configurations in its README.md, harmless, helpful, expected the files of "
      "one; name them, as in " +
      two + "/harmless-*.jsonl";
  EXPECT_EQ(error_in(two, std::nullopt), message);
  EXPECT_EQ(error_in(two, "train"), message);
  const std::string one = folder_of("one_of_two", {{"helpful-train.jsonl"}, configs});
  EXPECT_THAT(found(one, std::nullopt), ElementsAre("helpful-train.jsonl"));
}

TEST(DeclaredSplits, AConfigurationWhoseFilesAreNotReadMayHaveAny) {
  for (const char* files : {"", "  data_files: {train: a.jsonl}\n", "  data_files: [a.jsonl,\n",
                            "  data_files:\n  - {split: train, path: a.jsonl}\n"}) {
    const std::string any = folder_of(
        "any", {{"a.jsonl"},
                readme(str("configs:\n- config_name: x\n", files, "- config_name: y\n", files))});
    EXPECT_THAT(error_in(any, std::nullopt), HasSubstr("several configurations")) << files;
    EXPECT_THAT(error_in(any, std::nullopt), testing::EndsWith(any + "/a.jsonl")) << files;
  }
  const std::string infos =
      folder_of("infos", {{"a.jsonl"},
                          readme("dataset_info:\n- config_name: x\n  splits:\n  - name: train\n"
                                 "configs:\n- config_name: y\n  data_files: a.jsonl\n")});
  EXPECT_THAT(found(infos, std::nullopt), ElementsAre("a.jsonl"));
}

TEST(DeclaredSplits, AConfigurationMayBeAFolder) {
  const std::string folders = folder_of(
      "folders", {{"x/train.jsonl"},
                  {"y/deep/train.jsonl"},
                  readme("configs:\n  - config_name: x\n    data_dir: x\n"
                         "  - data_dir: ./y\n    data_files: '**/*.jsonl'\n    config_name: y\n")});
  EXPECT_THAT(error_in(folders, "train"), testing::EndsWith("x, y, expected the files of one; name "
                                                            "them, as in " +
                                                            folders + "/x/**"));
  EXPECT_THAT(found(folders + "/y", "train"), ElementsAre("deep/train.jsonl"));
}

// By their splits, and in a list as the Hub writes it.
TEST(DeclaredSplits, AreRefusedWhereTheNamesSayOtherwise) {
  for (const char* files : {"    train: good.jsonl\n    test: bad.jsonl\n",
                            "  - split: train\n    path: good.jsonl\n"
                            "  - path: [\"bad.jsonl\", none.jsonl]\n    split: test\n"}) {
    const std::string names = folder_of(
        "declared", {{"bad.jsonl"},
                     {"good.jsonl"},
                     readme(str("configs:\n- config_name: default\n  data_files:\n", files))});
    const std::string begin =
        ": found the splits train (good.jsonl) and test (bad.jsonl) in its README.md, but ";
    const std::string end =
        " by the names of the files, expected the same of both; a README.md is not followed: name "
        "the files, as in " +
        names;
    EXPECT_EQ(error_in(names, "train"),
              begin + "bad.jsonl, ... as \"train\"" + end + "/good.jsonl");
    EXPECT_EQ(error_in(names, "test"), begin + "no file as \"test\"" + end + "/bad.jsonl");
    EXPECT_EQ(error_in(names, std::nullopt), begin + "bad.jsonl, ... as one" + end + "/good.jsonl");
  }
}

TEST(DeclaredSplits, ThatAgreeWithTheNamesChangeNothing) {
  const std::string agreed =
      folder_of("agreed", {{"data/train-00000-of-00001.parquet"},
                           {"data/dev_a-00000-of-00001.parquet"},
                           readme("license: mit\nconfigs:\n- config_name: default\n  data_files:\n"
                                  "  - split: train\n    path: data/train-*\n"
                                  "  - split: dev_a\n    path: \"data/dev_a-*\"\n")});
  EXPECT_THAT(found(agreed, "train"), ElementsAre("data/train-00000-of-00001.parquet"));
  EXPECT_THAT(found(agreed, "dev_a"), ElementsAre("data/dev_a-00000-of-00001.parquet"));
  const std::string words = folder_of(
      "agreed_words", {{"dev.jsonl"},
                       {"train_sft.jsonl"},
                       readme("configs:\n- data_files:\n  - split: dev\n    path: dev.jsonl\n"
                              "  - split: train_sft\n    path: '*sft.jsonl'\n")});
  EXPECT_THAT(found(words, "validation"), ElementsAre("dev.jsonl"));
  EXPECT_THAT(found(words, "train"), ElementsAre("train_sft.jsonl"));
}

TEST(DeclaredSplits, AreNotMixedUnderOneWord) {
  const std::string mixed = folder_of(
      "mixed_splits", {{"train_a.jsonl"},
                       {"train_b.jsonl"},
                       readme("configs:\n- data_files:\n  - split: train_a\n    path: train_a*\n"
                              "  - split: train_b\n    path: train_b*\n")});
  for (const auto& split : {std::optional<std::string>{}, std::optional<std::string>{"train"}}) {
    EXPECT_THAT(error_in(mixed, split), HasSubstr("the splits train_a (train_a*) and train_b"));
  }
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
