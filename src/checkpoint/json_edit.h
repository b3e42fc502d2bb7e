// Single members of a JSON object's text replaced or added, every other byte left as it is.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/json.h"

namespace laurel {

// `text` is a valid JSON object. Numbers keep their spelling (1e-5 stays 1e-5 and 1.0 does not
// become 1), which a strictly typed reader of a config needs. A member that already has the value
// stays byte for byte; new members follow the last one. Members of objects inside are not reached.
std::string edit_json(const std::string& text,
                      const std::vector<std::pair<std::string, Json>>& members);

}  // namespace laurel
