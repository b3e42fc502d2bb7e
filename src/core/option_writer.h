// Writes structs with fields() as JSON, which reads as the same values: the resolved config, and
// the files of models and runs.
#pragma once

#include "core/option_types.h"

namespace laurel {

template <class T>
inline constexpr bool is_struct_map = false;
template <OptionStruct T>
inline constexpr bool is_struct_map<std::map<std::string, T>> = true;
template <class T>
inline constexpr bool is_optional_map = false;
template <class T>
inline constexpr bool is_optional_map<std::map<std::string, std::optional<T>>> = true;

class OptionWriter {
 public:
  template <class T, FieldConstraint... Constraints>
  void operator()(const char* name, T& value, const Constraints&...) {
    object_[name] = json_of(value);
  }
  template <class T, class... Constraints>
  void operator()(const char* name, T& value, const char*, const Constraints&...) {
    object_[name] = json_of(value);
  }

  template <class T>
  void flatten(T& part) {
    part.fields(*this);
  }

  const Json& object() const { return object_; }

  template <class T>
  static Json json_of(T& value) {
    if constexpr (OptionStruct<T>) {
      OptionWriter writer;
      value.fields(writer);
      return writer.object_;
    } else if constexpr (OptionEnum<T>) {
      return enum_name(value);
    } else if constexpr (is_optional<T>) {
      return value ? json_of(*value) : Json(nullptr);
    } else if constexpr (is_vector<T>) {
      Json list = Json::array();
      for (auto& element : value) list.push_back(json_of(element));
      return list;
    } else if constexpr (is_struct_map<T> || is_optional_map<T>) {
      Json object = Json::object();
      for (auto& [key, element] : value) object[key] = json_of(element);
      return object;
    } else if constexpr (is_choice<T>) {
      return std::visit(
          [](auto& chosen) {
            Json object = {{"type", chosen.name}};
            object.update(json_of(chosen));
            return object;
          },
          value);
    } else if constexpr (is_name<T>) {
      return std::visit([](const auto& named) { return Json(named.name); }, value);
    } else if constexpr (is_number_or_enum<T> || is_keyed_choice<T>) {
      return std::visit([](auto& chosen) { return json_of(chosen); }, value);
    } else if constexpr (std::same_as<T, Path>) {
      return value.value;
    } else if constexpr (std::same_as<T, nlohmann::json>) {
      return Json::parse(value.dump());
    } else {
      return value;
    }
  }

 private:
  Json object_ = Json::object();
};

template <OptionStruct T>
Json options_to_json(T value) {
  return OptionWriter::json_of(value);
}

}  // namespace laurel
