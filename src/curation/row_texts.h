// The texts of an example, whatever its format: the prompt once, and the answers alone.
#pragma once

#include <string>
#include <vector>

#include "data/records/example.h"

namespace laurel {

struct RowTexts {
  std::string
      prompt;  // all text before the answers, a line for each message, its role where it is no
               // user's; tool calls, tools and the like as JSON: equal only for equal prompts
  std::string first_prompt;            // of it, user and system text before the first answer
  std::vector<std::string> responses;  // answers alone
};

// The prompt is the row's; without one, the messages that all responses begin with; of strings, what
// all of them begin with, up to the last blank line of it. Of a single string without a prompt,
// first_prompt is the string.
RowTexts texts_of(const Example& example);

}  // namespace laurel
