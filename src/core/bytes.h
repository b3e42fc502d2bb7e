// Serialisation of plain values in this machine's byte order, for files that only this program
// reads.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace laurel {

// No padding, so that equal values have equal bytes.
template <class T>
concept Plain = std::has_unique_object_representations_v<T> || std::is_same_v<T, float>;

class ByteWriter {
 public:
  template <Plain T>
  void value(const T& value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof(T));
  }

  // Its size, then its elements.
  template <Plain T>
  void list(const std::vector<T>& values) {
    value(static_cast<uint64_t>(values.size()));
    bytes_.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
  }

  void text(std::string_view text) {
    value(static_cast<uint64_t>(text.size()));
    bytes_ += text;
  }

  void append(std::string_view bytes) { bytes_ += bytes; }

  void reserve(size_t bytes) { bytes_.reserve(bytes); }

  const std::string& bytes() const& { return bytes_; }
  std::string bytes() && { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Reads what a ByteWriter wrote, in the same order. Reading past the end gives zeros and empty
// lists, and ok() is false from then on. The bytes must outlive the reader.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : left_(bytes) {}
  explicit ByteReader(std::string&&) = delete;

  template <Plain T>
  T value() {
    T value{};
    const std::string_view taken = take(1, sizeof(T));
    if (ok_) std::memcpy(&value, taken.data(), sizeof(T));
    return value;
  }

  template <Plain T>
  std::vector<T> list() {
    std::vector<T> values;
    list(values);
    return values;
  }

  // In place of what `values` holds.
  template <Plain T>
  void list(std::vector<T>& values) {
    const auto size = value<uint64_t>();
    const std::string_view taken = take(size, sizeof(T));
    values.resize(ok_ ? size : 0);
    if (!values.empty()) std::memcpy(values.data(), taken.data(), taken.size());
  }

  std::string text() { return std::string(take(value<uint64_t>(), 1)); }

  bool ok() const { return ok_; }
  bool at_end() const { return ok_ && left_.empty(); }

 private:
  std::string_view take(uint64_t count, uint64_t size) {
    ok_ = ok_ && count <= left_.size() / size;
    if (!ok_) return {};
    const std::string_view taken = left_.substr(0, count * size);
    left_.remove_prefix(taken.size());
    return taken;
  }

  std::string_view left_;
  bool ok_ = true;
};

}  // namespace laurel
