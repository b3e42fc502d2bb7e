// Keys that the options of a source name: whether any row of a source has each of them.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/json.h"
#include "data/records/field_map.h"

namespace laurel {

// A key that one row lacks may be another's; one that no row has is a slip, which would train
// without its text. Thread-safe.
class KeysSeen {
 public:
  explicit KeysSeen(NeededKeys needed);

  // `place`: of the row, from 0; keys of the first thousand are suggested.
  void see(const Json& row, int64_t place);

  std::set<std::string> found() const;   // of the needed keys, those that some row had
  std::set<std::string> others() const;  // keys of the first rows, while not all were found

  // As problems_of_keys; none where there was no row at all.
  std::vector<std::string> problems() const;

 private:
  struct Key {
    std::string name;
    std::atomic<bool> seen = false;
  };

  NeededKeys needed_;
  std::vector<Key> keys_;
  std::atomic<int64_t> unseen_;
  std::atomic<bool> any_ = false;  // row
  mutable std::mutex mutex_;
  std::set<std::string> others_;  // keys of the first rows
};

// "fields.prompt: found "qestion", which no row has (did you mean "question"?), expected ..." for each
// key that was not found; `others` are keys that rows have.
std::vector<std::string> problems_of_keys(const NeededKeys& needed,
                                          const std::set<std::string>& found,
                                          const std::set<std::string>& others);

}  // namespace laurel
