// A LoRA adapter's tensors, and the weights of its base with the adapter merged into them.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "checkpoint/peft_config.h"
#include "checkpoint/safetensors.h"

namespace laurel {

// A tensor of the base that an adapter may change.
struct AdapterTarget {
  std::string name;    // as in a classifier: "model.layers.0.self_attn.q_proj.weight"
  std::string source;  // as in the base's files, which may lack the first part
  std::vector<int64_t> shape;
  bool linear;  // a matrix that is no embedding
};

// What an adapter is read against.
struct AdapterBase {
  std::string folder;                  // for messages
  std::string prefix;                  // of the backbone's names: "model."
  std::vector<AdapterTarget> targets;  // in the order of the layout
  std::vector<std::string> unused;     // modules that classifiers leave out: "lm_head"
  std::vector<std::string> head = {};  // tensors of the classifier's head
};

class PeftAdapter {
 public:
  // Reads the header of adapter_model.safetensors. Throws Error (model) that names the tensor, or
  // the target: of adapter_model.bin alone; A and B of another base (shapes) or rank; an adapter on
  // an embedding or the head; targets that match nothing; adapters that the config asks for and the
  // file lacks, or the file has and the config does not ask for; names that PEFT's files do not have.
  PeftAdapter(const std::filesystem::path& folder, const PeftConfig& config,
              const AdapterBase& base);
  PeftAdapter(PeftAdapter&&) = default;

  // Tensors that replace those of the base, or that it has not, the head's above all: by the name in
  // the base's files. nullptr where there is none.
  const TensorInfo* replacement(std::string_view source) const;
  std::vector<std::string> replacements() const;

  void read_replacement(std::string_view source, const at::Tensor& values) const;

  bool adapts(std::string_view source) const { return updates_.contains(source); }
  // In place on W, in fp32 or fp64: W + scale B A.
  void merge(std::string_view source, const at::Tensor& values) const;

  std::vector<std::filesystem::path> files() const;  // that the merged weights depend on

  // "LoRA of rank 16 on 28 linear maps, and score.weight whole"
  std::string text() const;

  // modules_to_save names the head, and the file has none: it was lost when the adapter was saved.
  bool lacks_head() const { return lacks_head_; }

  // Modules whose adapters are not used here: "lm_head".
  const std::vector<std::string>& unused() const { return unused_; }

 private:
  struct Update {
    const TensorInfo *a = nullptr, *b = nullptr;  // (r, in) and (out, r)
    double scale = 0;
  };

  void add(const TensorInfo& tensor, const AdapterBase& base);
  void add_update(const TensorInfo& tensor, const std::string& module, bool is_a,
                  const AdapterBase& base);
  void check_updates(const PeftConfig& config, const AdapterBase& base);
  void check_targets(const PeftConfig& config, const AdapterBase& base) const;
  void check_whole_modules(const PeftConfig& config, const AdapterBase& base);
  void check_no_part_is_missing(const PeftConfig& config, const AdapterBase& base) const;
  [[noreturn]] void refuse(const std::string& what) const;

  std::filesystem::path folder_;
  std::string task_type_;
  SafetensorsFile file_;
  bool bare_ = false;  // modules are named without the backbone's prefix
  bool lacks_head_ = false;
  std::map<std::string, Update, std::less<>> updates_;                  // by source
  std::map<std::string, const TensorInfo*, std::less<>> replacements_;  // by source
  std::vector<std::string> unused_;
};

}  // namespace laurel
