// adapter_config.json of PEFT: which modules of its base a LoRA adapter changes, and by how much.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "checkpoint/name_pattern.h"
#include "core/json.h"

namespace laurel {

inline constexpr const char* kAdapterConfig = "adapter_config.json";
inline constexpr const char* kAdapterTensors = "adapter_model.safetensors";

// Names of modules: a pattern of all of them, or a list that a name is in or ends in behind a dot.
struct ModuleNames {
  std::optional<NamePattern> pattern;
  std::vector<std::string> list;

  bool contains(std::string_view name) const;
};

// What PEFT 0.21 computes from the file. Names of modules are as in the base, without PEFT's own
// prefix: "model.layers.0.self_attn.q_proj".
struct PeftConfig {
  std::string file;       // for messages
  std::string base;       // a folder or a name of the Hub
  std::string revision;   // of the Hub's: a commit, or empty for what the cache has as main
  std::string task_type;  // "SEQ_CLS", "CAUSAL_LM", ...; empty: none
  int64_t rank = 8;
  double alpha = 8;
  bool rank_stabilised = false;  // use_rslora
  std::vector<std::pair<NamePattern, int64_t>> rank_pattern;
  std::vector<std::pair<NamePattern, double>> alpha_pattern;
  bool all_linear = false;
  ModuleNames targets, excluded;
  std::vector<std::string> saved_whole;        // modules_to_save
  std::optional<std::vector<int64_t>> layers;  // layers_to_transform
  std::vector<std::string> layers_pattern;

  // Whether the linear module of this name gets an adapter. The first pattern that fits a name
  // decides its rank and its alpha.
  bool selects(std::string_view name) const;
  int64_t rank_of(std::string_view name) const;
  // alpha / rank, or alpha / sqrt(rank) with use_rslora (2312.03732)
  double scaling_of(std::string_view name) const;
};

// How to merge the adapter with PEFT itself: what to do where laurel does not.
std::string merge_advice(const std::string& task_type);

// Throws Error (model) that names the key for other methods than LoRA (IA3, prompts, ...), for its
// variants that change the result (DoRA, PiSSA's and other starts that change the base, ...), and
// for keys that PEFT 0.21 does not have and that are not null, false or empty.
PeftConfig read_peft_config(const std::filesystem::path& folder);
PeftConfig peft_config(const Json& json, const std::string& where);

}  // namespace laurel
