// The small files of an export: config.json, tokenizer files, model card.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/load.h"
#include "checkpoint/outputs.h"

namespace laurel {

struct ClassifierConfig {
  Backbone backbone;
  int32_t pad_id;
  std::vector<std::string> labels;  // none: one label without a name
  at::ScalarType dtype;
};

// config.json as a classifier's. Everything else keeps its bytes, except that the
// keys that only older versions of transformers read join those of transformers 5.
std::string export_config(const std::string& text, const ClassifierConfig& classifier);

// Copies the tokenizer's files byte for byte, except where they name another pad token, or the
// class that only transformers 5 has.
void copy_tokenizer(const ModelAssets& from, const std::filesystem::path& to, const PadToken& pad);

// Makes the files of both and drops them: what is wrong with a model's small files is said before
// any work is done, not at the first save. Throws Error (model) that names the file.
void check_export_files(const ModelFolder& model, const PadToken& pad);

// README.md: what a program that knows transformers alone sees, and how to score with it.
struct CardOptions {
  std::string precision = {};  // what a narrower type does to the rewards; may be empty
  bool auto_tokenizer = true;  // TextProcessor::auto_tokenizer
  PoolingRule pooling = PoolingRule::last;
  TextRule texts = TextRule::chat;  // where there is no reward_config.json that says it
  bool other_head = false;          // of an adapter: the base has a head of another number of rows
};
std::string model_card(const Outputs& outputs, const CardOptions& options = {});

// The same of an adapter: its base by its name, and how PEFT loads both.
std::string adapter_card(const Outputs& outputs, const std::string& base,
                         const CardOptions& options = {});

}  // namespace laurel
