// Serialisation of groups: the writer and the reader walk the same fields.
#include "data/group_bytes.h"

#include <type_traits>
#include <utility>

namespace laurel {

namespace {

// fields() shows members to those who write and to those who read; writers do not change them.
template <class T>
T& to_visit(const T& value) {
  return const_cast<T&>(value);
}

// Numbers and lists of numbers as they are, lists of structs one by one, a label after its kind.
class FieldWriter {
 public:
  explicit FieldWriter(ByteWriter& to) : to_(to) {}

  template <Plain T>
  void operator()(const char*, const T& value) {
    to_.value(value);
  }

  template <class T>
  void operator()(const char*, std::vector<T>& values) {
    if constexpr (requires(T value) { value.fields(*this); }) {
      to_.value(static_cast<uint64_t>(values.size()));
      for (T& value : values) value.fields(*this);
    } else {
      to_.list(values);
    }
  }

  void operator()(const char*, Label& label) {
    to_.value(static_cast<uint8_t>(label.index()));
    if (auto* preferences = std::get_if<Preferences>(&label)) return (*this)("", *preferences);
    if (auto* ratings = std::get_if<Ratings>(&label)) return ratings->fields(*this);
    std::get<Ranking>(label).fields(*this);
  }

 private:
  ByteWriter& to_;
};

class FieldReader {
 public:
  explicit FieldReader(ByteReader& from) : from_(from) {}

  template <Plain T>
  void operator()(const char*, T& value) {
    value = from_.value<T>();
  }

  template <class T>
  void operator()(const char*, std::vector<T>& values) {
    if constexpr (requires(T value) { value.fields(*this); }) {
      for (auto left = from_.value<uint64_t>(); left > 0 && from_.ok(); --left) {
        values.emplace_back().fields(*this);
      }
    } else {
      values = from_.list<T>();
    }
  }

  void operator()(const char*, Label& label) {
    switch (from_.value<uint8_t>()) {
      case 0: return label.emplace<Ratings>().fields(*this);
      case 1: return (*this)("", label.emplace<Preferences>());
      case 2: return label.emplace<Ranking>().fields(*this);
      default: label.emplace<Preferences>();  // which no valid group has
    }
  }

 private:
  ByteReader& from_;
};

}  // namespace

void put(const Group& group, ByteWriter& to) {
  FieldWriter writer(to);
  to_visit(group).fields(writer);
}

void put(const Label& label, ByteWriter& to) { FieldWriter{to}("label", to_visit(label)); }

void put(const std::vector<Response>& responses, ByteWriter& to) {
  FieldWriter{to}("responses", to_visit(responses));
  for (const Response& response : responses) to.value(response.answer);
}

void take(ByteReader& from, Label& label) { FieldReader{from}("label", label); }

void take(ByteReader& from, std::vector<Response>& responses) {
  FieldReader{from}("responses", responses);
  for (Response& response : responses) response.answer = from.value<int32_t>();
}

Group take_group(ByteReader& from) {
  Group group;
  FieldReader reader(from);
  group.fields(reader);
  return group;
}

}  // namespace laurel
