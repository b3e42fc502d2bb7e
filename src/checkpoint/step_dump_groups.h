// One group of a step's dump, and numbers of any kind, as JSON.
#pragma once

#include <map>
#include <string>

#include "checkpoint/step_dump.h"
#include "checkpoint/strict_object.h"

namespace laurel {

// JSON has no number for these: "nan", "inf", "-inf".
Json exact_number(double value);
double exact_number(StrictObject& object, const std::string& key);

// `source` is the name of the group's source.
Json group_json(const DumpedGroup& group, const std::string& source);

// By their names.
using SourceIds = std::map<std::string, SourceId>;

// A group that can be packed. Throws Error (checkpoint) that begins with `where`.
DumpedGroup dumped_group(const Json& json, const SourceIds& sources, const std::string& where);

}  // namespace laurel
