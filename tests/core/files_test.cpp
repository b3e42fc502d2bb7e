// Files: whole reads and writes, hashes, and the messages of failures.
#include "core/files.h"

#include <gmock/gmock.h>

#include "core/str.h"

namespace laurel {
namespace {

std::filesystem::path scratch(const std::string& name) {
  return std::filesystem::path(testing::TempDir()) / name;
}

TEST(Files, ReadsWhatWasWritten) {
  const std::string bytes("a\0b\n", 4);
  write_file(scratch("some_file"), bytes);
  EXPECT_EQ(read_file(scratch("some_file")), bytes);
  EXPECT_FALSE(std::filesystem::exists(scratch("some_file.tmp")));
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

TEST(Files, HashIsSha256) {
  const std::string abc =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";  // FIPS 180-2
  EXPECT_EQ(sha256("abc"), abc);
  write_file(scratch("abc"), "abc");
  EXPECT_EQ(sha256_of_file(scratch("abc")), abc);
}

}  // namespace
}  // namespace laurel
