// Differences between two resolved configs, and which of them a resumed run accepts.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "core/json.h"

namespace laurel {

struct Difference {
  std::string path;         // sources by their name: "sources.ukp.loss.center"
  std::string before, now;  // JSON, or "nothing"
};

std::vector<Difference> differences(const Json& before, const Json& now);

// Whether these options of the section train are equal in both; absent ones are null.
bool same_train_options(const Json& before, const Json& now,
                        std::initializer_list<const char*> names);

// Whether a resumed run may change this option: saving, evaluation, device and, if no source has an
// active part, the number of steps or epochs (docs/reliability.md lists them).
bool may_change_on_resume(const std::string& path, const Json& before, const Json& now);

}  // namespace laurel
