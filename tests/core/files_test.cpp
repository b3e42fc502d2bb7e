// Files: whole reads and writes, hashes, and the messages of failures.
#include "core/files.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <vector>

#include "core/str.h"
#include "support/error_of.h"

namespace laurel::files_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::filesystem::path scratch(const std::string& name) {
  return std::filesystem::path(testing::TempDir()) / name;
}

TEST(Files, ReadsWhatWasWritten) {
  const std::string bytes("a\0b\n", 4);
  write_file(scratch("some_file"), bytes);
  EXPECT_EQ(read_file(scratch("some_file")), bytes);
}

std::vector<std::string> names_beginning_with(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(testing::TempDir())) {
    const std::string found = entry.path().filename();
    if (found.starts_with(name)) names.push_back(found);
  }
  return names;
}

TEST(Files, AppearUnderTheirNamesOnlyOnceComplete) {
  std::filesystem::remove(scratch("new_file"));
  {
    AtomicFile dropped(scratch("new_file"));
    dropped.write("half");
  }
  EXPECT_THAT(names_beginning_with("new_file"), IsEmpty());
  AtomicFile one(scratch("new_file")), other(scratch("new_file"));
  one.write("on");
  other.write("other");
  one.write("e");
  other.finish();
  EXPECT_EQ(read_file(scratch("new_file")), "other");
  one.finish();
  EXPECT_EQ(read_file(scratch("new_file")), "one");
  EXPECT_THAT(names_beginning_with("new_file"), ElementsAre("new_file"));
}

TEST(Files, TheUsersCacheFolderFollowsXdg) {
  const auto folder = [](const char* cache, const char* home) {
    ::setenv("XDG_CACHE_HOME", cache, 1);
    ::setenv("HOME", home, 1);
    return user_cache_folder();
  };
  const char *cache = std::getenv("XDG_CACHE_HOME"), *home = std::getenv("HOME");
  const std::optional<std::string> cache_before =
      cache ? std::optional<std::string>(cache) : std::nullopt;
  const std::string home_before = home ? home : "";
  EXPECT_EQ(folder("/somewhere", "/me"), "/somewhere");
  EXPECT_EQ(folder("relative", "/me"), "/me/.cache");
  EXPECT_EQ(folder("", "/me"), "/me/.cache");
  EXPECT_EQ(folder("", ""), std::nullopt);
  ::setenv("HOME", home_before.c_str(), 1);
  cache_before ? ::setenv("XDG_CACHE_HOME", cache_before->c_str(), 1)
               : ::unsetenv("XDG_CACHE_HOME");
}

TEST(Files, ReadsAnEmptyFile) {
  write_file(scratch("empty_file"), "");
  EXPECT_EQ(read_file(scratch("empty_file")), "");
}

TEST(Files, NamesAMissingFile) {
  try {
    read_file("/nowhere/at/all", ErrorKind::data);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::data);
    EXPECT_EQ(error.message, "/nowhere/at/all: no such file");
  }
}

TEST(Files, SaysWhyAFileCannotBeWritten) {
  try {
    write_file("/nowhere/at/all", "x");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::checkpoint);
    EXPECT_EQ(error.message, "/nowhere/at/all: cannot be written: No such file or directory");
  }
}

TEST(Files, ThatCannotBeRenamedLeaveNothing) {
  std::filesystem::create_directories(scratch("a_folder"));
  try {
    write_file(scratch("a_folder"), "x");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message, str(scratch("a_folder"), ": cannot be written: Is a directory"));
  }
  EXPECT_THAT(names_beginning_with("a_folder"), ElementsAre("a_folder"));
}

TEST(Files, FoldersAreCreatedWithTheirParents) {
  std::filesystem::remove_all(scratch("one"));
  create_folders(scratch("one/two/three/"));
  create_folders(scratch("one/two/three"));
  EXPECT_TRUE(std::filesystem::is_directory(scratch("one/two/three")));
  write_file(scratch("one/file"), "");
  try {
    create_folders(scratch("one/file/two"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::checkpoint);
    EXPECT_EQ(error.message, str(scratch("one/file/two"), ": cannot be created: Not a directory"));
  }
}

TEST(Files, AFolderThatIsGoneCannotBeFlushed) {
  flush_folder(testing::TempDir());
  try {
    flush_folder("/nowhere/at/all");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message,
              "/nowhere/at/all: cannot be flushed to disk: No such file or directory");
  }
}

TEST(Files, HashNamesAFileThatIsMissing) {
  try {
    sha256_of_file("/nowhere/at/all");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.message, testing::StartsWith("/nowhere/at/all: cannot be read: No such"));
  }
}

TEST(Files, HashIsSha256) {
  const std::string abc =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";  // FIPS 180-2
  EXPECT_EQ(sha256("abc"), abc);
  write_file(scratch("abc"), "abc");
  EXPECT_EQ(sha256_of_file(scratch("abc")), abc);
}

TEST(Files, AFileIsReadUpToTheLimitThatIsGiven) {
  const auto path = scratch("limited");
  write_file(path, "four");
  EXPECT_EQ(read_file(path, ErrorKind::data, 4), "four");
  EXPECT_EQ(test::error_of(ErrorKind::data, [&] { read_file(path, ErrorKind::data, 3); }),
            str(path, ": found 4 bytes, expected at most 3"));
}

TEST(Files, AFileThatIsTooLargeIsNotRead) {
  const auto path = scratch("laurel_too_large");
  std::ofstream(path).put('x');
  std::filesystem::resize_file(path, kMaxFileBytes + 1);  // takes no room
  try {
    read_file(path);
    ADD_FAILURE() << "was read";
  } catch (const Error& error) {
    EXPECT_EQ(error.message, str(path, ": found 134217729 bytes, expected at most 134217728"));
  }
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace laurel::files_test
