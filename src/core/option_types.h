// The types that an option can have, as concepts, for the reader and both writers.
#pragma once

#include <concepts>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "core/json.h"
#include "core/options.h"

namespace laurel {

// What can follow the text of a field, and the value of a field without one.
template <class T>
concept FieldConstraint = !std::convertible_to<const T&, const char*>;

struct NoOpVisitor {
  template <class T, FieldConstraint... Constraints>
  void operator()(const char*, T&, const Constraints&...) {}
  template <class T, class... Constraints>
  void operator()(const char*, T&, const char*, const Constraints&...) {}
  template <class T>
  void flatten(T&) {}
};

template <class T>
concept OptionStruct = requires(T value, NoOpVisitor visit) { value.fields(visit); };

template <class T>
concept OptionEnum = std::is_enum_v<T> && requires { enum_names(T{}); };

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;

template <class T>
inline constexpr bool is_string_map = false;
template <class T>
inline constexpr bool is_string_map<std::map<std::string, T>> = true;

// A variant of structs, selected by the key "type".
template <class T>
inline constexpr bool is_choice = false;
template <class... Structs>
inline constexpr bool is_choice<std::variant<Structs...>> = (OptionStruct<Structs> && ...);

// A variant of structs without options, given by its name alone: "format": "pairwise".
template <class T>
inline constexpr bool is_name = false;
template <class... Structs>
inline constexpr bool is_name<std::variant<Structs...>> =
    ((requires { Structs::name; } && !OptionStruct<Structs>)&&...);

// A number or an enum: "eval_every": 100 | "end".
template <class T>
inline constexpr bool is_number_or_enum = false;
template <OptionEnum Enum>
inline constexpr bool is_number_or_enum<std::variant<int64_t, Enum>> = true;

// A word, or an object with the key of one of the structs, which is the name of its only field:
// "train": "all" | {"last_layers": 2}. With `by_name` the key is a word too: the struct's defaults.
template <class T>
inline constexpr bool is_keyed_choice = false;
template <OptionEnum Enum, OptionStruct... Keyed>
inline constexpr bool is_keyed_choice<std::variant<Enum, Keyed...>> =
    (requires { Keyed::key; } && ...);

template <class T>
concept ReadByName = requires { requires T::by_name; };

template <class>
inline constexpr bool unsupported_option_type = false;

// visit(number) of a number, or of each of a list, as a double.
template <class T>
void for_each_number(const T& value, auto&& visit) {
  if constexpr (std::integral<T> || std::floating_point<T>) {
    visit(static_cast<double>(value));
  } else if constexpr (is_optional<T>) {
    if (value) for_each_number(*value, visit);
  } else if constexpr (is_vector<T>) {
    for (const auto& element : value) for_each_number(element, visit);
  } else if constexpr (is_number_or_enum<T>) {
    if (const int64_t* number = std::get_if<int64_t>(&value)) visit(static_cast<double>(*number));
  } else {
    static_assert(unsupported_option_type<T>, "bounds apply to numbers");
  }
}

// The names of an enum's values, in their order.
template <OptionEnum E>
std::vector<std::string> enum_name_list(E value = {}) {
  const auto names = enum_names(value);
  return {names.begin(), names.end()};
}

template <OptionEnum E>
std::string enum_name(E value) {
  return enum_names(value)[static_cast<size_t>(value)];
}

// Calls visit(Struct{}) for each alternative of a choice or of named structs.
template <class Choice, size_t index = 0>
void for_each_alternative(auto&& visit) {
  if constexpr (index < std::variant_size_v<Choice>) {
    visit(std::variant_alternative_t<index, Choice>{});
    for_each_alternative<Choice, index + 1>(visit);
  }
}

// The names of the alternatives, in their order.
template <class Choice>
std::vector<std::string> alternative_names() {
  std::vector<std::string> names;
  for_each_alternative<Choice>([&](auto alternative) { names.push_back(alternative.name); });
  return names;
}

}  // namespace laurel
