// A LoRA adapter on the tiny model, as PEFT writes it.
#pragma once

#include "core/files.h"
#include "tiny.h"

namespace laurel::test {

inline std::string adapter_key(const std::string& name) { return "base_model.model." + name; }

// Rank 2 on q_proj of the only layer, and the head whole.
inline Json tiny_adapter_config() {
  return {{"peft_type", "LORA"},
          {"task_type", "SEQ_CLS"},
          {"r", 2},
          {"lora_alpha", 4},
          {"lora_dropout", 0.05},
          {"base_model_name_or_path", "../base"},
          {"target_modules", Json::array({"q_proj"})},
          {"modules_to_save", Json::array({"classifier", "score"})},
          {"init_lora_weights", true},
          {"use_dora", false},
          {"peft_version", "0.21.2"},
          {"loftq_config", Json::object()},
          {"megatron_core", "megatron.core"},
          {"qalora_group_size", 16},
          {"revision", nullptr},
          {"fan_in_fan_out", false}};
}

inline Tensors tiny_adapter_tensors() {
  const std::string q = adapter_key("model.layers.0.self_attn.q_proj.");
  return {{q + "lora_A.weight", at::arange(16, at::kFloat).reshape({2, 8}) / 8 - 1},
          {q + "lora_B.weight", at::arange(16, at::kFloat).reshape({8, 2}) / 4 - 2},
          {adapter_key("score.weight"), at::arange(8, at::kFloat).reshape({1, 8})}};
}

inline void write_adapter(const std::filesystem::path& folder, const Json& config,
                          const Tensors& tensors) {
  std::filesystem::create_directories(folder);
  write_json(folder / "adapter_config.json", config);
  write_tensors(folder, tensors);
  std::filesystem::rename(folder / "model.safetensors", folder / "adapter_model.safetensors");
}

// ROOT/base, a causal model without a head, and ROOT/adapter on it.
inline std::filesystem::path write_tiny_adapter(const std::filesystem::path& root) {
  write_tiny_model(root / "base");
  Tensors base = tiny_tensors();
  base.erase("score.weight");
  base["lm_head.weight"] = at::ones({16, 8});
  write_tensors(root / "base", base);
  write_adapter(root / "adapter", tiny_adapter_config(), tiny_adapter_tensors());
  return root / "adapter";
}

}  // namespace laurel::test
