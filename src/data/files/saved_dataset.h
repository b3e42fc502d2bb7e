// The folders that save_to_disk of `datasets` writes, of one data set or of its splits.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace laurel {

bool is_saved_dataset(const std::string& folder);

// The folder's Arrow files in their order, under `split` those of that split. Throws Error (data):
// what the folder says about itself cannot be read or is not there; there is no such split, or there
// are several and none is asked for.
std::vector<std::string> files_of_saved_dataset(const std::string& folder,
                                                const std::optional<std::string>& split);

}  // namespace laurel
