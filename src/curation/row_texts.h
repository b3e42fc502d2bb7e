// The texts of an example, whatever its format: the prompt once, and the answers alone.
#pragma once

#include <string>
#include <vector>

#include "data/records/example.h"

namespace laurel {

struct RowTexts {
  std::string prompt;  // all text before the answers; a line for each content, tool calls as JSON
  std::string first_prompt;  // of it, user and system text before the first answer
  std::vector<std::string>
      questions;  // of messages, the user's before the first answer, each alone
  std::vector<std::string> responses;  // answers alone, as `prompt`
  // Equal only where all is that a template reads: roles, contents apart from white space at their
  // ends, tool calls, tools and other variables. A string is a message of the user, or the assistant.
  // That of the prompt is prompt_hash(), by which a run holds prompts out.
  std::string prompt_key;
  std::vector<std::string> response_keys;
};

// The prompt is the row's; without one, the messages that all responses begin with; of strings,
// shared_start(). Where there is none, first_prompt is the first response, which may hold it.
RowTexts texts_of(const Example& example);

}  // namespace laurel
