// What checks of a folder and the reading of its weights share: names of tensors.
#pragma once

#include <string>

#include "checkpoint/load.h"

namespace laurel {

// Layout names are the classifier's: its prefix and what a bare backbone's files hold, or what only
// a classifier has. The same with another prefix.
std::string name_in_files(const Backbone& backbone, const std::string& name,
                          const std::string& prefix);

// Whether the folder has a layer behind the pooling (BackboneInfo::pooled_layers), or the family has
// none. One of several is enough: if others are missing, that is a mistake.
bool has_pooled_layers(const ModelFolder& model);

}  // namespace laurel
