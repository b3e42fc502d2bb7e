// Reads adapter_config.json by PEFT's rules; what cannot be merged exactly is refused by name.
#include "checkpoint/peft_config.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>

#include "core/error.h"
#include "core/files.h"
#include "core/str.h"
#include "model/config_reader.h"

namespace laurel {

namespace {

// Keys that do not change what an adapter computes once it is trained.
constexpr std::array kWithoutEffect{
    "auto_mapping",   "inference_mode",    "peft_version",  "lora_dropout",       "megatron_config",
    "megatron_core",  "loftq_config",      "eva_config",    "corda_config",       "lora_ga_config",
    "runtime_config", "qalora_group_size", "velora_config", "ensure_weight_tying"};
constexpr std::array kRead{"peft_type",
                           "task_type",
                           "base_model_name_or_path",
                           "revision",
                           "r",
                           "lora_alpha",
                           "use_rslora",
                           "rank_pattern",
                           "alpha_pattern",
                           "target_modules",
                           "exclude_modules",
                           "modules_to_save",
                           "layers_to_transform",
                           "layers_pattern",
                           "fan_in_fan_out",
                           "bias",
                           "init_lora_weights"};

// Methods without a change of weights that could be merged.
constexpr std::array kPrompts{"PROMPT_TUNING", "MULTITASK_PROMPT_TUNING", "P_TUNING",
                              "PREFIX_TUNING", "ADAPTION_PROMPT",         "CPT"};

// Starts after which the base is as it was. PiSSA and others subtract from it.
constexpr std::array kPlainStarts{"gaussian", "eva", "orthogonal"};

bool is_empty(const Json& value) {
  return value.is_null() || value == false || value == "" ||
         (value.is_structured() && value.empty());
}

template <class List, class Value>
bool holds(const List& list, const Value& value) {
  return std::ranges::any_of(list, [&](const auto& each) { return each == value; });
}

[[noreturn]] void refuse_method(const ConfigReader& config, std::string_view key,
                                const std::string& expected, const std::string& task_type) {
  config.refuse(key, str(expected, "; ", merge_advice(task_type)));
}

// A string or a list of strings.
std::vector<std::string> names_of(const ConfigReader& config, std::string_view key) {
  const Json* const value = config.find(key);
  if (!value) return {};
  if (value->is_string()) return {value->get<std::string>()};
  const auto is_text = [](const Json& name) { return name.is_string(); };
  config.check(value->is_array() && std::ranges::all_of(*value, is_text), key,
               "a name or a list of names");
  return value->get<std::vector<std::string>>();
}

ModuleNames modules_of(const ConfigReader& config, std::string_view key) {
  const Json* const value = config.find(key);
  if (!value || !value->is_string()) return {.pattern = {}, .list = names_of(config, key)};
  return {.pattern = NamePattern(value->get<std::string>(), str(config.where(), ": ", key)),
          .list = {}};
}

template <class Number>
std::vector<std::pair<NamePattern, Number>> patterns_of(const ConfigReader& config,
                                                        std::string_view key) {
  std::vector<std::pair<NamePattern, Number>> out;
  const Json* const value = config.find(key);
  if (!value) return out;
  const auto fits = [](const Json& number) {
    if constexpr (std::is_integral_v<Number>) {
      return number.is_number_integer() && number >= 1 && number <= (1 << 20);
    } else {
      return number.is_number();
    }
  };
  config.check(value->is_object() && value->size() <= 10'000 && std::ranges::all_of(*value, fits),
               key, "an object of numbers by the names of modules");
  for (const auto& [pattern, number] : value->items()) {
    out.emplace_back(NamePattern(pattern, str(config.where(), ": ", key)),
                     number.template get<Number>());
  }
  return out;
}

std::optional<std::vector<int64_t>> layers_of(const ConfigReader& config) {
  const Json* const value = config.find("layers_to_transform");
  if (!value || (value->is_array() && value->empty())) return std::nullopt;
  const Json list = value->is_array() ? *value : Json::array({*value});
  const auto fits = [](const Json& layer) {
    return layer.is_number_integer() && layer >= 0 && layer < (1 << 20);
  };
  config.check(std::ranges::all_of(list, fits), "layers_to_transform", "numbers of layers");
  return list.get<std::vector<int64_t>>();
}

void check_type(const ConfigReader& config, const std::string& task_type) {
  const std::string type = config.text("peft_type");
  if (type == "LORA") return;
  if (holds(kPrompts, type)) {
    config.refuse("peft_type",
                  "\"LORA\": prompts cannot be merged into weights; train a LoRA adapter, or the "
                  "whole model");
  }
  refuse_method(config, "peft_type", "\"LORA\"", task_type);
}

void check_variant(const ConfigReader& config, const Json& json, const std::string& task_type) {
  for (const auto& [key, value] : json.items()) {
    if (is_empty(value) || holds(kWithoutEffect, key) || holds(kRead, key)) continue;
    if (key == "use_dora") refuse_method(config, key, "false: DoRA is not read", task_type);
    refuse_method(config, key, "plain LoRA, without this option", task_type);
  }
  if (config.find("fan_in_fan_out")) {
    if (config.boolean("fan_in_fan_out")) {
      refuse_method(config, "fan_in_fan_out", "false, as for all families here", task_type);
    }
  }
  const std::string bias = config.text("bias", "none");
  config.check(bias == "none" || bias == "all" || bias == "lora_only", "bias",
               "\"none\", \"all\" or \"lora_only\"");
  const Json* const start = config.find("init_lora_weights");
  if (!start || start->is_boolean()) return;
  if (!start->is_string() || !holds(kPlainStarts, start->get<std::string>())) {
    refuse_method(config, "init_lora_weights", "a start that leaves the base as it is", task_type);
  }
}

// The number behind the first "LIST." of the name, for a list that `patterns` name, or any.
std::optional<int64_t> layer_of(std::string_view name, const std::vector<std::string>& patterns) {
  size_t begin = 0;
  std::string_view before;
  while (begin < name.size()) {
    const size_t end = std::min(name.find('.', begin), name.size());
    const std::string_view part = name.substr(begin, end - begin);
    int64_t number = 0;
    const auto [rest, problem] = std::from_chars(part.data(), part.data() + part.size(), number);
    const bool is_number = problem == std::errc() && rest == part.data() + part.size();
    // Without patterns PEFT wants a name before the list too: "model.layers.3."
    const bool fits = patterns.empty() ? begin > before.size() + 1 : holds(patterns, before);
    if (is_number && number >= 0 && end < name.size() && fits) return number;
    before = part;
    begin = end + 1;
  }
  return std::nullopt;
}

}  // namespace

std::string merge_advice(const std::string& task_type) {
  return str("merge it into its base once in Python: ",
             task_type == "SEQ_CLS" ? "AutoPeftModelForSequenceClassification.from_pretrained("
                                      "FOLDER, num_labels=1)"
                                    : "AutoPeftModelForCausalLM.from_pretrained(FOLDER)",
             ".merge_and_unload().save_pretrained(NEW_FOLDER), and save the tokenizer there too");
}

bool ModuleNames::contains(std::string_view name) const {
  if (pattern) return pattern->matches(name);
  return std::ranges::any_of(
      list, [&](const std::string& end) { return name == end || name.ends_with("." + end); });
}

bool PeftConfig::selects(std::string_view name) const {
  if (excluded.contains(name)) return false;
  const std::string dotted = str(".", name, ".");
  const auto is_in = [&](const std::string& part) {
    return dotted.find(str(".", part, ".")) != std::string::npos;
  };
  if (std::ranges::any_of(saved_whole, is_in)) return false;
  if (all_linear) return true;
  if (!targets.contains(name)) return false;
  // A pattern, or a whole name, chooses layers by itself.
  if (targets.pattern || !layers || holds(targets.list, name)) return true;
  const std::optional<int64_t> layer = layer_of(name, layers_pattern);
  return layer && holds(*layers, *layer);
}

int64_t PeftConfig::rank_of(std::string_view name) const {
  for (const auto& [pattern, value] : rank_pattern) {
    if (pattern.matches_end(name)) return value;
  }
  return rank;
}

double PeftConfig::scaling_of(std::string_view name) const {
  double own = alpha;
  for (const auto& [pattern, value] : alpha_pattern) {
    if (!pattern.matches_end(name)) continue;
    own = value;
    break;
  }
  const auto r = static_cast<double>(rank_of(name));
  return rank_stabilised ? own / std::sqrt(r) : own / r;
}

PeftConfig peft_config(const Json& json, const std::string& where) {
  const ConfigReader config(json, where);
  PeftConfig out;
  out.file = where;
  out.task_type = config.text("task_type", "");
  check_type(config, out.task_type);
  check_variant(config, json, out.task_type);
  out.base = config.text("base_model_name_or_path", "");
  out.revision = config.text("revision", "");
  if (out.revision == "main") out.revision.clear();
  out.rank = config.integer("r", out.rank);
  config.check(out.rank >= 1 && out.rank <= (1 << 20), "r", "a rank of at least 1");
  out.alpha = config.number("lora_alpha", out.alpha);
  out.rank_stabilised = config.boolean("use_rslora", false);
  out.rank_pattern = patterns_of<int64_t>(config, "rank_pattern");
  out.alpha_pattern = patterns_of<double>(config, "alpha_pattern");
  const Json* const targets = config.find("target_modules");
  config.check(targets != nullptr, "target_modules", "names of modules");
  std::string word = targets->is_string() ? targets->get<std::string>() : "";
  std::ranges::transform(word, word.begin(), [](unsigned char c) { return std::tolower(c); });
  out.all_linear = word == "all-linear";
  if (!out.all_linear) out.targets = modules_of(config, "target_modules");
  out.excluded = modules_of(config, "exclude_modules");
  out.saved_whole = names_of(config, "modules_to_save");
  out.layers = layers_of(config);
  out.layers_pattern = names_of(config, "layers_pattern");
  return out;
}

PeftConfig read_peft_config(const std::filesystem::path& folder) {
  const std::string file = (folder / kAdapterConfig).string();
  return peft_config(parse_json(read_file(file), file, ErrorKind::model), file);
}

}  // namespace laurel
