// Two processes never train in one folder; a dead one holds nobody up.
#include "checkpoint/run_lock.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "core/files.h"
#include "core/str.h"
#include "tiny.h"

namespace laurel::test::run_lock_test {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(RunLock, ASecondProcessIsRefusedWithTheHoldersPid) {
  const Scratch scratch;
  {
    const RunLock lock(scratch.path);
    EXPECT_EQ(lock.note(), "");
    EXPECT_THAT(error_of(ErrorKind::checkpoint, [&] { RunLock second(scratch.path); }),
                AllOf(HasSubstr(str("process ", int64_t{::getpid()}, " on ")),
                      HasSubstr("is training in this folder")));
  }
  EXPECT_EQ(RunLock(scratch.path).note(), "");
}

TEST(RunLock, OthersAreToldWhatItIsHeldFor) {
  const Scratch scratch;
  const auto lock = std::make_unique<RunLock>(scratch.path, "storing a calibration");
  EXPECT_THAT(error_of(ErrorKind::checkpoint, [&] { RunLock second(scratch.path); }),
              HasSubstr(" is storing a calibration in this folder; wait for it, or choose another "
                        "run.folder"));
  EXPECT_THAT(
      error_of(ErrorKind::checkpoint, [&] { RunLock second(scratch.path, "storing a name"); }),
      testing::EndsWith(" is storing a calibration in this folder; wait for it"));
}

TEST(RunLock, CanBeAskedForWithoutTakingOrMakingIt) {
  const Scratch scratch;
  EXPECT_NO_THROW(check_not_locked(scratch.path / "nowhere"));
  EXPECT_NO_THROW(check_not_locked(scratch.path));
  EXPECT_FALSE(std::filesystem::exists(scratch.path / "run.lock"));
  const auto lock = std::make_unique<RunLock>(scratch.path);
  EXPECT_THAT(error_of(ErrorKind::checkpoint, [&] { check_not_locked(scratch.path); }),
              AllOf(HasSubstr(str(scratch.path, ": process ", int64_t{::getpid()}, " on ")),
                    HasSubstr(" is training in this folder; wait for it")));
}

TEST(RunLock, OfAProcessThatWasKilledIsRecognisedAsStale) {
  const Scratch scratch;
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const RunLock lock(scratch.path);
    if (::write(ready[1], "x", 1) == 1) ::pause();
    ::_exit(0);
  }
  char byte;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  EXPECT_THAT(error_of(ErrorKind::checkpoint, [&] { RunLock second(scratch.path); }),
              HasSubstr(str("process ", int64_t{child})));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_THAT(
      RunLock(scratch.path).note(),
      AllOf(HasSubstr(str("left by process ", int64_t{child})), HasSubstr("did not end properly")));
  EXPECT_EQ(RunLock(scratch.path).note(), "");
}

}  // namespace laurel::test::run_lock_test
