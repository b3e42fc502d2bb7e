// Looks for keys until each was seen.
#include "data/records/keys_seen.h"

#include <utility>

#include "core/str.h"

namespace laurel {

static constexpr int64_t kRowsToSuggestFrom = 1000;

KeysSeen::KeysSeen(NeededKeys needed) : needed_(std::move(needed)), keys_(needed_.size()) {
  for (size_t i = 0; i < keys_.size(); ++i) keys_[i].name = needed_[i].first;
  unseen_ = static_cast<int64_t>(keys_.size());
}

void KeysSeen::see(const Json& row, int64_t place) {
  if (unseen_ == 0) return;
  any_ = true;
  for (Key& key : keys_) {
    if (!key.seen && row.contains(key.name) && !key.seen.exchange(true)) --unseen_;
  }
  if (place >= kRowsToSuggestFrom || unseen_ == 0) return;
  const std::lock_guard lock(mutex_);
  for (const auto& [name, value] : row.items()) others_.insert(name);
}

std::set<std::string> KeysSeen::found() const {
  std::set<std::string> found;
  for (const Key& key : keys_) {
    if (key.seen) found.insert(key.name);
  }
  return found;
}

std::set<std::string> KeysSeen::others() const {
  const std::lock_guard lock(mutex_);
  return unseen_ == 0 ? std::set<std::string>{} : others_;
}

std::vector<std::string> KeysSeen::problems() const {
  if (!any_ || unseen_ == 0) return {};
  return problems_of_keys(needed_, found(), others());
}

std::vector<std::string> problems_of_keys(const NeededKeys& needed,
                                          const std::set<std::string>& found,
                                          const std::set<std::string>& others) {
  std::vector<std::string> problems;
  for (const auto& [key, needed_by] : needed) {
    if (found.contains(key)) continue;
    problems.push_back(str(needed_by, ": found \"", key, "\", which no row has",
                           did_you_mean(key, {others.begin(), others.end()}),
                           ", expected a field of the rows",
                           needed_by.starts_with("fields.") ? "; null leaves ours out" : ""));
  }
  return problems;
}

}  // namespace laurel
