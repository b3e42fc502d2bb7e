// What two resolved configs differ in.
#pragma once

#include <string>
#include <vector>

#include "core/json.h"

namespace laurel {

struct Difference {
  std::string path;         // sources by their name: "sources.ukp.loss.center"
  std::string before, now;  // JSON, or "nothing"
};

std::vector<Difference> differences(const Json& before, const Json& now);

// Whether a run may go on with another value: where it is saved and evaluated, what it runs on, and
// its length, as long as no source has an active part (docs/reliability.md lists them).
bool may_change(const std::string& path, const Json& before, const Json& now);

}  // namespace laurel
