// Open Assistant: trees of messages whose replies people have ranked.
#pragma once

#include <string>
#include <vector>

#include "core/json.h"

namespace laurel {

struct OasstTrees {
  static constexpr const char* name = "oasst";
  // What a row needs, for messages.
  static constexpr const char* needs =
      "\"prompt\": {\"text\", \"role\", \"replies\"}, or \"message_id\", \"parent_id\", \"text\", "
      "\"role\" and \"rank\"";

  // Whether the row is one message of a tree, and not the tree: the rows of a tree follow each other.
  static bool is_message(const Json& row);

  // The tree of a message: its "message_tree_id".
  static std::string tree_id(const Json& message, const std::string& where);

  // A tree of its messages, in the form in which a row holds it. `where` of each message.
  static Json tree_of(const std::vector<Json>& messages, const std::vector<std::string>& where);

  // Rows of ranked answers (prompt, responses, ranks): of every prompter's message with two or more
  // ranked replies, the messages from the root to it, and these replies. Deleted replies
  // are left out. Ranks are counted from 1. Throws Error (data) that begins with `where`.
  static std::vector<Json> expand(const Json& tree, const std::string& where);
};

}  // namespace laurel
