// Reads JSON into structs with fields(), strictly: all problems are collected, each with its path.
// Configs, reward_config.json, manifest.json and run.json are read by it.
#pragma once

#include <string>
#include <utility>

#include "core/option_reading.h"

namespace laurel {

template <OptionStruct T>
void read_options(const Json& object, T& value, const PathBase& base, Problems& problems) {
  OptionReader reader(object, "", base, problems);
  value.fields(reader);
  reader.finish();
}

// All of a file that laurel wrote. Throws Error of the kind, which lists the problems; `check` adds
// those of members that do not fit together, and sees a struct only if each by itself is right.
template <OptionStruct T, class Check>
T read_file_json(const Json& json, const std::string& where, ErrorKind kind, const Check& check) {
  if (!json.is_object()) {
    throw Error{kind, str(where, ": found ", describe_json(json), ", expected an object")};
  }
  T value;
  Problems problems;
  read_options(json, value, {}, problems);
  if (problems.lines.empty()) check(std::as_const(value), problems);
  if (!problems.lines.empty()) throw to_error(kind, where, problems);
  return value;
}

template <OptionStruct T>
T read_file_json(const Json& json, const std::string& where, ErrorKind kind) {
  return read_file_json<T>(json, where, kind, [](const T&, Problems&) {});
}

}  // namespace laurel
