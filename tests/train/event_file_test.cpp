// TensorBoard's records byte by byte; tests/end_to_end/progress_test.cpp has the package read them.
#include "train/event_file.h"

#include <gmock/gmock.h>

#include <cstring>

#include "core/files.h"
#include "support/error_of.h"

namespace laurel::test::event_file_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

namespace fs = std::filesystem;

TEST(EventFile, ChecksumsAreThoseOfRfc3720) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43u);
}

TEST(EventFile, BeginsWithItsVersionAndTheStepItStartsAt) {
  const fs::path folder = fs::path(testing::TempDir()) / "event_file_test";
  fs::remove_all(folder);
  fs::create_directories(folder);
  { EventFile events(folder, 41); }
  const fs::path file = fs::directory_iterator(folder)->path();
  EXPECT_THAT(file.filename().string(), testing::StartsWith("events.out.tfevents."));
  const std::string bytes = read_file(file);
  uint64_t size = 0;
  std::memcpy(&size, bytes.data(), sizeof(size));
  // wall_time: 9 bytes; step 0: 2; file_version "brain.Event:2": 15.
  ASSERT_EQ(size, 26u);
  EXPECT_EQ(bytes.substr(12 + 11, 15),
            "\x1A\x0D"
            "brain.Event:2");
  // Then step 41 and session_log {status: START}.
  EXPECT_EQ(bytes.substr(12 + 26 + 4 + 12 + 9, 6), std::string("\x10\x29\x3A\x02\x08\x01", 6));
}

TEST(EventFile, ScalarsAreNamedBySourceAndMetric) {
  StepReport step{.step = 1, .loss = 0.5};
  step.losses = {0.5, 0};
  step.groups = {4, 0};
  step.rewards = {{.rewards = 8, .mean = 1, .deviation = 2, .pairs = 4, .right = 3}, {}};
  std::vector<std::string> tags;
  for (const Scalar& each : scalars_of(step, std::vector<std::string>{"pairs", "other"})) {
    tags.push_back(each.tag);
  }
  EXPECT_THAT(tags, ElementsAre("train/loss", "train/lr", "train/grad_norm", "train/epoch",
                                "train/pairs/loss", "train/pairs/accuracy",
                                "train/pairs/reward_mean", "train/pairs/reward_deviation"));
}

TEST(EventFile, SaysWhyItCannotBeOpened) {
  EXPECT_THAT(error_of(ErrorKind::checkpoint, [] { EventFile events("/nowhere", 1); }),
              HasSubstr("cannot be opened: No such file or directory"));
}

}  // namespace
}  // namespace laurel::test::event_file_test
