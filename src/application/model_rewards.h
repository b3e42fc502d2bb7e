// The rewards of the same rows by several models, which are not in memory together.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "application/scorer.h"

namespace laurel {

// Of one model: what is kept of its rows until all are put together, 8 bytes a reward and 4 a
// response.
class ModelRewards {
 public:
  // `name`: of the model, for messages. Rewards become (reward - mean) / deviation.
  ModelRewards(std::string name, double mean, double deviation)
      : name_(std::move(name)), mean_(mean), deviation_(deviation) {}

  void add(const RowRewards& row);

  // Of the rows that were added, in their order. Throws Error (data) where `row` is not that row.
  RowRewards next(const RowRewards& row, const std::string& where);

  // A row of this model that need not be kept.
  RowRewards scaled(const RowRewards& row) const;

  const std::string& name() const { return name_; }

 private:
  double scaled(double reward) const { return (reward - mean_) / deviation_; }

  std::string name_;
  double mean_, deviation_;
  std::vector<int32_t> responses_;                  // of each row; -1: it could not be read
  std::vector<int32_t> sizes_;                      // rewards of each response
  std::vector<double> rewards_;                     // scaled
  std::unordered_map<size_t, std::string> errors_;  // of responses without rewards
  std::unordered_map<size_t, std::string> unread_;  // of rows that could not be read
  size_t row_ = 0, response_ = 0, reward_ = 0;      // that are next
};

// A row by several models, each of the same responses: rewards are the means of the models'; what one
// of them lacks, all lack in `models`, and the error says which model it was. There is one at least.
RowRewards together(std::vector<RowRewards>& models, const std::vector<std::string>& names);

}  // namespace laurel
