// What options and their values are called in TRL, transformers and OpenRLHF, for messages.
#pragma once

#include <string>
#include <string_view>

namespace laurel {

// Of a name that another trainer has for an option or a value, a sentence that says what it is
// here: "TRL's learning_rate is train.lr here"; "" for any other name.
std::string known_elsewhere(std::string_view name);

}  // namespace laurel
