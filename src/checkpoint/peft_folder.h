// Writes adapters as a folder of PEFT's: adapter_config.json, adapter_model.safetensors, tokenizer.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "checkpoint/export_files.h"
#include "checkpoint/load.h"
#include "checkpoint/outputs.h"
#include "checkpoint/safetensors.h"
#include "model/adapter.h"

namespace laurel {

// What the folder is made of, beside its base.
struct PeftFolder {
  const ModelFolder& base;  // a whole model: its names and sizes, and where it lies
  const AdapterSet& adapters;
  std::vector<TensorToWrite>
      whole;                 // trained whole, the head among them, by the classifier's names
  const ModelAssets& files;  // of the tokenizer
  const PadToken& pad;
  const Outputs& outputs;  // the rows of the head
  bool auto_tokenizer = true;
};

// Why PEFT could not load an adapter of this base; empty: it can.
std::string unfit_for_peft(const ModelFolder& base);

// Complete or not there at all. base_model_name_or_path is a Hub name and revision where the base
// lies in the Hub cache, else the absolute path of its folder. Throws Error (checkpoint) as
// TemporaryFolder, Error (model) where the base is itself an adapter: PEFT loads one on a whole
// model only.
void write_peft_folder(const std::filesystem::path& output, PeftFolder contents);

// The text of its adapter_config.json.
std::string adapter_config(const PeftFolder& contents);

}  // namespace laurel
