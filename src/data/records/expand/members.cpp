// One form of message for all of them.
#include "data/records/expand/members.h"

#include "core/error.h"
#include "core/str.h"

namespace laurel {

[[noreturn]] static void refuse(const Json& found, const char* name, const std::string& where,
                                const char* expected) {
  throw Error{ErrorKind::data,
              str(where, where.find(": ") == std::string::npos ? ": " : ".", name, ": found ",
                  found.is_null() ? "none" : describe_json(found), ", expected ", expected)};
}

const Json& member_or_null(const Json& object, const char* name) {
  static const Json kNull;
  const auto found = object.find(name);
  return found == object.end() ? kNull : *found;
}

const Json& expect_object(const Json& value, const std::string& where) {
  if (value.is_object()) return value;
  throw Error{ErrorKind::data,
              str(where, ": found ", describe_json(value), ", expected an object")};
}

const Json& object_member(const Json& object, const char* name, const std::string& where) {
  const Json& found = member_or_null(object, name);
  if (!found.is_object()) refuse(found, name, where, "an object");
  return found;
}

const Json& text_member(const Json& object, const char* name, const std::string& where) {
  const Json& found = member_or_null(object, name);
  if (!found.is_string()) refuse(found, name, where, "a string");
  return found;
}

const Json& list_member(const Json& object, const char* name, const std::string& where) {
  const Json& found = member_or_null(object, name);
  if (!found.is_array()) refuse(found, name, where, "a list");
  return found;
}

const Json& list_member_or_empty(const Json& object, const char* name, const std::string& where) {
  static const Json kEmpty = Json::array();
  return member_or_null(object, name).is_null() ? kEmpty : list_member(object, name, where);
}

}  // namespace laurel
