// The layouts are those of the published exports: trees as JSON lines, messages as tables.
#include "data/records/expand/oasst.h"

#include <cstdint>
#include <map>
#include <string_view>
#include <utility>

#include "core/error.h"
#include "core/str.h"
#include "data/records/expand/members.h"

namespace laurel {

namespace {

// The role that chat templates know.
const char* role_of(const Json& message, const std::string& where) {
  const Json& role = text_member(message, "role", where);
  if (role == "prompter") return "user";
  if (role == "assistant") return "assistant";
  throw Error{ErrorKind::data,
              str(where, ".role: found ", role.dump(), ", expected \"prompter\" or \"assistant\"")};
}

bool is_deleted(const Json& message) {
  const Json& deleted = member_or_null(message, "deleted");
  return deleted.is_boolean() && deleted.get<bool>();
}

// From 1; 0 for a message without one.
int64_t place_of(const Json& message, const std::string& where) {
  const Json& rank = member_or_null(message, "rank");
  if (rank.is_null()) return 0;
  // Tables of pandas hold whole numbers beside nulls as 0.0.
  const double value = rank.is_number() ? rank.get<double>() : -1;
  if (value >= 0 && value < 1e6 && value == static_cast<double>(static_cast<int64_t>(value))) {
    return static_cast<int64_t>(value) + 1;
  }
  throw Error{ErrorKind::data, str(where, ".rank: found ", describe_json(rank),
                                   ", expected a whole number from 0, or null")};
}

class Walk {
 public:
  std::vector<Json> rows;

  // `path`: the messages before this one.
  void visit(const Json& message, Json path, const std::string& where) {
    const char* const role = role_of(message, where);
    path.push_back({{"role", role}, {"content", text_member(message, "text", where)}});
    const Json& replies = list_member_or_empty(message, "replies", where);
    const auto at = [&](size_t i) { return str(where, ".replies[", i, "]"); };
    if (std::string_view(role) == "user") add_ranked(replies, path, at);
    for (size_t i = 0; i < replies.size(); ++i) {
      if (!is_deleted(expect_object(replies[i], at(i)))) visit(replies[i], path, at(i));
    }
  }

 private:
  void add_ranked(const Json& replies, const Json& path, const auto& at) {
    Json texts = Json::array(), ranks = Json::array();
    for (size_t i = 0; i < replies.size(); ++i) {
      const Json& reply = expect_object(replies[i], at(i));
      const int64_t place = place_of(reply, at(i));
      const bool answers = std::string_view(role_of(reply, at(i))) == "assistant";
      if (place == 0 || !answers || is_deleted(reply)) continue;
      texts.push_back(text_member(reply, "text", at(i)));
      ranks.push_back(place);
    }
    if (texts.size() >= 2)
      rows.push_back({{"prompt", path}, {"responses", texts}, {"ranks", ranks}});
  }
};

// A message with its replies below it; the parser's limit on depth holds for messages too.
Json with_replies(const std::vector<Json>& messages, const std::vector<std::string>& where,
                  size_t at, const std::multimap<std::string, size_t>& children, int depth,
                  size_t& reached) {
  ++reached;
  constexpr int kMostDepth = 500;
  if (depth > kMostDepth) {
    throw Error{ErrorKind::data,
                str(where[at], ": found a reply below ", kMostDepth, " others, expected fewer")};
  }
  Json message = messages[at];
  Json replies = Json::array();
  const auto [begin, end] = children.equal_range(text_member(message, "message_id", where[at]));
  for (auto child = begin; child != end; ++child) {
    replies.push_back(with_replies(messages, where, child->second, children, depth + 1, reached));
  }
  message["replies"] = std::move(replies);
  return message;
}

}  // namespace

bool OasstTrees::is_message(const Json& row) {
  return row.contains("message_id") && row.contains("parent_id") && !row.contains("prompt");
}

std::string OasstTrees::tree_id(const Json& message, const std::string& where) {
  return text_member(message, "message_tree_id", where);
}

Json OasstTrees::tree_of(const std::vector<Json>& messages, const std::vector<std::string>& where) {
  std::multimap<std::string, size_t> children;
  std::map<std::string, size_t> ids;
  std::vector<size_t> roots;
  for (size_t i = 0; i < messages.size(); ++i) {
    const std::string id = text_member(messages[i], "message_id", where[i]);
    if (!ids.emplace(id, i).second) {
      throw Error{ErrorKind::data, str(where[i], ": found the message_id \"", id,
                                       "\" a second time, expected each message once")};
    }
    const Json& parent = member_or_null(messages[i], "parent_id");
    if (parent.is_null()) {
      roots.push_back(i);
    } else {
      children.emplace(text_member(messages[i], "parent_id", where[i]), i);
    }
  }
  for (const auto& [parent, child] : children) {
    if (ids.contains(parent)) continue;
    throw Error{
        ErrorKind::data,
        str(where[child], ": found no message \"", parent,
            "\", the parent of this one, among the rows of its tree; expected the rows of a "
            "tree one after the other")};
  }
  if (roots.size() != 1) {
    throw Error{ErrorKind::data, str(where.front(), ": found ", roots.size(),
                                     " messages without parent_id in a tree, expected one")};
  }
  size_t reached = 0;
  Json root = with_replies(messages, where, roots.front(), children, 0, reached);
  if (reached < messages.size()) {
    throw Error{ErrorKind::data, str(where.front(),
                                     ": found messages of a tree that are each other's "
                                     "parents, expected all below one")};
  }
  return {{"prompt", std::move(root)}};
}

std::vector<Json> OasstTrees::expand(const Json& tree, const std::string& where) {
  Walk walk;
  walk.visit(object_member(tree, "prompt", where), Json::array(), where + ": prompt");
  return std::move(walk.rows);
}

}  // namespace laurel
