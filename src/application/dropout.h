// What a config drops in training, where that can be computed, and what is said of it.
#pragma once

#include <c10/core/Device.h>

#include "config/config.h"
#include "core/log.h"
#include "model/backbone_info.h"

namespace laurel {

// Of model.dropout and model.train.lora.dropout, by the run's seed.
DropoutOptions dropout_of(const Config& config);

// Throws Error (usage) where something is dropped on another device than the CPU.
void check_dropout_device(const Config& config, at::Device device);

// Where what is dropped, and of a model made for dropout that is trained without: that.
void say_dropout(const Config& config, const BackboneInfo& backbone, Log& log);

}  // namespace laurel
