// Reads rope options with the precedence of transformers 5.23, and writes them for transformers 4.
#include "model/rope_options.h"

#include "core/error.h"
#include "core/str.h"

namespace laurel {

namespace {

double positive(const ConfigReader& options, std::string_view key, std::optional<double> absent) {
  const double value = options.number(key, absent);
  options.check(value > 0, key, "a number above 0");
  return value;
}

RopeType rope_type(const ConfigReader& options) {
  const std::string key = options.has("rope_type") ? "rope_type" : "type";
  const std::string type = options.text(key, "default");
  if (type == "default") return RopeType::standard;
  if (type == "linear") return RopeType::linear;
  if (type == "llama3") return RopeType::llama3;
  options.refuse(key, "default, linear or llama3");
}

void refuse_partial(const ConfigReader& options) {
  options.check(options.number("partial_rotary_factor", 1) == 1, "partial_rotary_factor", "1");
}

}  // namespace

RopeConfig rope_options(const ConfigReader& config, double max_positions) {
  refuse_partial(config);
  RopeConfig rope;
  rope.theta = positive(config, "rope_theta", rope.theta);
  // An empty object counts as absent.
  const auto given = [&](std::string_view key) {
    return config.has(key) && !(config.find(key)->is_object() && config.find(key)->empty());
  };
  if (!given("rope_scaling") && !given("rope_parameters")) return rope;
  const ConfigReader options =
      config.object(given("rope_scaling") ? "rope_scaling" : "rope_parameters");
  for (const char* const layer_type : {"full_attention", "sliding_attention"}) {
    options.check(!options.has(layer_type), layer_type, "one set of rope options for all layers");
  }
  rope = rope_of(options, rope.theta, max_positions);
  if (rope.type != RopeType::llama3) return rope;
  rope.original_max_positions =
      positive(config, "original_max_position_embeddings", rope.original_max_positions);
  return rope;
}

RopeConfig rope_of(const ConfigReader& options, double theta, double max_positions) {
  refuse_partial(options);
  RopeConfig rope;
  rope.type = rope_type(options);
  rope.theta = positive(options, "rope_theta", theta);
  if (rope.type == RopeType::standard) return rope;
  rope.factor = positive(options, "factor", {});
  if (rope.type == RopeType::linear) return rope;
  rope.low_freq_factor = positive(options, "low_freq_factor", {});
  rope.high_freq_factor = positive(options, "high_freq_factor", {});
  options.check(rope.high_freq_factor > rope.low_freq_factor, "high_freq_factor",
                "more than \"low_freq_factor\"");
  rope.original_max_positions =
      positive(options, "original_max_position_embeddings", max_positions);
  return rope;
}

std::vector<std::pair<std::string, Json>> old_rope_keys(const Json& config,
                                                        const std::string& where) {
  std::vector<std::pair<std::string, Json>> members;
  const auto rope = config.find("rope_parameters");
  if (rope == config.end() || !rope->is_object()) return members;
  const auto theta = rope->find("rope_theta");
  if (!config.contains("rope_theta") && theta != rope->end() && theta->is_number()) {
    members.emplace_back("rope_theta", *theta);
  }
  const auto old = config.find("rope_scaling");
  if (old != config.end() && !old->empty()) return members;  // null is empty too
  const char* const key = rope->contains("rope_type") ? "rope_type" : "type";
  const auto type = rope->find(key);
  if (type != rope->end() && !type->is_string()) {
    throw Error{ErrorKind::model, str(where, ": rope_parameters: found ", describe_json(*type),
                                      " as \"", key, "\", expected a string")};
  }
  Json scaling = *rope;
  scaling.erase("rope_theta");
  if (type == rope->end() || *type == "default") scaling = nullptr;
  members.emplace_back("rope_scaling", scaling);
  return members;
}

}  // namespace laurel
