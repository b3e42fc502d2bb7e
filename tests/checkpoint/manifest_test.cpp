// manifest.json: what it lists, what it refuses, and that models are loaded through it.
#include "checkpoint/manifest.h"

#include <unistd.h>

#include "checkpoint/temporary_folder.h"
#include "core/files.h"
#include "core/str.h"
#include "tiny.h"

namespace laurel::test::manifest_test {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

namespace fs = std::filesystem;

static std::string checking(const fs::path& folder, ErrorKind kind = ErrorKind::model) {
  return error_of(kind, [&] { check_manifest(folder, kind); });
}

// Process numbers repeat: between machines that share a disk, and after a restart.
TEST(TemporaryFolder, LeavesThoseOfOthersAlone) {
  const Scratch scratch;
  const fs::path other = str(scratch.path / "model.tmp-", int64_t{::getpid()}, "-0");
  const fs::path older = str(scratch.path / "model.tmp-", int64_t{::getpid()});
  for (const fs::path& each : {other, older}) {
    create_folders(each);
    write_file(each / "theirs", "x");
  }
  {
    TemporaryFolder first(scratch.path / "model"), second(scratch.path / "model");
    EXPECT_NE(first.path(), second.path());
    EXPECT_NE(first.path(), other);
    write_file(first.path() / "config.json", "{}");
    first.commit();
  }
  EXPECT_TRUE(fs::exists(scratch.path / "model" / "config.json"));
  for (const fs::path& each : {other, older}) EXPECT_EQ(read_file(each / "theirs"), "x");
  const auto left = std::distance(fs::directory_iterator(scratch.path), fs::directory_iterator());
  EXPECT_EQ(left, 3);
}

static std::string parsing(const std::string& text) {
  return error_of(ErrorKind::model,
                  [&] { parse_manifest(text, "manifest.json", ErrorKind::model); });
}

// A model folder with a manifest.
static fs::path whole_folder(const Scratch& scratch) {
  TemporaryFolder folder(scratch.path / "model");
  write_tiny_model(folder.path());
  write_file(folder.path() / "README.md", "How to use it.\n");
  create_folders(folder.path() / "additional_chat_templates");
  write_file(folder.path() / "additional_chat_templates/rag.jinja", "{{ messages }}");
  folder.commit();
  return scratch.path / "model";
}

TEST(Manifest, ListsEveryOtherFileOfAFolder) {
  const Scratch scratch;
  const fs::path folder = whole_folder(scratch);
  const Manifest manifest =
      parse_manifest(read_file(folder / "manifest.json"), "it", ErrorKind::model);
  std::vector<std::string> names;
  for (const auto& [name, file] : manifest) names.push_back(name);
  EXPECT_THAT(
      names, testing::ElementsAre("README.md", "additional_chat_templates/rag.jinja", "config.json",
                                  "model.safetensors", "tokenizer.json", "tokenizer_config.json"));
  EXPECT_EQ(manifest.at("README.md").size, 15u);
  EXPECT_EQ(manifest.at("README.md").sha256, sha256("How to use it.\n"));
  EXPECT_TRUE(has_manifest(folder));
  EXPECT_THAT(check_manifest(folder, ErrorKind::model), IsEmpty());
}

TEST(Manifest, DoesNotListThePreviousManifest) {
  const Scratch scratch;
  const fs::path folder = whole_folder(scratch);
  const std::string first = read_file(folder / "manifest.json");
  write_manifest(folder);
  EXPECT_EQ(read_file(folder / "manifest.json"), first);
}

TEST(Manifest, IsOptionalForFoldersOfOtherPrograms) {
  const Scratch scratch;
  write_tiny_model(scratch.path);
  EXPECT_FALSE(has_manifest(scratch.path));
  EXPECT_THAT(check_manifest(scratch.path, ErrorKind::model), IsEmpty());
}

TEST(Manifest, NamesAFileThatIsMissing) {
  const Scratch scratch;
  const fs::path folder = whole_folder(scratch);
  fs::remove(folder / "tokenizer.json");
  EXPECT_THAT(checking(folder),
              AllOf(StartsWith(str(folder / "tokenizer.json", ": is not there")),
                    HasSubstr("remove its manifest.json if the change is yours")));
}

TEST(Manifest, NamesAFileOfAnotherSize) {
  const Scratch scratch;
  const fs::path folder = whole_folder(scratch);
  const auto size = fs::file_size(folder / "config.json");
  fs::resize_file(folder / "config.json", size - 1);
  EXPECT_THAT(checking(folder), HasSubstr(str("config.json: found ", size - 1, " bytes, expected ",
                                              size, ", as manifest.json")));
}

TEST(Manifest, NamesAFileWithOtherBytes) {
  const Scratch scratch;
  const fs::path folder = whole_folder(scratch);
  std::string bytes = read_file(folder / "model.safetensors");
  bytes.back() ^= 1;
  write_file(folder / "model.safetensors", bytes);
  EXPECT_THAT(checking(folder), HasSubstr("model.safetensors: found other bytes than manifest.js"));
  EXPECT_THAT(checking(folder, ErrorKind::checkpoint), HasSubstr("; this checkpoint is damaged"));
}

TEST(Manifest, NamesAModelFileThatIsNotListed) {
  for (const std::string name :
       {"model.safetensors.index.json", "chat_template.jinja", "adapter_model.safetensors",
        "tokenizer.model", "merges.txt", "additional_chat_templates/tool_use.jinja"}) {
    const Scratch scratch;
    const fs::path folder = whole_folder(scratch);
    write_file(folder / name, "{}");
    EXPECT_THAT(checking(folder), HasSubstr(name + ": found a file that manifest.json does not"));
  }
}

TEST(Manifest, LeavesOtherFilesAlone) {
  const Scratch scratch;
  const fs::path folder = whole_folder(scratch);
  write_file(folder / "notes.txt", "mine");
  write_file(folder / ".gitattributes", "");
  fs::create_directory(folder / "figures");
  EXPECT_THAT(check_manifest(folder, ErrorKind::model), IsEmpty());
}

TEST(Manifest, AllowsAnEditedReadmeWithANote) {
  const Scratch scratch;
  const fs::path folder = whole_folder(scratch);
  write_file(folder / "README.md", "Another text.\n");
  ASSERT_EQ(check_manifest(folder, ErrorKind::model).size(), 1u);
  EXPECT_THAT(check_manifest(folder, ErrorKind::model)[0], HasSubstr("README.md: was changed"));
  EXPECT_THAT(open_model(from(folder)).notes[0], HasSubstr("README.md: was changed"));
  fs::remove(folder / "README.md");
  EXPECT_EQ(check_manifest(folder, ErrorKind::model).size(), 1u);
}

TEST(Manifest, FollowsLinksToFiles) {
  const Scratch scratch;
  const fs::path folder = whole_folder(scratch), blob = scratch.path / "blob";
  fs::rename(folder / "config.json", blob);
  fs::create_symlink("../blob", folder / "config.json");
  EXPECT_THAT(check_manifest(folder, ErrorKind::model), IsEmpty());
  write_file(blob, read_file(blob) + " ");
  EXPECT_THAT(checking(folder), HasSubstr("config.json: found "));
}

TEST(Manifest, IsReadStrictly) {
  const std::string hash(64, 'a');
  const auto with = [&](const std::string& files) {
    return parsing(R"({"format": 1, "files": {)" + files + "}}");
  };
  const auto named = [&](const std::string& name) {
    return with(str('"', name, R"(": {"size": 1, "sha256": ")", hash, R"("})"));
  };
  EXPECT_EQ(named("config.json"), "no error");
  EXPECT_EQ(named("additional_chat_templates/a.jinja"), "no error");
  for (const std::string name : {"", ".", "..", "/etc/passwd", "../config.json", "a/../b", "a/b/c",
                                 "a/", "/a", "a\\\\b", "a\\u0000b", "manifest.json"}) {
    EXPECT_THAT(named(name), HasSubstr("expected the plain name of a file in the folder")) << name;
  }
  EXPECT_THAT(with(R"("a": 1)"), HasSubstr("files.a: found 1, expected an object"));
  EXPECT_THAT(with(R"("a": {"size": 1})"), HasSubstr("files.a.sha256: is required"));
  EXPECT_THAT(with(R"("a": {"size": -1, "sha256": ""})"),
              HasSubstr("files.a.size: found -1, expected a whole number from 0 to"));
  EXPECT_THAT(with(R"("a": {"size": 1.5, "sha256": ""})"),
              HasSubstr("files.a.size: found 1.5, expected a whole number from 0 to"));
  EXPECT_THAT(with(R"("a": {"size": 1, "sha256": "00"})"), HasSubstr("expected a SHA-256 of 64"));
  EXPECT_THAT(with(R"("a": {"size": 1, "sha256": ")" + std::string(64, 'A') + "\"}"),
              HasSubstr("expected a SHA-256 of 64"));
  EXPECT_THAT(with(R"("a": {"size": 1, "md5": ""})"), HasSubstr("files.a.md5: unknown option"));
  EXPECT_THAT(with(R"("a": {}, "a": {})"), HasSubstr("the key \"a\" twice"));
  EXPECT_THAT(parsing("[]"), HasSubstr("found a list, expected an object"));
  EXPECT_THAT(parsing("{}"), HasSubstr("format: is required"));
  EXPECT_THAT(parsing(R"({"format": 1})"), HasSubstr("files: is required"));
  EXPECT_THAT(parsing(R"({"format": 1, "files": []})"),
              HasSubstr("files: found a list, expected an object"));
  EXPECT_THAT(parsing(R"({"format": 1, "files": {}, "x": 1})"), HasSubstr("x: unknown option"));
  EXPECT_THAT(parsing(R"({"format": 2, "files": {}})"),
              HasSubstr("found format 2, expected 1, the one that this version reads"));
  EXPECT_THAT(parsing(R"({"format": 1.0, "files": {}})"),
              HasSubstr("found format 1.0, expected 1"));
  EXPECT_THAT(parsing(R"({"format": true, "files": {}})"),
              HasSubstr("found format true, expected"));
  EXPECT_THAT(parsing("{\"format\": 1"), HasSubstr("not valid JSON"));
  EXPECT_THAT(parsing(R"({"format": [[[[1]]]], "files": {}})"), HasSubstr("nested deeper than 3"));
}

TEST(Manifest, ThatIsTooLongIsRefusedUnread) {
  const Scratch scratch;
  const fs::path folder = whole_folder(scratch);
  fs::resize_file(folder / "manifest.json", (16 << 20) + 1);
  EXPECT_THAT(checking(folder), HasSubstr("found 16777217 bytes, expected at most 16777216"));
}

TEST(Manifest, ThatIsNoFileIsAnError) {
  const Scratch scratch;
  write_tiny_model(scratch.path);
  fs::create_directory(scratch.path / "manifest.json");
  EXPECT_THAT(checking(scratch.path), HasSubstr("manifest.json: found a folder, expected a file"));
}

TEST(Manifest, IsCheckedBeforeAModelIsLoaded) {
  const Scratch scratch;
  const fs::path folder = whole_folder(scratch);
  write_file(folder / "config.json", "not even JSON");
  const auto open = [&](bool checked) {
    return error_of(ErrorKind::model, [&] { open_model(from(folder), checked); });
  };
  EXPECT_THAT(open(false), HasSubstr("config.json: found 13 bytes, expected"));
  EXPECT_THAT(open(true), HasSubstr("config.json: not valid JSON"));
}

TEST(TemporaryFolder, LeavesNothingWithoutCommit) {
  const Scratch scratch;
  {
    TemporaryFolder folder(scratch.path / "deep/model");
    write_file(folder.path() / "config.json", "{}");
  }
  EXPECT_THAT(contents_of(scratch.path), IsEmpty());
  EXPECT_TRUE(fs::is_empty(scratch.path / "deep"));
}

TEST(TemporaryFolder, DoesNotReplaceAFolderMadeMeanwhile) {
  const Scratch scratch;
  {
    TemporaryFolder folder(scratch.path / "model");
    write_file(folder.path() / "config.json", "{}");
    fs::create_directory(scratch.path / "model");
    write_file(scratch.path / "model/other", "first");
    EXPECT_THAT(error_of(ErrorKind::checkpoint, [&] { folder.commit(); }),
                HasSubstr("model: cannot be written: Directory not empty"));
  }
  EXPECT_EQ(contents_of(scratch.path).size(), 1u);
  EXPECT_EQ(read_file(scratch.path / "model/other"), "first");
}

TEST(TemporaryFolder, SaysWhyItCannotBeMade) {
  const Scratch scratch;
  write_file(scratch.path / "file", "");
  EXPECT_THAT(
      error_of(ErrorKind::checkpoint, [&] { TemporaryFolder(scratch.path / "file/model"); }),
      HasSubstr("file: cannot be created: Not a directory"));
}

TEST(Manifest, ListsAReplacedFileAsItIsNow) {
  const Scratch scratch;
  const fs::path folder = whole_folder(scratch);
  const std::string before = read_file(folder / "manifest.json");
  replace_listed_file(folder, "reward_config.json", "{\"version\": 1}\n");
  EXPECT_EQ(checking(folder), "no error");
  EXPECT_NE(read_file(folder / "manifest.json"), before);
  EXPECT_EQ(read_file(folder / "reward_config.json"), "{\"version\": 1}\n");
  replace_listed_file(folder, "reward_config.json", "{}");
  EXPECT_EQ(checking(folder), "no error");
  write_file(folder / "reward_config.json", "[]");
  EXPECT_THAT(checking(folder), HasSubstr("reward_config.json: found other bytes"));
}

TEST(Manifest, IsNotMadeForAFolderThatHasNone) {
  const Scratch scratch;
  replace_listed_file(scratch.path, "reward_config.json", "{}");
  EXPECT_FALSE(has_manifest(scratch.path));
  EXPECT_EQ(read_file(scratch.path / "reward_config.json"), "{}");
}

}  // namespace laurel::test::manifest_test
