// What a run says of its model before any row is read, and what it refuses.
#pragma once

#include <cstdint>
#include <span>

#include "application/head_plan.h"
#include "checkpoint/load.h"
#include "config/config.h"
#include "core/log.h"
#include "data/sources/load.h"

namespace laurel {

// Notes of the folder, of its tokenizer, its pad token and its head; of an encoder how it reads a
// text.
// A run that trains adapters writes adapter/ unless PEFT could not load them on their base.
void say_model(const ModelFolder& model, const HeadPlan& head, const TextProcessor& text,
               const PadToken& pad, Log& log);

// Warns where rows may be longer than the backbone was made for. Throws Error (usage) where its
// positions are learned, so that it has no others.
void check_positions(int64_t max_length, const BackboneInfo& backbone, Log& log);

// Whether the run has the bias of a kept head. One bias moves all rewards alike: what compares them
// cannot train it, and an export to a class without one would lose it, so pairs and lists drop it.
bool keeps_head_bias(const Config& config, const ModelFolder& model, Log& log);

void say_how_strings_are_read(TextRule rule, const TextProcessor& text,
                              std::span<const SourceData> sources, Log& log);

}  // namespace laurel
