// What folders and patterns stand for, and what is said where that is not clear.
#include "data/files/data_files.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "data/tiny.h"

namespace laurel::data_files_test {
namespace {

namespace fs = std::filesystem;
using test::error_of;
using testing::ElementsAre;
using testing::HasSubstr;

// A folder of this test with these files, each empty.
std::string folder_of(const std::string& name, const std::vector<std::string>& files) {
  const fs::path folder = fs::path(test::write_data("anchor", "")).parent_path() / name;
  fs::remove_all(folder);
  for (const std::string& file : files) {
    fs::create_directories((folder / file).parent_path());
    test::write_data(name + "/" + file, "");
  }
  return folder.string();
}

// Of the files that `path` in `folder` stands for: what follows the folder's name.
std::vector<std::string> found(const std::string& folder, const std::string& path) {
  std::vector<std::string> names;
  for (const Path& file : find_data_files({{folder + path}}).files) {
    names.push_back(file.value.substr(folder.size()));
  }
  return names;
}

std::string error_of_path(const std::string& path) {
  return error_of(ErrorKind::data, [&] { find_data_files({{path}}); });
}

const std::vector<std::string> kNames = {
    "b.jsonl",   "a.jsonl",      "a2.parquet",      "c.json.gz",    ".hidden.json",
    "README.md", "deep/d.jsonl", "deep/er/e.jsonl", ".git/f.jsonl", "dataset_infos.json"};

TEST(DataFiles, AFolderStandsForItsDataFilesByName) {
  const std::string folder = folder_of("plain", kNames);
  EXPECT_THAT(found(folder, ""), ElementsAre("/a.jsonl", "/a2.parquet", "/b.jsonl", "/c.json.gz"));
  const DataFiles files = find_data_files({{folder}});
  ASSERT_EQ(files.notes.size(), 1);
  EXPECT_EQ(files.notes[0], folder + ": 4 files: " + folder + "/a.jsonl, " + folder +
                                "/a2.parquet, " + folder + "/b.jsonl, " + folder +
                                "/c.json.gz; not read: README.md, dataset_infos.json");
}

TEST(DataFiles, PatternsMatchWithinNames) {
  const std::string folder = folder_of("patterns", kNames);
  EXPECT_THAT(found(folder, "/*.jsonl"), ElementsAre("/a.jsonl", "/b.jsonl"));
  EXPECT_THAT(found(folder, "/?.jsonl"), ElementsAre("/a.jsonl", "/b.jsonl"));
  EXPECT_THAT(found(folder, "/[!a].jsonl"), ElementsAre("/b.jsonl"));
  EXPECT_THAT(found(folder, "/a*"), ElementsAre("/a.jsonl", "/a2.parquet"));
  EXPECT_THAT(found(folder, "/*/*.jsonl"), ElementsAre("/deep/d.jsonl"));
  EXPECT_THAT(found(folder, "/.hid*"), ElementsAre("/.hidden.json"));
}

TEST(DataFiles, TwoStarsMatchAnyFolders) {
  const std::string folder = folder_of("stars", kNames);
  EXPECT_THAT(found(folder, "/**/*.jsonl"),
              ElementsAre("/a.jsonl", "/b.jsonl", "/deep/d.jsonl", "/deep/er/e.jsonl"));
  EXPECT_THAT(found(folder, "/deep/**"), ElementsAre("/deep/d.jsonl", "/deep/er/e.jsonl"));
  EXPECT_THAT(found(folder, "/**/er/*.jsonl"), ElementsAre("/deep/er/e.jsonl"));
}

TEST(DataFiles, DoesNotFollowLinksThatLeadBack) {
  const std::string folder = folder_of("loop", {"x/a.jsonl"});
  fs::create_directory_symlink(folder, folder + "/x/back");
  EXPECT_THAT(found(folder, "/**/*.jsonl"), ElementsAre("/x/a.jsonl"));
}

TEST(DataFiles, APathThatExistsIsItself) {
  const std::string folder = folder_of("literal", {"[a].jsonl", "a.jsonl", "[b]/x.jsonl"});
  EXPECT_THAT(found(folder, "/[a].jsonl"), ElementsAre("/[a].jsonl"));
  EXPECT_THAT(found(folder, "/[b]/*.jsonl"), ElementsAre("/[b]/x.jsonl"));
  EXPECT_THAT(find_data_files({{"nowhere.jsonl"}}).notes, ElementsAre());  // opening it says so
}

TEST(DataFiles, SaysWhichPathStandsForNothing) {
  const std::string folder = folder_of("none", {"notes.txt", "deep/a.parquet"});
  EXPECT_EQ(error_of_path(folder + "/*.jsonl"),
            folder + "/*.jsonl: found no file that matches, expected at least one");
  EXPECT_EQ(
      error_of_path(folder),
      folder +
          ": found a folder without files that end in .jsonl, .ndjson, .json, .csv, .tsv "
          "(also with .gz, .zst or .xz), .arrow, .feather, .parquet, expected at least one; a pattern such as " +
          folder + "/**/*.parquet reaches its subfolders");
}

TEST(DataFiles, RefusesOtherDataAmongTheFiles) {
  const std::string folder = folder_of("mixed", {"a.jsonl", "b.xlsx", "notes.txt"});
  EXPECT_EQ(error_of_path(folder),
            folder +
                "/b.xlsx: found a spreadsheet, expected JSONL, JSON, CSV, TSV, Arrow or Parquet; "
                "pandas.read_excel(FILE).to_json(\"rows.jsonl\", orient=\"records\", lines=True) "
                "writes one");
  EXPECT_THAT(error_of_path(folder + "/*.xlsx"), HasSubstr("b.xlsx: found a spreadsheet"));
  EXPECT_THAT(error_of_path(folder + "/n*"),
              HasSubstr("/n*: found " + folder + "/notes.txt, expected only files that end in"));
}

TEST(DataFiles, RefusesAFileThatIsThereTwice) {
  const std::string folder = folder_of("twice", {"a.jsonl"});
  EXPECT_EQ(error_of(ErrorKind::data,
                     [&] {
                       find_data_files({{folder + "/a.jsonl"}, {folder}});
                     }),
            folder + ": found " + folder + "/a.jsonl a second time, expected each file once");
  const std::string file = folder + "/a.jsonl";
  EXPECT_EQ(error_of(ErrorKind::data,
                     [&] {
                       find_data_files({{file}, {file}});
                     }),
            file + ": found it a second time, expected each file once");
}

TEST(DataFiles, RefusesAFolderWithAFileInTwoForms) {
  const std::string folder = folder_of("kinds", {"pairs.jsonl.gz", "pairs.parquet"});
  EXPECT_EQ(error_of_path(folder),
            folder +
                ": found pairs.jsonl.gz and pairs.parquet, which may be the same rows, expected "
                "one; name the files");
}

TEST(DataFiles, RefusesAFolderThatLacksShards) {
  const std::string folder =
      folder_of("shards", {"train-00000-of-00003.jsonl", "train-00002-of-00003.jsonl"});
  EXPECT_THAT(error_of_path(folder),
              HasSubstr(": found 2 of the 3 files train-*-of-*, expected all"));
  const std::string whole =
      folder_of("all_shards", {"train-00000-of-00002.jsonl", "train-00001-of-00002.jsonl"});
  EXPECT_EQ(find_data_files({{whole}}).files.size(), 2u);
}

TEST(DataFiles, RefusesNamesThatAreNotUtf8) {
  const std::string folder = folder_of("bytes", {"a\xff.jsonl", "b.jsonl", "n\xff.txt"});
  const std::string message =
      folder + "/a\xff.jsonl: found a name that is not UTF-8, expected UTF-8; rename it";
  EXPECT_EQ(error_of_path(folder), message);
  EXPECT_EQ(error_of_path(folder + "/*.jsonl"), message);
  fs::remove(folder + "/a\xff.jsonl");
  EXPECT_THAT(found(folder, ""), ElementsAre("/b.jsonl"));
  fs::remove_all(folder);
}

TEST(DataFiles, RefusesPicklesWithTheWayToConvertThem) {
  for (const char* name : {"a.pkl", "a.pickle", "a.pt", "a.pth"}) {
    const std::string folder = folder_of("pickle", {name});
    EXPECT_THAT(
        error_of_path(folder + "/a.*"),
        HasSubstr("found a pickle file, expected JSONL, JSON, CSV, TSV, Arrow or Parquet; "
                  "pickle files can run code and are not read; pandas.read_pickle(FILE).to_json("))
        << name;
    std::filesystem::remove_all(folder);
  }
}

}  // namespace
}  // namespace laurel::data_files_test
