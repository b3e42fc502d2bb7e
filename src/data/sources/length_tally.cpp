// Quantiles of lengths, and the sentence about rows that are dropped for theirs.
#include "data/sources/length_tally.h"

#include <algorithm>

#include "core/error.h"
#include "core/option_types.h"
#include "core/percent.h"
#include "core/str.h"

namespace laurel {

namespace {

constexpr double kMuch = 0.05;  // of the rows

}  // namespace

void LengthTally::add(const EncodedExample& row, bool used) {
  ++rows_of_[row.tokens];
  ++rows_;
  used_ += used;
  dropped_ += !row.group.has_value();
  prompt_left_ += row.fits_prompt_left;
  response_right_ += row.fits_response_right;
}

void LengthTally::add(const LengthTally& other) {
  for (const auto& [tokens, rows] : other.rows_of_) rows_of_[tokens] += rows;
  rows_ += other.rows_;
  used_ += other.used_;
  dropped_ += other.dropped_;
  prompt_left_ += other.prompt_left_;
  response_right_ += other.response_right_;
}

// The least number that at least this part of the rows do not exceed.
int32_t LengthTally::quantile(double part) const {
  const double rank = part * static_cast<double>(rows_);
  auto left = std::min(static_cast<int64_t>(std::max(0.0, rank - 1e-9)), rows_ - 1);
  for (const auto& [tokens, rows] : rows_of_) {
    if (left < rows) return tokens;
    left -= rows;
  }
  return 0;
}

std::string LengthTally::quantiles() const {
  return str("median ", quantile(0.5), ", 75 % ", quantile(0.75), ", 90 % ", quantile(0.9),
             ", 95 % ", quantile(0.95), ", 99 % ", quantile(0.99), ", longest ",
             rows_of_.rbegin()->first);
}

std::string LengthTally::note() const {
  if (rows_ == 0) return "";
  return str("tokens of a row, before any is dropped or cut: ", quantiles());
}

// "truncate_prompt_left would keep 97.0 %, truncate_response_right 99.1 %"
std::string LengthTally::kept_by_others(const LengthOptions& length) const {
  int64_t whole = 0;
  for (const auto& [tokens, rows] : rows_of_) whole += tokens <= length.max_length ? rows : 0;
  std::string text;
  const auto add_policy = [&](OverLength policy, int64_t kept) {
    if (policy == length.over_length) return;
    text += str(text.empty() ? "" : ", ", enum_name(policy), text.empty() ? " would keep " : " ",
                percent(kept, rows_));
  };
  add_policy(OverLength::drop, whole);
  add_policy(OverLength::truncate_prompt_left, prompt_left_);
  add_policy(OverLength::truncate_response_right, response_right_);
  return text;
}

std::string LengthTally::warning(const std::string& rows, const LengthOptions& length) const {
  const int64_t all = rows_;
  if (all == 0 || dropped_ == 0) return "";
  if (used_ > 0 && static_cast<double>(dropped_) <= kMuch * static_cast<double>(all)) return "";
  const std::string lengths = quantiles();
  const std::string rest =
      str(" for model.max_length ", length.max_length, " with model.over_length \"",
          enum_name(length.over_length), "\". Tokens of a row before that: ", lengths,
          ". model.over_length: ", kept_by_others(length), "; model.max_length ", quantile(0.95),
          " would keep 95 %, ", rows_of_.rbegin()->first, " all");
  if (used_ > 0) {
    return str(rows, ": ", dropped_, " of ", all, " rows (", percent(dropped_, all),
               ") are dropped because they are too long", rest);
  }
  throw Error{ErrorKind::data, str(rows, ": found no row that is short enough: ", dropped_, " of ",
                                   all, " are too long", rest)};
}

}  // namespace laurel
