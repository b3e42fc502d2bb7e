// What the README.md of a data set says about its files, held against their names.
#include "data/files/declared_splits.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "core/str.h"
#include "data/files/data_files.h"
#include "data/files/folders.h"
#include "data/tiny.h"

namespace laurel::declared_splits_test {
namespace {

namespace fs = std::filesystem;
using test::error_in;
using test::error_of;
using test::File;
using test::folder_of;
using test::found;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;

File readme(const std::string& text) { return {"README.md", "---\n" + text + "---\n"}; }

TEST(DeclaredSplits, SeveralConfigurationsAreRefusedWithoutASplitToo) {
  const File configs = readme(
      "configs:\n- config_name: helpful\n  data_files: helpful-train.jsonl\n"
      "- config_name: \"harmless\"  # the other\n  data_files:\n  - split: train\n"
      "    path:\n    - none-*.jsonl\n    - 'harmless-*.jsonl'\n");
  const std::string two =
      folder_of("two", {{"helpful-train.jsonl"}, {"harmless-train.jsonl"}, configs});
  const std::string message =
      ": found several configurations in its README.md, helpful, harmless, expected the files of "
      "one; name them, as in " +
      two + "/helpful-train.jsonl";
  EXPECT_EQ(error_in(two, std::nullopt), message);
  EXPECT_EQ(error_in(two, "train"), message);
  const std::string one = folder_of("one_of_two", {{"helpful-train.jsonl"}, configs});
  EXPECT_THAT(found(one, std::nullopt), ElementsAre("helpful-train.jsonl"));
}

TEST(DeclaredSplits, TheExampleIsOfTheDefaultConfiguration) {
  const std::string said =
      folder_of("said", {{"edit/train.jsonl"},
                         {"preference/train.jsonl"},
                         {"preference/validation.jsonl"},
                         readme("configs:\n- config_name: edit\n  data_files: edit/train.jsonl\n"
                                "- config_name: preference\n  default: true\n  data_files:\n"
                                "  - split: validation\n    path: preference/validation.jsonl\n"
                                "  - split: train\n    path: preference/train.jsonl\n")});
  EXPECT_THAT(error_in(said, "train"),
              EndsWith("edit, preference, expected the files of one; name them, as in " + said +
                       "/preference/train.jsonl"));
  const std::string named = folder_of(
      "named", {{"a.jsonl"},
                {"b.jsonl"},
                readme("configs:\n- config_name: z\n  data_files: a.jsonl\n"
                       "- config_name: default\n  default: false\n  data_files: b.jsonl\n")});
  EXPECT_THAT(
      error_in(named, std::nullopt),
      EndsWith("z, default, expected the files of one; name them, as in " + named + "/b.jsonl"));
}

TEST(DeclaredSplits, TheExampleReadsMostOfTheFilesToTrainOn) {
  const File configs = readme(
      "configs:\n- config_name: x\n  data_files:\n  - split: test\n    path: 'x/*'\n"
      "  - split: train\n    path:\n    - x/a-0.jsonl\n    - x/a-*.jsonl\n    - x/a-1.jsonl\n"
      "- config_name: y\n  data_files: y.jsonl\n");
  const std::string wide =
      folder_of("wide", {{"x/a-0.jsonl"}, {"x/a-1.jsonl"}, {"x/b.jsonl"}, {"y.jsonl"}, configs});
  EXPECT_THAT(error_in(wide, "train"), EndsWith("as in " + wide + "/x/a-*.jsonl"));
  const std::string tests = folder_of("wide_tests", {{"x/b.jsonl"}, {"y.jsonl"}, configs});
  EXPECT_THAT(error_in(tests, "train"), EndsWith("as in " + tests + "/x/*"));
}

TEST(DeclaredSplits, ConfigurationsWithTheSameFilesAreOne) {
  const std::string configs =
      "configs:\n- config_name: a\n  data_files: rows.jsonl\n"
      "- config_name: b\n  data_files: 'r*.jsonl'\n";
  const std::string same = folder_of("same", {{"rows.jsonl"}, readme(configs)});
  EXPECT_THAT(found(same, std::nullopt), ElementsAre("rows.jsonl"));
  EXPECT_THAT(found(same, "train"), ElementsAre("rows.jsonl"));
  const std::string more =
      folder_of("more", {{"other.jsonl"},
                         {"rows.jsonl"},
                         readme(configs + "- config_name: c\n  data_files: '*.jsonl'\n")});
  EXPECT_THAT(error_in(more, std::nullopt),
              HasSubstr("in its README.md, a, c, expected the files of one"));
}

TEST(DeclaredSplits, PatternsThatMatchOtherwiseThanHereAreNotRead) {
  for (const char* pattern : {"'{good,none}.jsonl'", "g**.jsonl", "\"**d.jsonl\""}) {
    const std::string folder = folder_of(
        "patterns", {{"bad.jsonl"},
                     {"good.jsonl"},
                     readme(str("configs:\n- data_files:\n  - split: train\n    path: ", pattern,
                                "\n  - split: test\n    path: bad.jsonl\n"))});
    EXPECT_THAT(found(folder, "train"), ElementsAre("bad.jsonl", "good.jsonl")) << pattern;
  }
}

TEST(DeclaredSplits, AConfigurationWhoseFilesAreNotReadMayHaveAny) {
  for (const char* files : {"", "  data_files: {train: a.jsonl}\n", "  data_files: [a.jsonl,\n",
                            "  data_files:\n  - {split: train, path: a.jsonl}\n"}) {
    const std::string any = folder_of(
        "any", {{"a.jsonl"},
                readme(str("configs:\n- config_name: x\n", files, "- config_name: y\n", files))});
    EXPECT_THAT(error_in(any, std::nullopt), HasSubstr("several configurations")) << files;
    EXPECT_THAT(error_in(any, std::nullopt), EndsWith(any + "/a.jsonl")) << files;
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
  EXPECT_THAT(error_in(folders, "train"), EndsWith("x, y, expected the files of one; name "
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
    EXPECT_EQ(error_in(names, "train"), begin + "bad.jsonl as \"train\"" + end + "/good.jsonl");
    EXPECT_EQ(error_in(names, "test"), begin + "bad.jsonl not as \"test\"" + end + "/bad.jsonl");
    EXPECT_EQ(error_in(names, std::nullopt),
              begin + "bad.jsonl with others as one" + end + "/good.jsonl");
  }
}

TEST(DeclaredSplits, AFileThatDiffersIsNamed) {
  const std::string other =
      folder_of("differs", {{"a.jsonl"},
                            {"b.jsonl"},
                            {"c.jsonl"},
                            readme("configs:\n- data_files:\n  - split: train\n    path: a.jsonl\n"
                                   "  - split: test\n    path: c.jsonl\n")});
  EXPECT_THAT(error_in(other, "train"), HasSubstr("but c.jsonl as \"train\" by"));
  EXPECT_THAT(error_in(other, std::nullopt), HasSubstr("but c.jsonl with others as one by"));
  const std::string less = folder_of(
      "lacks", {{"more.jsonl"},
                {"train.jsonl"},
                readme("configs:\n- data_files:\n  - split: train\n    path: '*.jsonl'\n")});
  EXPECT_THAT(error_in(less, "train"), HasSubstr("but more.jsonl not as \"train\" by"));
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

}  // namespace
}  // namespace laurel::declared_splits_test
