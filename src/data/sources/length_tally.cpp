// Quantiles of lengths, and the sentence about rows that are dropped for theirs.
#include "data/sources/length_tally.h"

#include <algorithm>
#include <cstdio>

#include "core/error.h"
#include "core/option_types.h"
#include "core/str.h"

namespace laurel {

namespace {

constexpr double kMuch = 0.05;  // of the rows

std::string percent(int64_t part, size_t all) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.1f %%",
                100 * static_cast<double>(part) / static_cast<double>(all));
  return text;
}

// The least element that at least this part of the sorted ones does not exceed.
int32_t quantile(const std::vector<int32_t>& sorted, double part) {
  const double rank = part * static_cast<double>(sorted.size());
  const auto index = static_cast<size_t>(std::max(0.0, rank - 1e-9));
  return sorted[std::min(index, sorted.size() - 1)];
}

}  // namespace

void LengthTally::add(const EncodedExample& row, bool used) {
  tokens_.push_back(row.tokens);
  used_ += used;
  dropped_ += !row.group.has_value();
  prompt_left_ += row.fits_prompt_left;
  response_right_ += row.fits_response_right;
}

std::string LengthTally::quantiles() {
  std::sort(tokens_.begin(), tokens_.end());
  return str("median ", quantile(tokens_, 0.5), ", 75 % ", quantile(tokens_, 0.75), ", 90 % ",
             quantile(tokens_, 0.9), ", 95 % ", quantile(tokens_, 0.95), ", 99 % ",
             quantile(tokens_, 0.99), ", longest ", tokens_.back());
}

// "truncate_prompt_left would keep 97.0 %, truncate_response_right 99.1 %"
std::string LengthTally::kept_by_others(const LengthOptions& length) const {
  const auto whole =
      std::ranges::count_if(tokens_, [&](int32_t tokens) { return tokens <= length.max_length; });
  std::string text;
  const auto add_policy = [&](OverLength policy, int64_t kept) {
    if (policy == length.over_length) return;
    text += str(text.empty() ? "" : ", ", enum_name(policy), text.empty() ? " would keep " : " ",
                percent(kept, tokens_.size()));
  };
  add_policy(OverLength::drop, whole);
  add_policy(OverLength::truncate_prompt_left, prompt_left_);
  add_policy(OverLength::truncate_response_right, response_right_);
  return text;
}

std::string LengthTally::warning(const std::string& rows, const LengthOptions& length) {
  const size_t all = tokens_.size();
  if (all == 0 || dropped_ == 0) return "";
  if (used_ > 0 && static_cast<double>(dropped_) <= kMuch * static_cast<double>(all)) return "";
  const std::string lengths = quantiles();
  const std::string rest =
      str(" for model.max_length ", length.max_length, " with model.over_length \"",
          enum_name(length.over_length), "\". Tokens of a row before that: ", lengths,
          ". model.over_length: ", kept_by_others(length), "; model.max_length ",
          quantile(tokens_, 0.95), " would keep 95 %, ", tokens_.back(), " all");
  if (used_ > 0) {
    return str(rows, ": ", dropped_, " of ", all, " rows (", percent(dropped_, all),
               ") are dropped because they are too long", rest);
  }
  throw Error{ErrorKind::data, str(rows, ": found no row that is short enough: ", dropped_, " of ",
                                   all, " are too long", rest)};
}

}  // namespace laurel
