// The text of shapes.json, in the program.
#pragma once

#include <string_view>

namespace laurel {

extern const std::string_view kShapesText;

}  // namespace laurel
