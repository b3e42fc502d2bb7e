// Reads rope options with the precedence of transformers 5.23, and writes them for transformers 4.
#include "model/rope_options.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/error.h"
#include "core/str.h"

namespace laurel {

namespace {

double positive(const ConfigReader& options, std::string_view key, std::optional<double> absent) {
  const double value = options.number(key, absent);
  options.check(value > 0, key, "a number above 0");
  return value;
}

RopeType rope_type(const ConfigReader& options, bool stretches) {
  const std::string key = options.has("rope_type") ? "rope_type" : "type";
  const std::string type = options.text(key, "default");
  constexpr std::array kTypes{
      std::pair{"default", RopeType::standard}, std::pair{"linear", RopeType::linear},
      std::pair{"llama3", RopeType::llama3},    std::pair{"yarn", RopeType::yarn},
      std::pair{"dynamic", RopeType::dynamic},  std::pair{"longrope", RopeType::longrope}};
  for (const auto& [name, value] : kTypes) {
    if (type == name && (stretches || value <= RopeType::llama3)) return value;
  }
  options.refuse(key, stretches ? "default, linear, llama3, yarn, dynamic or longrope"
                                : "default, linear or llama3");
}

// A key that counts as absent where it is 0, as Python's "or" has it.
double number_or(const ConfigReader& options, std::string_view key, double otherwise) {
  const double value = options.number(key, otherwise);
  options.check(value >= 0, key, "a number that is not negative");
  return value == 0 ? otherwise : value;
}

// Without a factor: how far the positions were extended.
double factor_of(const ConfigReader& options, const RopeConfig& rope, double max_positions) {
  return positive(options, "factor", max_positions / rope.original_max_positions);
}

void read_yarn(const ConfigReader& options, double max_positions, RopeConfig& rope) {
  options.check(options.contains("factor"), "factor", "a number, or null");
  rope.factor = factor_of(options, rope, max_positions);
  rope.beta_fast = number_or(options, "beta_fast", 32);
  rope.beta_slow = number_or(options, "beta_slow", 1);
  rope.truncate = options.boolean("truncate", true);
  options.check(rope.theta > 1, "rope_theta", "a number above 1");
  const auto scale = [&](double weight) {
    return rope.factor <= 1 ? 1.0 : 0.1 * weight * std::log(rope.factor) + 1.0;
  };
  const double scale_of_all = options.number("mscale_all_dim", 0),
               own_scale = options.number("mscale", 0);
  const bool both = own_scale != 0 && scale_of_all != 0;
  rope.attention_factor =
      options.number("attention_factor", both ? scale(own_scale) / scale(scale_of_all) : scale(1));
}

std::vector<double> factors_of(const ConfigReader& options, std::string_view key,
                               int64_t head_dim) {
  const Json* const list = options.find(key);
  const auto fits = [](const Json& value) { return value.is_number() && value > 0; };
  options.check(list && list->is_array() && static_cast<int64_t>(list->size()) == head_dim / 2 &&
                    std::ranges::all_of(*list, fits),
                key, str("a list of ", head_dim / 2, " numbers above 0, half of head_dim"));
  return list->get<std::vector<double>>();
}

void read_longrope(const ConfigReader& options, const RopeShape& shape, RopeConfig& rope) {
  rope.short_factor = factors_of(options, "short_factor", shape.head_dim);
  rope.long_factor = factors_of(options, "long_factor", shape.head_dim);
  rope.factor = factor_of(options, rope, shape.max_positions);
  const double original = rope.original_max_positions;
  options.check(original > 1, "original_max_position_embeddings", "a number above 1");
  rope.attention_factor = options.number(
      "attention_factor",
      rope.factor <= 1 ? 1.0 : std::sqrt(1 + std::log(rope.factor) / std::log(original)));
}

void refuse_partial(const ConfigReader& options) {
  options.check(options.number("partial_rotary_factor", 1) == 1, "partial_rotary_factor", "1");
}

}  // namespace

RopeConfig rope_options(const ConfigReader& config, const RopeShape& shape) {
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
  constexpr const char* kOriginal = "original_max_position_embeddings";
  RopeShape with_original = shape;
  if (config.has(kOriginal)) with_original.original_max_positions = positive(config, kOriginal, {});
  return rope_of(options, rope.theta, with_original);
}

RopeConfig rope_of(const ConfigReader& options, double theta, const RopeShape& shape) {
  refuse_partial(options);
  RopeConfig rope;
  rope.type = rope_type(options, shape.stretches);
  rope.theta = positive(options, "rope_theta", theta);
  if (rope.type == RopeType::standard) return rope;
  if (rope.type == RopeType::dynamic) {
    options.check(shape.head_dim > 2, "rope_type", "a head_dim above 2");
    rope.original_max_positions = shape.max_positions;
  }
  if (rope.type == RopeType::linear || rope.type == RopeType::dynamic) {
    rope.factor = positive(options, "factor", {});
    return rope;
  }
  const double original =
      positive(options, "original_max_position_embeddings", shape.max_positions);
  rope.original_max_positions = shape.original_max_positions.value_or(original);
  if (rope.type == RopeType::yarn) read_yarn(options, shape.max_positions, rope);
  if (rope.type == RopeType::longrope) read_longrope(options, shape, rope);
  if (rope.type != RopeType::llama3) return rope;
  rope.factor = positive(options, "factor", {});
  rope.low_freq_factor = positive(options, "low_freq_factor", {});
  rope.high_freq_factor = positive(options, "high_freq_factor", {});
  options.check(rope.high_freq_factor > rope.low_freq_factor, "high_freq_factor",
                "more than \"low_freq_factor\"");
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
