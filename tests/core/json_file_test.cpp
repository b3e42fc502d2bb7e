// The JSON value of a file that need not be there.
#include "core/json_file.h"

#include <gmock/gmock.h>

#include "core/files.h"
#include "support/error_of.h"

namespace laurel::json_file_test {
namespace {

using test::error_of;
using ::testing::HasSubstr;

TEST(JsonFile, IsReadIfItIsThere) {
  const std::filesystem::path file =
      std::filesystem::path(testing::TempDir()) / "json_file_test.json";
  std::filesystem::remove(file);
  EXPECT_FALSE(read_json_if_there(file, ErrorKind::checkpoint));
  write_file(file, "{\"a\": 1}\n");
  EXPECT_EQ(read_json_if_there(file, ErrorKind::checkpoint), Json({{"a", 1}}));
  write_file(file, "{\"a\": 1");
  EXPECT_THAT(
      error_of(ErrorKind::checkpoint, [&] { read_json_if_there(file, ErrorKind::checkpoint); }),
      HasSubstr(file.string() + ":"));
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace laurel::json_file_test
