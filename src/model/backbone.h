// The one door to a backbone: a closed list of families, and what all other files ask of them.
//
// To add a family:
//   1. families/NAME/: config.h reads its config.json, layout.h names its tensors in flat
//      parameters, block.h computes its block forward and backward, NAME.h has the struct with the
//      members that families/llama/llama.h has.
//   2. One line in the list below, and the new files in CMakeLists.txt.
//   3. A tiny model in scripts/make_golden.py (encoders: make_golden_encoders.py) with its golden
//      rewards and gradients, and rows of what must not be left out in the tables of mutations,
//      tests/golden/mutation_test.cpp and encoder_mutation_test.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/json.h"
#include "model/backbone_info.h"
#include "model/families/bert/bert.h"
#include "model/families/gemma/gemma.h"
#include "model/families/llama/llama.h"
#include "model/families/modernbert/modernbert.h"
#include "model/memory_shape.h"
#include "model/parameters.h"
#include "model/recompute.h"

namespace laurel {

using Backbone = std::variant<  //
    Llama,                      // Llama, Mistral, Qwen2, Qwen3
    Gemma,                      // Gemma, Gemma 2, Gemma 3 text
    Bert,                       // BERT, RoBERTa, XLM-RoBERTa
    ModernBert                  // ModernBERT
    >;

// From a Hugging Face config.json; `where` names the file in messages. Throws Error (model), naming
// the key, for a model_type that no family has, and for what its family cannot compute exactly.
Backbone read_backbone(const Json& config, const std::string& where);

// The config.json that the text part of a folder would have alone, where the folder's `config` is
// that of a model of more than text (Gemma 3 with images) whose text a family computes. Throws
// Error (model) where it has no such part.
std::optional<Json> text_part_of(const Json& config, const std::string& where);

BackboneInfo backbone_info(const Backbone& backbone);

// The tensors under the names of transformers' classifier: block 0 the embeddings, blocks 1 ..
// layers the layers, whose matrices are linear maps, then what comes after them.
Layout backbone_layout(const Backbone& backbone);

// Tensors that other programs store beside a backbone and that nothing here needs.
bool is_ignored_tensor(const Backbone& backbone, std::string_view name);

// What older programs call a tensor of this name; nullopt where nobody did.
std::optional<std::string> older_tensor_name(const Backbone& backbone, std::string_view name);

// Keys that an exported config.json must have and the loaded one, `config`, has not.
std::vector<std::pair<std::string, Json>> export_keys(const Backbone& backbone, const Json& config,
                                                      const std::string& where);

ActivationBytes activation_bytes(const Backbone& backbone, const MemoryShape& shape,
                                 Recompute recompute);

}  // namespace laurel
