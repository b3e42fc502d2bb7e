// A step as a line of text, for a person who watches the run.
#pragma once

#include <span>
#include <string>

#include "train/step_report.h"

namespace laurel {

// "gradient norm nan, loss of ratings inf"
std::string numbers_text(const StepReport& step, std::span<const std::string> sources);

// "1 h 5 min", "3 min 20 s", "12 s"
std::string duration_text(double seconds);

// "loss 0.6931  accuracy 0.500  reward 0.12 ± 0.98  lr 1.00e-05  grad norm 3.120"; of several
// sources, the loss and what belongs to it of each in brackets.
std::string step_text(const StepReport& step, std::span<const std::string> sources);

// With so many decimals; in powers of ten where those would say nothing or too much.
std::string fixed_text(double value, int decimals);

}  // namespace laurel
