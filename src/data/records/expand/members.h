// Members of the objects in rows that are walked, with messages that say where they are.
#pragma once

#include <string>

#include "core/json.h"

namespace laurel {

// All throw Error (data) that begins with `where`, which names the object; null counts as none.
const Json& expect_object(const Json& value, const std::string& where);
const Json& object_member(const Json& object, const char* name, const std::string& where);
const Json& text_member(const Json& object, const char* name, const std::string& where);
const Json& list_member(const Json& object, const char* name, const std::string& where);
const Json& list_member_or_empty(const Json& object, const char* name, const std::string& where);

const Json& member_or_null(const Json& object, const char* name);

}  // namespace laurel
