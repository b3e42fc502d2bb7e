// What stands beside the contents of a dialogue and its chat template does not write.
#pragma once

#include <vector>

#include "text/dialogue.h"
#include "text/lost_messages.h"

namespace laurel {

// What the template writes the same text without: tools and documents, tool_calls of all messages,
// thoughts of the last one in a field of their own. None under other rules than chat. Renders once
// more, and once without each of these that the dialogue has.
std::vector<LostMessage> unread_fields(const TextProcessor& processor, SpecialText special_text,
                                       const Dialogue& dialogue);

}  // namespace laurel
