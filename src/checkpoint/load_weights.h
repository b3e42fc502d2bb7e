// What checks of a folder and the reading of its weights share.
#pragma once

#include "checkpoint/load.h"

namespace laurel {

// Whether the folder has a layer behind the pooling (BackboneInfo::pooled_layers), or the family has
// none. One of several is enough: if others are missing, that is a mistake.
bool has_pooled_layers(const ModelFolder& model);

}  // namespace laurel
