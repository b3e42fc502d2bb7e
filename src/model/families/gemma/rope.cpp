// Reads the ropes of Gemma 3 with the precedence of transformers 5.23, and writes the old keys.
#include "model/families/gemma/rope.h"

#include "core/str.h"
#include "model/rope_options.h"

namespace laurel {

namespace {

constexpr const char *kFull = "full_attention", *kSliding = "sliding_attention";

// An object that has something in it; else null.
const Json* filled(const Json* object) {
  return object != nullptr && object->is_object() && !object->empty() ? object : nullptr;
}

}  // namespace

RopeConfig gemma3_rope(const ConfigReader& config, Gemma3Rope which, const RopeShape& shape) {
  const bool is_full = which == Gemma3Rope::full;
  const char* const key = is_full ? "rope_theta" : "rope_local_base_freq";
  const double theta = config.number(key, is_full ? 1'000'000 : 10'000);
  config.check(theta > 0, key, "a number above 0");
  std::string where = config.where();
  Json options = Json::object();
  if (config.has("rope_parameters")) {
    const ConfigReader parameters = config.object("rope_parameters");
    for (const char* const flat : {"rope_theta", "rope_type", "factor"}) {
      parameters.check(!parameters.contains(flat), flat,
                       str("an object \"", kFull, "\" and an object \"", kSliding, "\""));
    }
    const char* const name = is_full ? kFull : kSliding;
    if (parameters.has(name)) {
      parameters.object(name);  // must be one
      options = *parameters.find(name);
      where = str(parameters.where(), ".", name);
    }
  }
  if (is_full && config.has("rope_scaling")) {
    const ConfigReader scaling = config.object("rope_scaling");
    options.update(*config.find("rope_scaling"));
    where = scaling.where();
  }
  return rope_of(ConfigReader(options, where), theta, shape);
}

std::vector<std::pair<std::string, Json>> old_gemma3_rope_keys(const Json& config) {
  std::vector<std::pair<std::string, Json>> members;
  const auto member = [](const Json& object, const char* name) {
    const auto found = object.find(name);
    return filled(found == object.end() ? nullptr : &*found);
  };
  const Json* const parameters = member(config, "rope_parameters");
  if (parameters == nullptr) return members;
  const auto add_theta = [&](const char* key, const Json* options) {
    if (config.contains(key) || options == nullptr || !options->contains("rope_theta")) return;
    members.emplace_back(key, options->at("rope_theta"));
  };
  const Json* const full = member(*parameters, kFull);
  add_theta("rope_theta", full);
  add_theta("rope_local_base_freq", member(*parameters, kSliding));
  if (full == nullptr || member(config, "rope_scaling") != nullptr) return members;
  Json scaling = *full;
  scaling.erase("rope_theta");
  const bool scales = full->contains("rope_type") && full->at("rope_type") != "default";
  members.emplace_back("rope_scaling", scales ? scaling : Json());
  return members;
}

}  // namespace laurel
