// The tensors of a model as it is used: of its files, or of a base with an adapter merged into it.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "checkpoint/model_source.h"
#include "checkpoint/peft_adapter.h"
#include "checkpoint/safetensors.h"
#include "model/backbone.h"

namespace laurel {

class ModelTensors {
 public:
  explicit ModelTensors(ShardedSafetensors files) : files_(std::move(files)) {}
  ModelTensors(ShardedSafetensors base, PeftAdapter adapter)
      : files_(std::move(base)), adapter_(std::make_shared<PeftAdapter>(std::move(adapter))) {}

  const PeftAdapter* adapter() const { return adapter_.get(); }

  // As ShardedSafetensors, by the names in the base's files. A weight that an adapter changes is
  // read merged; one that the adapter has whole is the adapter's.
  std::vector<std::string> names() const;
  std::vector<std::filesystem::path> files() const;
  const TensorInfo* find(std::string_view name) const;
  // An adapter's own head has the bias that the adapter has: the base's is not its.
  bool has_head_bias(const HeadNames& head) const;
  void read(std::string_view name, const at::Tensor& destination) const;

 private:
  ShardedSafetensors files_;
  std::shared_ptr<const PeftAdapter> adapter_;  // none: a whole model
};

// The name in a model's files of a tensor of its backbone's layout. Layout names are the
// classifier's: its prefix and what a bare backbone's files hold, or what only a classifier has. The
// same with another prefix.
std::string name_in_files(const Backbone& backbone, const std::string& name,
                          const std::string& prefix);

// Reads the headers of all files. Throws Error (model) where they are not of this backbone's family,
// and where the adapter is not of this base.
struct OpenedTensors {
  ModelTensors tensors;
  std::string prefix;
  std::vector<std::string> notes;  // what was merged, to be printed once
};
OpenedTensors open_tensors(const ModelSource& source, const Backbone& backbone);

}  // namespace laurel
