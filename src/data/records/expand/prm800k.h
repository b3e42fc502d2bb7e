// PRM800K: a row is an annotator's walk through the steps of a solution, several candidates each.
#pragma once

#include <string>
#include <vector>

#include "core/json.h"

namespace laurel {

struct Prm800kWalk {
  static constexpr const char* name = "prm800k";
  // What a row needs, for messages.
  static constexpr const char* needs = "\"question\": {\"problem\"} and \"label\": {\"steps\"}";

  // Rows of segments (prompt, completions, labels). A candidate that was not chosen ends one: the chosen
  // steps before it and itself. The chosen one, or the annotator's own, goes on; the walk ends at a
  // step where there is neither. A step is right where its rating is 1, and unlabelled
  // where it has none; the annotator's own is right. Throws Error (data) that begins with `where`.
  static std::vector<Json> expand(const Json& row, const std::string& where);
};

}  // namespace laurel
