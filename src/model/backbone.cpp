// Asks the family that a backbone is of.
#include "model/backbone.h"

#include <algorithm>
#include <optional>

#include "core/str.h"
#include "model/config_reader.h"

namespace laurel {

namespace {

template <class... Families>
Backbone read_family(const std::variant<Families...>*, const Json& json, const std::string& where) {
  const ConfigReader config(json, where);
  const std::string type = config.text("model_type");
  std::vector<std::string> known;
  std::optional<Backbone> backbone;
  const auto try_family = [&]<class Family>(const Family*) {
    const std::vector<std::string> types = Family::model_types();
    known.insert(known.end(), types.begin(), types.end());
    if (std::ranges::find(types, type) != types.end()) backbone = Family::read(json, where);
  };
  (try_family(static_cast<const Families*>(nullptr)), ...);
  if (backbone) return *std::move(backbone);
  const std::string last = known.back();
  known.pop_back();
  config.refuse("model_type", str(join(known, ", "), " or ", last));
}

template <class... Families>
std::optional<Json> find_text_part(const std::variant<Families...>*, const Json& config,
                                   const std::string& where) {
  std::optional<Json> part;
  const auto try_family = [&]<class Family>(const Family*) {
    if constexpr (requires { Family::text_part_of(config, where); }) {
      if (!part) part = Family::text_part_of(config, where);
    }
  };
  (try_family(static_cast<const Families*>(nullptr)), ...);
  return part;
}

}  // namespace

std::optional<Json> text_part_of(const Json& config, const std::string& where) {
  return find_text_part(static_cast<const Backbone*>(nullptr), config, where);
}

Backbone read_backbone(const Json& config, const std::string& where) {
  return read_family(static_cast<const Backbone*>(nullptr), config, where);
}

BackboneInfo backbone_info(const Backbone& backbone) {
  return std::visit([](const auto& family) { return family.info(); }, backbone);
}

Layout backbone_layout(const Backbone& backbone) {
  return std::visit([](const auto& family) { return family.layout(); }, backbone);
}

bool is_ignored_tensor(const Backbone& backbone, std::string_view name) {
  return std::visit([&](const auto& family) { return family.is_ignored_tensor(name); }, backbone);
}

std::optional<std::string> older_tensor_name(const Backbone& backbone, std::string_view name) {
  return std::visit(
      [&](const auto& family) -> std::optional<std::string> {
        if constexpr (requires { family.older_name(name); }) return family.older_name(name);
        return std::nullopt;
      },
      backbone);
}

std::vector<std::pair<std::string, Json>> export_keys(const Backbone& backbone, const Json& config,
                                                      const std::string& where) {
  return std::visit([&](const auto& family) { return family.export_keys(config, where); },
                    backbone);
}

ActivationBytes activation_bytes(const Backbone& backbone, const MemoryShape& shape,
                                 Recompute recompute) {
  return std::visit([&](const auto& family) { return family.activation_bytes(shape, recompute); },
                    backbone);
}

}  // namespace laurel
