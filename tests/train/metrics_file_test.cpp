// metrics.jsonl: lines are appended whole.
#include "train/metrics_file.h"

#include <gmock/gmock.h>

#include "core/files.h"

namespace laurel::metrics_file_test {
namespace {

TEST(MetricsFile, AppendsOneLinePerObject) {
  const auto path = std::filesystem::path(testing::TempDir()) / "metrics_file_test.jsonl";
  std::filesystem::remove(path);
  MetricsFile(path).write({{"kind", "step"}, {"loss", 0.1}});
  MetricsFile(path).write({{"kind", "event"}});
  EXPECT_EQ(read_file(path), "{\"kind\":\"step\",\"loss\":0.1}\n{\"kind\":\"event\"}\n");
}

TEST(MetricsFile, IsTruncatedToItsLengthAtTheCheckpoint) {
  const auto path = std::filesystem::path(testing::TempDir()) / "metrics_file_cut_test.jsonl";
  std::filesystem::remove(path);
  MetricsFile first(path);
  first.write({{"step", 1}});
  const int64_t bytes = first.flush();
  first.write({{"step", 2}});
  MetricsFile again(path, bytes);
  again.write({{"step", 3}});
  EXPECT_EQ(read_file(path), "{\"step\":1}\n{\"step\":3}\n");
  EXPECT_EQ(again.flush(), std::ssize(read_file(path)));
  MetricsFile longer(path, 1000);
  EXPECT_EQ(longer.flush(), again.flush());
}

TEST(MetricsFile, SaysWhyItCannotBeOpened) {
  try {
    MetricsFile file("/nowhere/metrics.jsonl");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::checkpoint);
    EXPECT_EQ(error.message, "/nowhere/metrics.jsonl: cannot be opened: No such file or directory");
  }
}

}  // namespace
}  // namespace laurel::metrics_file_test
