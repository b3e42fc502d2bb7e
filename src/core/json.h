// Strict JSON: one place where text becomes values, with limits and positions.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/error.h"

namespace laurel {

using Json = nlohmann::ordered_json;  // objects keep the order of the text

struct JsonLimits {
  int depth = 64;
  size_t keys = 20'000;              // of one object
  size_t values = 4'000'000;         // in all: a value of two bytes takes dozens in memory
  size_t comparisons = 500'000'000;  // in all, of keys of an object with each other: about 2 s
  bool one_line = false;             // rows: `where` has the line already, positions are columns
  bool comments = false;             // `//` and `/* */` comments and trailing commas, for configs
};

// Parses one JSON value. Duplicate keys, invalid UTF-8, text after the value and more than the
// limits allow are Errors of the given kind: "WHERE: found ..., expected ...". `where` names the
// text, e.g. "pairs.jsonl:12".
Json parse_json(std::string_view text, const std::string& where, ErrorKind kind,
                const JsonLimits& limits = {});

// "a string", "the number 3", "true", "an object": for messages.
std::string describe_json(const Json& value);

}  // namespace laurel
