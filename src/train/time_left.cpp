// Adds up the means of what was measured so far.
#include "train/time_left.h"

#include <algorithm>

namespace laurel {

void TimeLeft::step_took(double seconds) {
  stepping_ += seconds;
  ++made_;
}

void TimeLeft::evaluation_took(double seconds) { evaluation_ = seconds; }

void TimeLeft::writing_took(int64_t bytes, double seconds) {
  if (seconds > 0 && bytes > 0) bytes_per_second_ = static_cast<double>(bytes) / seconds;
}

// Runs have up to 1e12 steps: those of a stretch are counted and taken for the rest.
int64_t TimeLeft::evaluations_after(int64_t step) const {
  constexpr int64_t kCounted = 10'000;
  if (!evaluated_) return 0;
  const int64_t left = steps_ - step, counted = std::min(left, kCounted);
  int64_t found = 0;
  for (int64_t i = 1; i <= counted; ++i) found += evaluated_(step + i);
  if (counted == left) return found;
  return static_cast<int64_t>(static_cast<double>(found) * static_cast<double>(left) /
                              static_cast<double>(counted)) +
         (evaluated_(steps_) ? 1 : 0);
}

double TimeLeft::after(int64_t step) const {
  const double each = made_ == 0 ? 0 : stepping_ / static_cast<double>(made_);
  const double evaluations =
      evaluation_ == 0 ? 0 : evaluation_ * static_cast<double>(evaluations_after(step));
  return each * static_cast<double>(steps_ - step) + evaluations +
         static_cast<double>(bytes_) / bytes_per_second_;
}

}  // namespace laurel
