// The model that a run began with, by its folder and the hash of its weights, and how much of the
// run's update to it a narrower type keeps.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "checkpoint/load.h"
#include "checkpoint/rounding.h"

namespace laurel {

struct BaseModel {
  std::string folder;
  std::map<std::string, std::string> sha256;  // of the files with its tensors, by name; of its
                                              // base.json where they are parts of a model

  void fields(auto& visit) {
    visit("folder", folder);
    visit("sha256", sha256);
  }
};

// Reads all of its weights. Throws Error (model).
BaseModel base_model_of(const ModelFolder& model);

// The base, if its folder is still there with the same bytes; else why not.
struct OpenedBase {
  std::optional<ModelFolder> model;
  std::string problem;
};
OpenedBase open_base(const BaseModel& base);

// What becomes of the update W - W0 of the backbone where W is rounded to W'.
struct UpdateSurvival {
  double share;  // <W' - W0, W - W0> / |W - W0|^2
  double noise;  // |W' - W| / |W - W0|
};

// nullopt where nothing was updated. Both are of one family and shape.
std::optional<UpdateSurvival> update_survival(const ModelFolder& model, const ModelFolder& base,
                                              const WeightRounding& rounding);

}  // namespace laurel
