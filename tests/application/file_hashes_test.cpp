// Hashes of data files, which are read once.
#include "application/file_hashes.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "../checkpoint/tiny.h"
#include "core/files.h"

namespace laurel::test::file_hashes_test {
namespace {

using ::testing::ElementsAre;

// FIPS 180-2, appendix B.1.
const std::string kSha256OfAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(FileHashes, AreThoseOfTheBytesTheFileHadWhenItWasFirstAskedFor) {
  const Scratch scratch;
  const std::string file = scratch.path / "rows.jsonl";
  write_file(file, "abc");
  FileHashes hashes;
  ASSERT_NE(hashes.of(file), nullptr);
  EXPECT_EQ(*hashes.of(file), kSha256OfAbc);
  std::filesystem::remove(file);  // it is not read again
  ASSERT_NE(hashes.of(file), nullptr);
  EXPECT_EQ(*hashes.of(file), kSha256OfAbc);
  EXPECT_THAT(hashes.of_all({file}), ElementsAre(kSha256OfAbc));
  EXPECT_EQ(FileHashes().of(file), nullptr);
}

TEST(FileHashes, LeaveOutWhatCanBeReadOnlyOnce) {
  const Scratch scratch;
  const std::string file = scratch.path / "rows.jsonl", pipe = scratch.path / "pipe";
  write_file(file, "abc");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  FileHashes hashes;
  EXPECT_EQ(hashes.of(pipe), nullptr);
  EXPECT_EQ(hashes.of(scratch.path / "nothing"), nullptr);
  EXPECT_THAT(hashes.of_all({pipe, file, file}), ElementsAre(kSha256OfAbc, kSha256OfAbc));
}

}  // namespace
}  // namespace laurel::test::file_hashes_test
