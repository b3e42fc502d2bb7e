// The small files of an export: config.json, tokenizer files, model card.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <optional>
#include <string>

#include "checkpoint/load.h"

namespace laurel {

// config.json as a classifier's with one label. Everything else keeps its bytes, except that the
// rope keys of transformers 4 join those of transformers 5, which the former does not read.
std::string export_config(const std::string& text, const std::string& model_type, int32_t pad_id,
                          at::ScalarType dtype);

// Copies the tokenizer's files byte for byte, except where they name another pad token, or the
// class that only transformers 5 has.
void copy_tokenizer(const std::filesystem::path& from, const std::filesystem::path& to,
                    const PadToken& pad);

// README.md: how to score with the model in Python.
std::string model_card(const std::optional<RewardConfig>& config);

}  // namespace laurel
