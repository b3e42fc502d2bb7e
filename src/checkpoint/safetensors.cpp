// Reading one safetensors file: header checks first, then tensors by pread, so that a file that
// shrinks is an Error and not a signal.
#include "checkpoint/safetensors.h"

#include <ATen/ATen.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>

#include "core/json.h"
#include "core/str.h"
#include "laurel_rust.h"
#include "ops/all_finite.h"

namespace laurel {

static_assert(std::endian::native == std::endian::little, "safetensors are little-endian");

namespace {

constexpr uint64_t kHeaderCap = 16 << 20;  // the format allows 100 MB; 16 MiB hold 100,000 tensors
constexpr size_t kNameCap = 1024, kRankCap = 8;
constexpr int64_t kSizeCap = int64_t{1} << 40;
constexpr int64_t kConvertedAtOnce = 4 << 20;  // elements converted at a time

class InputFile {
 public:
  InputFile(const std::filesystem::path& path, ErrorKind kind) : path_(path), kind_(kind) {
    file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // a pipe must not block
    if (file_ < 0) {
      const int reason = errno;
      if (reason == ENOENT) throw Error{kind, str(path, ": no such file")};
      throw Error{kind, str(path, ": cannot be read: ", std::strerror(reason))};
    }
    const std::optional<FileStamp> stamp = stamp_of(file_);
    if (!stamp) {
      close();
      std::error_code ignored;
      const bool folder = std::filesystem::is_directory(path, ignored);
      throw Error{kind, str(path, ": found ", folder ? "a folder" : "something that is not a file",
                            ", expected a file")};
    }
    stamp_ = *stamp;
  }
  InputFile(const InputFile&) = delete;
  ~InputFile() { close(); }

  uint64_t size() const { return stamp_.size; }
  const FileStamp& stamp() const { return stamp_; }

  void read(void* to, uint64_t bytes, uint64_t at) const {
    auto* next = static_cast<char*>(to);
    while (bytes > 0) {
      const ssize_t got = ::pread(file_, next, bytes, static_cast<off_t>(at));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) {
        const std::string reason = got == 0 ? "it became shorter" : std::strerror(errno);
        throw Error{kind_, str(path_, ": cannot be read: ", reason)};
      }
      next += got;
      at += static_cast<uint64_t>(got);
      bytes -= static_cast<uint64_t>(got);
    }
  }

 private:
  void close() {
    if (file_ >= 0) ::close(file_);
    file_ = -1;
  }
  std::filesystem::path path_;
  ErrorKind kind_;
  int file_ = -1;
  FileStamp stamp_;
};

// The file's first 8 + N bytes; N is checked against the file and a cap before any allocation.
std::string read_header(const InputFile& file, const std::string& where, ErrorKind kind) {
  if (file.size() < 8) {
    throw Error{kind, str(where, ": found ", file.size(), " bytes, expected a safetensors file")};
  }
  uint64_t length = 0;
  file.read(&length, 8, 0);
  if (length > file.size() - 8) {
    throw Error{kind, str(where, ": found ", file.size(), " bytes, expected a header of ", length,
                          " bytes after the first 8: not a safetensors file, or cut short")};
  }
  if (length > kHeaderCap) {
    throw Error{
        kind, str(where, ": found a header of ", length, " bytes, expected at most ", kHeaderCap)};
  }
  std::string header(8 + length, '\0');
  file.read(header.data(), header.size(), 0);
  return header;
}

void check_tensor(const TensorInfo& tensor, const std::string& where, ErrorKind kind) {
  const auto control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  if (tensor.name.size() > kNameCap || std::ranges::any_of(tensor.name, control)) {
    throw Error{kind, str(where, ": found a tensor name of ", tensor.name.size(),
                          " bytes, expected at most ", kNameCap, " without control characters")};
  }
  if (tensor.shape.size() > kRankCap ||
      std::ranges::any_of(tensor.shape, [](int64_t n) { return n > kSizeCap; })) {
    throw Error{kind,
                str(where, ": tensor ", tensor.name, ": found the shape ", shape_text(tensor.shape),
                    ", expected at most ", kRankCap, " dimensions of at most ", kSizeCap)};
  }
}

// The type of the file's values, which fit into a destination of type `into`.
at::ScalarType scalar_type(const TensorInfo& tensor, at::ScalarType into, const std::string& where,
                           ErrorKind kind) {
  if (!at::isFloatingType(into)) {
    const char* const expected = into == at::kShort ? "I16" : "U8";
    if (tensor.dtype == expected) return into;
    throw Error{kind, str(where, ": tensor ", tensor.name, ": found the dtype ", tensor.dtype,
                          ", expected ", expected)};
  }
  if (tensor.dtype == "F32") return at::kFloat;
  if (tensor.dtype == "BF16") return at::kBFloat16;
  if (tensor.dtype == "F16") return at::kHalf;
  if (tensor.dtype == "F64") return at::kDouble;
  throw Error{kind, str(where, ": tensor ", tensor.name, ": found the dtype ", tensor.dtype,
                        ", expected F32, BF16, F16 or F64; quantized models are not supported")};
}

}  // namespace

