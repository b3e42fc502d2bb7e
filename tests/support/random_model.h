// Small random models, every weight random, and random tokens.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/reward_model.h"
#include "model/trained_parts.h"

namespace laurel {

// "llama", "mistral" (window 3), "qwen2" (window 3 in the second of two layers), "qwen3"; width 12,
// 4 heads of 6 (not 12 / 4), 2 key/value heads, vocabulary 31.
LlamaConfig small_config(const std::string& model_type);

// "gemma", "gemma2" (window 3 in the first of two layers, soft cap, biases), "gemma3_text" (window
// 3 in the first layer, another rope in each): likewise.
GemmaConfig small_gemma(const std::string& model_type);

// "bert", "roberta" (pad 30), "modernbert" (a window of 3 in the second of two layers, biases of
// norms, reads the first token): width 12, 2 heads, vocabulary 31.
Backbone small_encoder(const std::string& model_type);

// Any of them.
Backbone small_backbone(const std::string& model_type);

// Matrices normal with deviation 1/sqrt(inputs) times 1.5, norms that scale by about 1, biases
// normal.
RewardModel random_model(const Backbone& backbone, int64_t columns = 1,
                         at::ScalarType type = at::kDouble, uint64_t seed = 1);
RewardModel random_model(const LlamaConfig& config, int64_t columns = 1,
                         at::ScalarType type = at::kDouble, uint64_t seed = 1);

// The same with adapters, A and B random; the backbone has no gradient.
RewardModel random_model_with_adapters(const Backbone& backbone, const LoraOptions& options,
                                       at::ScalarType type = at::kDouble);

// The same model, with what it drops.
RewardModel with_dropout(RewardModel model, const DropoutOptions& dropout,
                         Recompute recompute = Recompute::none);

const LlamaConfig& config_of(const RewardModel& model);

std::vector<int32_t> random_ids(int64_t length, int64_t vocab_size, uint64_t seed);

}  // namespace laurel
