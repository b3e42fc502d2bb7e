// Messages of which the chat template leaves something out: an unknown role, a branch that it lacks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "text/conversation.h"

namespace laurel {

struct LostMessage {
  std::string role;            // "": what is lost belongs to no message
  std::string field = {};      // that is not read; "": the content
  bool last_question = false;  // the last user's message: what the answer answers
  bool in_part = false;        // some of its lines are there
};

// Those of whose content, without white space around it, `rendered` holds nothing, or not all. What
// the template writes as JSON counts as written, and thoughts of turns before the last may go.
std::vector<LostMessage> lost_messages(const Conversation& messages, std::string_view rendered);

}  // namespace laurel