std::string shape_text(const std::vector<int64_t>& shape) {
  std::string out = "[";
  for (size_t i = 0; i < shape.size(); ++i) out += str(i == 0 ? "" : ", ", shape[i]);
  return out + "]";
}

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path, ErrorKind kind)
    : path_(path), kind_(kind) {
  const std::string where = path.string();
  const InputFile file(path, kind);
  stamp_ = file.stamp();
  const std::string header = read_header(file, where, kind);
  laurel_bytes checked{};
  if (char* message =
          laurel_safetensors_check(header.data(), header.size(), stamp_.size, &checked)) {
    const Error error{kind, str(where, ": not a valid safetensors file: ", message)};
    laurel_message_free(message);
    throw error;
  }
  const std::string json(checked.data, checked.size);
  laurel_bytes_free(checked);
  const Json described = Json::parse(json);
  for (const Json& entry : described.at("tensors")) {
    TensorInfo tensor{entry.at("name"), entry.at("dtype"), entry.at("shape"), entry.at("begin"),
                      entry.at("end")};
    check_tensor(tensor, where, kind);
    by_name_.emplace(tensor.name, tensors_.size());
    tensors_.push_back(std::move(tensor));
  }
}

const TensorInfo* SafetensorsFile::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &tensors_[found->second];
}

void SafetensorsFile::read(const TensorInfo& tensor, const at::Tensor& destination) const {
  TORCH_INTERNAL_ASSERT(destination.is_contiguous() && destination.sizes() == tensor.shape);
  const std::string where = path_.string();
  const at::ScalarType type = scalar_type(tensor, destination.scalar_type(), where, kind_);
  const auto width = static_cast<int64_t>(c10::elementSize(type));
  const InputFile file(path_, kind_);
  if (file.stamp() != stamp_) throw Error{kind_, str(where, ": changed while it was being read")};

  const at::Tensor flat = destination.view({-1});
  at::Tensor buffer;
  if (type != flat.scalar_type())
    buffer = at::empty({std::min(kConvertedAtOnce, flat.numel())}, type);
  for (int64_t done = 0; done < flat.numel(); done += kConvertedAtOnce) {
    const int64_t count = std::min(kConvertedAtOnce, flat.numel() - done);
    const at::Tensor target = flat.narrow(0, done, count);
    const at::Tensor bytes = buffer.defined() ? buffer.narrow(0, 0, count) : target;
    file.read(bytes.data_ptr(), static_cast<uint64_t>(count * width),
              tensor.begin + static_cast<uint64_t>(done * width));
    if (buffer.defined()) target.copy_(bytes);
    if (at::isFloatingType(type) && !all_finite(target)) {
      throw Error{kind_, str(where, ": tensor ", tensor.name,
                             ": found a value that is not finite, expected numbers")};
    }
  }
}

}  // namespace laurel
