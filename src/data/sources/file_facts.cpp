// Facts of files: adding them up, and the bytes that keep them.
#include "data/sources/file_facts.h"

#include <bit>
#include <concepts>
#include <type_traits>

#include "core/bytes.h"

namespace laurel {

namespace {

template <class T>
concept Number = std::integral<T> || std::is_enum_v<T>;

class FactsWriter {
 public:
  explicit FactsWriter(ByteWriter& to) : to_(to) {}

  void operator()(Number auto& value) { to_.value(static_cast<int64_t>(value)); }
  void operator()(double& value) { to_.value(std::bit_cast<uint64_t>(value)); }

  void operator()(std::string& text) { to_.text(text); }

  template <class T>
  void operator()(std::optional<T>& value) {
    to_.value(static_cast<uint8_t>(value.has_value()));
    if (value) (*this)(*value);
  }

  template <class K, class V>
  void operator()(std::map<K, V>& values) {
    to_.value(static_cast<uint64_t>(values.size()));
    for (auto& [key, value] : values) {
      K copy = key;
      (*this)(copy);
      (*this)(value);
    }
  }

  void operator()(std::set<std::string>& values) {
    to_.value(static_cast<uint64_t>(values.size()));
    for (const std::string& value : values) to_.text(value);
  }

  template <class T>
  void operator()(std::vector<T>& values) {
    to_.value(static_cast<uint64_t>(values.size()));
    for (T& value : values) (*this)(value);
  }

  template <class T>
    requires requires(T value, FactsWriter& visit) { value.fields(visit); }
  void operator()(T& value) {
    value.fields(*this);
  }

 private:
  ByteWriter& to_;
};

class FactsReader {
 public:
  explicit FactsReader(ByteReader& from) : from_(from) {}

  template <Number T>
  void operator()(T& value) {
    const auto found = from_.value<int64_t>();
    if constexpr (std::is_enum_v<T>) {
      sound_ = sound_ && found >= 0 && std::cmp_less(found, enum_names(T{}).size());
    }
    value = static_cast<T>(found);
  }

  void operator()(double& value) { value = std::bit_cast<double>(from_.value<uint64_t>()); }

  void operator()(std::string& text) { text = from_.text(); }

  template <class T>
  void operator()(std::optional<T>& value) {
    if (from_.value<uint8_t>() != 0) (*this)(value.emplace());
  }

  template <class K, class V>
  void operator()(std::map<K, V>& values) {
    for (auto left = from_.value<uint64_t>(); left > 0 && from_.ok(); --left) {
      K key{};
      (*this)(key);
      (*this)(values[key]);
    }
  }

  void operator()(std::set<std::string>& values) {
    for (auto left = from_.value<uint64_t>(); left > 0 && from_.ok(); --left) {
      values.insert(from_.text());
    }
  }

  template <class T>
  void operator()(std::vector<T>& values) {
    for (auto left = from_.value<uint64_t>(); left > 0 && from_.ok(); --left) {
      (*this)(values.emplace_back());
    }
  }

  template <class T>
    requires requires(T value, FactsReader& visit) { value.fields(visit); }
  void operator()(T& value) {
    value.fields(*this);
  }

  bool sound() const { return sound_ && from_.at_end(); }

 private:
  ByteReader& from_;
  bool sound_ = true;
};

template <class T>
void keep_first(std::optional<T>& first, const std::optional<T>& later) {
  if (!first) first = later;
}

}  // namespace

void FileFacts::add(const FileFacts& later) {
  rows += later.rows;
  if (!rule) chat_first = later.chat_first;
  keep_first(rule, later.rule);
  keep_first(string_at, later.string_at);
  keep_first(list_at, later.list_at);
  first.given.insert(later.first.given.begin(), later.first.given.end());
  keep_first(first.no_margin, later.first.no_margin);
  keep_first(first.tie, later.first.tie);
  keep_first(first.soft, later.first.soft);
  bad.add(later.bad);
  any_good |= later.any_good;
  rated |= later.rated;
  special_text.add(later.special_text);
  other_role.add(later.other_role);
  repeated_prompt.add(later.repeated_prompt);
  repeated_response.add(later.repeated_response);
  no_prompt.add(later.no_prompt);
  joined.add(later.joined);
  fields_left_out.add(later.fields_left_out);
  lengths.add(later.lengths);
  grouping.read += later.grouping.read;
  grouping.made += later.grouping.made;
  grouping.without += later.grouping.without;
  guards.add(later.guards);
  found_keys.insert(later.found_keys.begin(), later.found_keys.end());
  other_keys.insert(later.other_keys.begin(), later.other_keys.end());
}

std::string bytes_of(const FileFacts& facts) {
  ByteWriter bytes;
  FactsWriter writer(bytes);
  FileFacts copy = facts;
  copy.fields(writer);
  return bytes.bytes();
}

std::optional<FileFacts> facts_of(std::string_view bytes) {
  FileFacts facts;
  ByteReader from(bytes);
  FactsReader reader(from);
  facts.fields(reader);
  if (!reader.sound()) return std::nullopt;
  return facts;
}

}  // namespace laurel
