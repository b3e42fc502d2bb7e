// Safetensors files: headers checked, tensors copied into memory, deterministic bytes written.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/file_stamp.h"

namespace laurel {

struct TensorInfo {
  std::string name, dtype;     // dtype as the format spells it: "F32", "BF16", ...
  std::vector<int64_t> shape;  // row-major
  uint64_t begin, end;         // bytes of the file
};

// "[2, 3]", for messages.
std::string shape_text(const std::vector<int64_t>& shape);

// One file with its header checked: the Rust crate's rules, and our caps.
class SafetensorsFile {
 public:
  // Throws Error (of `kind`) that starts with the path.
  explicit SafetensorsFile(const std::filesystem::path& path, ErrorKind kind = ErrorKind::model);

  const std::filesystem::path& path() const { return path_; }
  const std::vector<TensorInfo>& tensors() const { return tensors_; }  // in the order of the file
  const TensorInfo* find(std::string_view name) const;

  // Fills `destination` (contiguous, the tensor's shape): a floating one from F64, F32, F16 or
  // BF16, converted; kShort and kByte from I16 and U8. Throws Error for other dtypes, a file that
  // changed since it was opened, and values that are not finite.
  void read(const TensorInfo& tensor, const at::Tensor& destination) const;

 private:
  std::filesystem::path path_;
  ErrorKind kind_;
  FileStamp stamp_;
  std::vector<TensorInfo> tensors_;
  std::map<std::string, size_t, std::less<>> by_name_;
};

// The tensors of a folder: model.safetensors, or the files in model.safetensors.index.json.
class ShardedSafetensors {
 public:
  // Symlinks are followed; names in the index must be plain. Throws Error (model) that names what
  // is wrong, and for folders that hold pickle files only, says how to convert them.
  explicit ShardedSafetensors(const std::filesystem::path& folder);

  std::vector<std::string> names() const;            // sorted
  std::vector<std::filesystem::path> files() const;  // that hold them
  const TensorInfo* find(std::string_view name) const;
  void read(std::string_view name, const at::Tensor& destination) const;

 private:
  void add_shards(const std::filesystem::path& index);
  std::vector<SafetensorsFile> files_;
  std::map<std::string, size_t, std::less<>> file_of_;
};

// One tensor to be written. `values` is called when it is written, so that few are in memory.
struct TensorToWrite {
  std::string name;
  std::vector<int64_t> shape;
  at::ScalarType dtype;  // F64, F32, F16, BF16, I16 or U8; values are converted to it
  std::function<at::Tensor()> values;
};

// The bytes depend on names, dtypes and values alone: widest dtype first, then by name. Throws
// Error (checkpoint) if the disk refuses or is too small, and for values that are not finite in the
// new dtype, by name.
void write_safetensors(const std::filesystem::path& file, std::vector<TensorToWrite> tensors);

// model.safetensors, or if that were longer than `shard_bytes`, model-00001-of-0000N.safetensors
// and the index.
void write_sharded_safetensors(const std::filesystem::path& folder,
                               std::vector<TensorToWrite> tensors,
                               uint64_t shard_bytes = 5'000'000'000);

}  // namespace laurel
