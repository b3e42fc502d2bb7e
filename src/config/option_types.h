// What kinds of option types there are, as concepts: shared by the reader and both writers.
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

struct AnyVisitor {
  template <class T, class... Constraints>
  void operator()(const char*, T&, const char*, const Constraints&...) {}
  template <class T>
  void inline_(T&) {}
};

template <class T>
concept OptionStruct = requires(T value, AnyVisitor visit) { value.fields(visit); };

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

// A choice between structs, told apart by "type".
template <class T>
inline constexpr bool is_choice = false;
template <class... Structs>
inline constexpr bool is_choice<std::variant<Structs...>> = (OptionStruct<Structs> && ...);

// A number or a word: "eval_every": 100 | "end".
template <class T>
inline constexpr bool is_number_or_word = false;
template <OptionEnum Word>
inline constexpr bool is_number_or_word<std::variant<int64_t, Word>> = true;

template <class>
inline constexpr bool unsupported_option_type = false;

// The words of an enum, in the order of its values.
template <OptionEnum E>
std::vector<std::string> words_of(E value = {}) {
  const auto names = enum_names(value);
  return {names.begin(), names.end()};
}

template <OptionEnum E>
std::string word_of(E value) {
  return enum_names(value)[static_cast<size_t>(value)];
}

// Calls visit(Struct{}) for each alternative of a choice.
template <class Choice, size_t index = 0>
void for_each_alternative(auto&& visit) {
  if constexpr (index < std::variant_size_v<Choice>) {
    visit(std::variant_alternative_t<index, Choice>{});
    for_each_alternative<Choice, index + 1>(visit);
  }
}

}  // namespace laurel
