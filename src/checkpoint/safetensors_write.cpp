// Writes safetensors: the header, then one tensor after the other, flushed and renamed.
#include <ATen/ATen.h>
#include <sys/statvfs.h>

#include <algorithm>

#include "checkpoint/safetensors.h"
#include "core/files.h"
#include "core/json.h"
#include "core/str.h"
#include "ops/all_finite.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

struct Dtype {
  const char* name;
  uint64_t width;
};

Dtype dtype_of(at::ScalarType type) {
  if (type == at::kDouble) return {"F64", 8};
  if (type == at::kFloat) return {"F32", 4};
  if (type == at::kHalf) return {"F16", 2};
  if (type == at::kBFloat16) return {"BF16", 2};
  if (type == at::kShort) return {"I16", 2};
  TORCH_INTERNAL_ASSERT(type == at::kByte);
  return {"U8", 1};
}

uint64_t bytes_of(const TensorToWrite& tensor) {
  uint64_t bytes = dtype_of(tensor.dtype).width;
  for (const int64_t n : tensor.shape) bytes *= static_cast<uint64_t>(n);
  return bytes;
}

// Padded with spaces so that the tensors begin at a multiple of 8.
std::string header_of(const std::vector<TensorToWrite>& tensors) {
  Json json = {{"__metadata__", {{"format", "pt"}}}};
  uint64_t at = 0;
  for (const TensorToWrite& tensor : tensors) {
    const uint64_t end = at + bytes_of(tensor);
    TORCH_INTERNAL_ASSERT(!json.contains(tensor.name));
    json[tensor.name] = {{"dtype", dtype_of(tensor.dtype).name},
                         {"shape", tensor.shape},
                         {"data_offsets", {at, end}}};
    at = end;
  }
  std::string header = json.dump();
  header.resize((header.size() + 7) / 8 * 8, ' ');
  return header;
}

at::Tensor values_of(const TensorToWrite& tensor, const fs::path& file) {
  const at::Tensor given = tensor.values();
  TORCH_INTERNAL_ASSERT(given.sizes() == tensor.shape);
  const at::Tensor values = given.to(at::kCPU, tensor.dtype).contiguous();
  if (at::isFloatingType(tensor.dtype) && !all_finite(values)) {
    throw Error{
        ErrorKind::checkpoint,
        str(file, ": tensor ", tensor.name, ": found a value that is not finite in ",
            dtype_of(tensor.dtype).name,
            tensor.dtype == at::kHalf ? "; choose bf16 or fp32, whose range is larger" : "")};
  }
  return values;
}

void check_space(const fs::path& file, uint64_t bytes) {
  struct statvfs disk {};
  if (::statvfs(file.parent_path().c_str(), &disk) != 0)
    return;  // the write will say what is wrong
  const uint64_t free = uint64_t{disk.f_bavail} * disk.f_frsize;
  if (bytes > free) {
    throw Error{ErrorKind::checkpoint,
                str(file, ": needs ", bytes, " bytes, but its disk has only ", free, " free")};
  }
}

}  // namespace

void write_safetensors(const fs::path& file, std::vector<TensorToWrite> tensors) {
  std::ranges::sort(tensors, [](const TensorToWrite& a, const TensorToWrite& b) {
    const uint64_t width_a = dtype_of(a.dtype).width, width_b = dtype_of(b.dtype).width;
    return std::tie(width_b, a.dtype, a.name) < std::tie(width_a, b.dtype, b.name);
  });
  const std::string header = header_of(tensors);
  uint64_t total = 8 + header.size();
  for (const TensorToWrite& tensor : tensors) total += bytes_of(tensor);
  check_space(file, total);

  AtomicFile out(file);
  const uint64_t length = header.size();
  out.write({reinterpret_cast<const char*>(&length), 8});
  out.write(header);
  for (const TensorToWrite& tensor : tensors) {
    const at::Tensor values = values_of(tensor, file);
    out.write({static_cast<const char*>(values.const_data_ptr()), bytes_of(tensor)});
  }
  out.finish();
}

void write_sharded_safetensors(const fs::path& folder, std::vector<TensorToWrite> tensors,
                               uint64_t shard_bytes) {
  std::ranges::sort(tensors, {}, &TensorToWrite::name);
  std::vector<std::vector<TensorToWrite>> shards(1);
  uint64_t filled = 0, total = 0, parameters = 0;
  for (TensorToWrite& tensor : tensors) {
    const uint64_t bytes = bytes_of(tensor);
    if (filled > 0 && filled + bytes > shard_bytes) {
      shards.emplace_back();
      filled = 0;
    }
    filled += bytes;
    total += bytes;
    parameters += bytes / dtype_of(tensor.dtype).width;
    shards.back().push_back(std::move(tensor));
  }
  if (shards.size() == 1) return write_safetensors(folder / "model.safetensors", shards[0]);

  const auto five = [](size_t n) { return str(n + 100'000).substr(1); };
  Json map = Json::object();
  for (size_t i = 0; i < shards.size(); ++i) {
    const std::string name =
        str("model-", five(i + 1), "-of-", five(shards.size()), ".safetensors");
    for (const TensorToWrite& tensor : shards[i]) map[tensor.name] = name;
    write_safetensors(folder / name, std::move(shards[i]));
  }
  const Json metadata = {{"total_size", total}, {"total_parameters", parameters}};
  write_file(folder / "model.safetensors.index.json",
             Json{{"metadata", metadata}, {"weight_map", map}}.dump(2) + "\n");
}

}  // namespace laurel
