// Numbers that stand as texts, as in tables whose cells are all texts.
#pragma once

#include <optional>
#include <string_view>

namespace laurel {

// "4", "-0.5", "1e3"; "true" and "false", also as Python writes them, are 1 and 0. None for
// anything else, also where only white space differs.
std::optional<double> number_of_text(std::string_view text);

}  // namespace laurel
