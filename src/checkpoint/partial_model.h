// A folder with the trained parts of a model alone: base.json names the base that the rest is of.
#pragma once

#include <filesystem>
#include <optional>

#include "checkpoint/base_model.h"
#include "model/trained_parts.h"

namespace laurel {

// base.json of a checkpoint or final/ of a run that did not train all (model.train).
struct PartialModel {
  BaseModel base;
  TrainedParts train = TrainedWhole::head;  // the parts that model.safetensors has, with the head

  void fields(auto& visit) {
    visit("base", base);
    visit("train", train);
  }
};

// nullopt: the folder holds a whole model. Throws Error (model) for a base.json that laurel did not
// write.
std::optional<PartialModel> read_partial_model(const std::filesystem::path& folder);

void write_partial_model(const std::filesystem::path& folder, const PartialModel& partial);

// The base of `folder`, by its path and the hashes of its files. Throws Error (model) where it is
// gone or has changed.
ModelFolder open_base_of(const std::filesystem::path& folder, const PartialModel& partial);

// Throws Error (checkpoint) that names a file of `model` that is not what parts of it were trained
// on.
void check_same_base(const BaseModel& before, const ModelFolder& model);

}  // namespace laurel
