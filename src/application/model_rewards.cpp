// Keeps rewards flat, and puts those of a row together again.
#include "application/model_rewards.h"

#include "core/str.h"

namespace laurel {

void ModelRewards::add(const RowRewards& row) {
  const bool read = row.error.empty();
  if (!read) unread_[responses_.size()] = row.error;
  responses_.push_back(read ? static_cast<int32_t>(row.responses.size()) : -1);
  if (!read) return;
  for (const ScoredResponse& response : row.responses) {
    if (response.rewards.empty()) errors_[sizes_.size()] = response.error;
    sizes_.push_back(static_cast<int32_t>(response.rewards.size()));
    for (const double reward : response.rewards) rewards_.push_back(scaled(reward));
  }
}

RowRewards ModelRewards::next(const RowRewards& row, const std::string& where) {
  RowRewards out = row;
  const bool there = row_ < responses_.size();
  if (there && responses_[row_] < 0) {
    out.error = unread_.at(row_++);
    out.responses.clear();
    return out;
  }
  const bool same = there && (!row.error.empty() ||
                              responses_[row_] == static_cast<int32_t>(row.responses.size()));
  if (!same) {
    throw Error{ErrorKind::data, str(where, ": is not the row that ", name_,
                                     " has scored; expected files that do not change meanwhile")};
  }
  const int32_t count = responses_[row_++];
  out.error.clear();
  out.responses.resize(static_cast<size_t>(count));
  for (ScoredResponse& response : out.responses) {
    const int32_t size = sizes_[response_];
    const auto from = rewards_.begin() + static_cast<ptrdiff_t>(reward_);
    response.rewards.assign(from, from + size);
    response.error = size == 0 ? errors_.at(response_) : "";
    reward_ += static_cast<size_t>(size);
    ++response_;
  }
  return out;
}

RowRewards ModelRewards::scaled(const RowRewards& row) const {
  RowRewards out = row;
  for (ScoredResponse& response : out.responses) {
    for (double& reward : response.rewards) reward = scaled(reward);
  }
  return out;
}

RowRewards together(std::vector<RowRewards>& models, const std::vector<std::string>& names) {
  RowRewards all = models.front();
  for (size_t m = 0; m < models.size() && all.error.empty(); ++m) {
    if (models[m].error.empty()) continue;
    all.error = str(names[m], ": ", models[m].error);
  }
  if (!all.error.empty()) all.responses.clear();
  for (size_t i = 0; i < all.responses.size(); ++i) {
    ScoredResponse& response = all.responses[i];
    response.error.clear();
    for (size_t m = 0; m < models.size() && response.error.empty(); ++m) {
      const std::string& error = models[m].responses[i].error;
      if (!error.empty()) response.error = str(names[m], ": ", error);
    }
    if (!response.error.empty()) response.rewards.clear();
    for (size_t j = 0; j < response.rewards.size(); ++j) {
      double sum = 0;
      for (const RowRewards& model : models) sum += model.responses[i].rewards.at(j);
      response.rewards[j] = sum / static_cast<double>(models.size());
    }
  }
  for (RowRewards& model : models) {
    model.error = all.error;
    model.responses.resize(all.responses.size());
    for (size_t i = 0; i < all.responses.size(); ++i) {
      model.responses[i].error = all.responses[i].error;
      if (all.responses[i].rewards.empty()) model.responses[i].rewards.clear();
    }
  }
  return all;
}

}  // namespace laurel
