// What the system and a control group say of memory.
#include "core/memory.h"

#include <gtest/gtest.h>

#include "core/files.h"

namespace laurel::memory_test {
namespace {

namespace fs = std::filesystem;

fs::path empty_root(const char* name) {
  fs::path root = fs::path(testing::TempDir()) / "laurel_memory_test" / name;
  fs::remove_all(root);
  fs::create_directories(root / "proc");
  fs::create_directories(root / "sys/fs/cgroup");
  return root;
}

TEST(AvailableMemory, IsMemAvailableWithoutAControlGroupLimit) {
  const fs::path root = empty_root("unlimited");
  EXPECT_EQ(available_memory(root), 0);
  write_file(root / "proc/meminfo", "MemTotal:  900 kB\nMemFree: 50 kB\nMemAvailable: 300 kB\n");
  EXPECT_EQ(available_memory(root), 300 * 1024);
  write_file(root / "sys/fs/cgroup/memory.max", "max\n");
  write_file(root / "sys/fs/cgroup/memory.current", "1000\n");
  EXPECT_EQ(available_memory(root), 300 * 1024);
}

TEST(AvailableMemory, IsTheControlGroupsLimitWithoutCachedFiles) {
  const fs::path root = empty_root("limited");
  write_file(root / "proc/meminfo", "MemAvailable: 300 kB\n");
  write_file(root / "sys/fs/cgroup/memory.max", "100000\n");
  write_file(root / "sys/fs/cgroup/memory.current", "70000\n");
  EXPECT_EQ(available_memory(root), 30000);
  write_file(root / "sys/fs/cgroup/memory.stat", "anon 50000\nfile 20000\nkernel 0\n");
  EXPECT_EQ(available_memory(root), 50000);
}

TEST(HeldMemory, IsWhatTheProcessHasWithoutFiles) {
  const fs::path root = empty_root("held");
  EXPECT_EQ(held_memory(root), 0);
  fs::create_directories(root / "proc/self");
  write_file(root / "proc/self/status", "VmRSS:  900 kB\nRssAnon:  700 kB\nRssFile: 200 kB\n");
  EXPECT_EQ(held_memory(root), 700 * 1024);
  const int64_t before = held_memory();
  const std::string more(64 << 20, 'x');
  EXPECT_GT(held_memory() - before, (more.size() >> 20) * 1000000);
}

TEST(AvailableMemory, IsKnownHere) { EXPECT_GT(available_memory(), 1 << 20); }

}  // namespace
}  // namespace laurel::memory_test
