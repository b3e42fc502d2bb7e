// Stamps: equal for a file that nobody touched, another for every other.
#include "core/file_stamp.h"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "core/files.h"

namespace laurel::file_stamp_test {
namespace {

namespace fs = std::filesystem;

TEST(FileStamp, ChangesWithEveryWriteAndEveryReplacement) {
  const fs::path file = fs::path(testing::TempDir()) / "file_stamp_test.txt";
  const auto wait = [] { std::this_thread::sleep_for(std::chrono::milliseconds(20)); };
  write_file(file, "one");
  const auto first = stamp_of(file);
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->size, 3u);
  wait();
  EXPECT_EQ(stamp_of(file), first);
  std::ofstream(file) << "ONE";  // the same size, another time
  EXPECT_NE(stamp_of(file), first);
  write_file(file, "two");  // by rename
  EXPECT_NE(stamp_of(file)->inode, first->inode);
  fs::resize_file(file, 2);
  EXPECT_EQ(stamp_of(file)->size, 2u);
  fs::remove(file);
  EXPECT_EQ(stamp_of(file), std::nullopt);
}

TEST(FileStamp, IsNulloptForWhatIsNotARegularFile) {
  EXPECT_EQ(stamp_of(fs::path("/dev/null")), std::nullopt);
  EXPECT_EQ(stamp_of(fs::path(testing::TempDir())), std::nullopt);
}

}  // namespace
}  // namespace laurel::file_stamp_test
