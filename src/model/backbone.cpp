// Asks the family that a backbone is of.
#include "model/backbone.h"

#include <algorithm>
#include <optional>

#include "core/str.h"
#include "model/config_reader.h"

namespace laurel {

namespace {

// The name by which people know a method of config.json's quantization_config.
std::string quantization_of(const Json& config) {
  const auto found = config.find("quant_method");
  const bool named = found != config.end() && found->is_string();
  const std::string method = named ? found->get<std::string>() : "";
  if (method == "gptq") return "GPTQ";
  if (method == "awq") return "AWQ";
  const bool old_bitsandbytes = config.contains("load_in_4bit") || config.contains("load_in_8bit");
  if (method == "bitsandbytes" || (method.empty() && old_bitsandbytes)) return "bitsandbytes";
  return method.empty() ? "a method that it does not name" : method;
}

void refuse_quantised(const ConfigReader& config) {
  const Json* const quantization = config.find("quantization_config");
  if (!quantization) return;
  throw Error{
      ErrorKind::model,
      str(config.where(), ": found weights quantised by ", quantization_of(*quantization),
          " (\"quantization_config\"), expected fp32, bf16 or fp16; take the model that they "
          "were made from, and for an adapter name it as base_model_name_or_path in "
          "adapter_config.json")};
}

// The first of the known types that begins or ends with four letters of the type, as relatives do:
// mixtral, qwen2_moe and llama4_text are near; gpt2 and qwen2 are not.
std::string relative_of(const std::string& type, const std::vector<std::string>& known) {
  constexpr size_t kLetters = 4;
  std::string best;
  size_t most = kLetters - 1;
  for (const std::string& name : known) {
    const auto same = [](auto a, auto a_end, auto b, auto b_end) {
      return static_cast<size_t>(std::mismatch(a, a_end, b, b_end).first - a);
    };
    const size_t letters = std::max(same(type.begin(), type.end(), name.begin(), name.end()),
                                    same(type.rbegin(), type.rend(), name.rbegin(), name.rend()));
    if (letters <= most) continue;
    most = letters;
    best = name;
  }
  return best;
}

template <class... Families>
Backbone read_family(const std::variant<Families...>*, const Json& json, const std::string& where) {
  const ConfigReader config(json, where);
  const std::string type = config.text("model_type");
  refuse_quantised(config);
  std::vector<std::string> known;
  std::optional<Backbone> backbone;
  const auto try_family = [&]<class Family>(const Family*) {
    const std::vector<std::string> types = Family::model_types();
    known.insert(known.end(), types.begin(), types.end());
    if (std::ranges::find(types, type) != types.end()) backbone = Family::read(json, where);
  };
  (try_family(static_cast<const Families*>(nullptr)), ...);
  if (backbone) return *std::move(backbone);
  const std::string relative = relative_of(type, known);
  const std::string last = known.back();
  known.pop_back();
  config.refuse("model_type",
                str(join(known, ", "), " or ", last,
                    relative.empty() ? "; take a model of about the same size of one of these"
                                     : "; the nearest is a model of the type ",
                    relative));
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
