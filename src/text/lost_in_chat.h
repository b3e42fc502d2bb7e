// What a dialogue says and the chat template does not write.
#pragma once

#include <vector>

#include "text/dialogue.h"
#include "text/lost_messages.h"

namespace laurel {

// Messages whose contents are lost, and what the template writes the same text without: tools and
// documents, tool_calls of messages, thoughts of the last one in a field of their own. None under
// other rules than chat.
std::vector<LostMessage> lost_in_chat(const TextProcessor& processor, SpecialText special_text,
                                      const Dialogue& dialogue, const std::string& rendered);

}  // namespace laurel
