// The visitor that reads JSON into structs with fields(); option_reader.h has the functions that use
// it.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <filesystem>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "core/option_problems.h"
#include "core/option_types.h"
#include "core/str.h"

namespace laurel {

class OptionReader {
 public:
  OptionReader(const Json& object, std::string path, const PathBase& base, Problems& problems)
      : object_(object), path_(std::move(path)), base_(base), problems_(problems) {}

  // A member of a file that only laurel writes: it has no text, and is there unless it is optional.
  template <class T, FieldConstraint... Constraints>
  void operator()(const char* name, T& value, const Constraints&... constraints) {
    if constexpr (is_optional<T>) {
      (*this)(name, value, "", constraints...);
    } else {
      (*this)(name, value, "", kRequired, constraints...);
    }
  }

  template <class T, class... Constraints>
  void operator()(const char* name, T& value, const char*, const Constraints&... constraints) {
    known_.push_back(name);
    const auto found = object_.find(name);
    if (found == object_.end()) {
      if constexpr ((std::same_as<Constraints, Required> || ...)) {
        problems_.add(at(name), "is required");
      }
      return;
    }
    const size_t before = problems_.count;
    read(*found, value, at(name));
    if (problems_.count == before) (constrain(value, constraints, at(name)), ...);
  }

  template <class T>
  void flatten(T& part) {
    part.fields(*this);
  }

  void allow(const char* name) { known_.push_back(name); }

  // Reports unknown keys, each with the nearest known name.
  void finish();

 private:
  std::string at(const std::string& name) const {
    return path_.empty() ? name : path_ + "." + name;
  }
  void expected(const std::string& where, const Json& found, const std::string& what) {
    problems_.add(where, str("found ", shown(found), ", expected ", what));
  }
  static std::string shown(const Json& value);
  void expected_one_of(const std::string& where, const Json& found,
                       const std::vector<std::string>& words);

  void read(const Json& json, bool& value, const std::string& where);
  void read(const Json& json, std::string& value, const std::string& where);
  void read(const Json& json, Path& value, const std::string& where);
  void read(const Json& json, nlohmann::json& value, const std::string& where);
  void read(const Json& json, Json& value, const std::string& where);

  template <class T>
  void read(const Json& json, T& value, const std::string& where) {
    if constexpr (std::integral<T>) {
      read_whole_number(json, value, where);
    } else if constexpr (std::floating_point<T>) {
      read_number(json, value, where);
    } else if constexpr (is_string_map<T>) {
      read_map(json, value, where);
    } else if constexpr (OptionStruct<T>) {
      read_struct(json, value, where);
    } else if constexpr (OptionEnum<T>) {
      read_enum(json, value, where);
    } else if constexpr (is_optional<T>) {
      if (json.is_null()) return value.reset();
      if constexpr (is_number_or_enum<typename T::value_type>) {
        read_number_or_enum(json, value.emplace(), where, " or null");
      } else {
        read(json, value.emplace(), where);
      }
    } else if constexpr (is_vector<T>) {
      read_list(json, value, where);
    } else if constexpr (is_choice<T>) {
      read_choice(json, value, where);
    } else if constexpr (is_name<T>) {
      read_name(json, value, where);
    } else if constexpr (is_number_or_enum<T>) {
      read_number_or_enum(json, value, where, "");
    } else if constexpr (is_keyed_choice<T>) {
      read_keyed_choice(json, value, where);
    } else {
      static_assert(unsupported_option_type<T>, "no rule for reading an option of this type");
    }
  }

  template <std::integral T>
  void read_whole_number(const Json& json, T& value, const std::string& where) {
    const bool fits = json.is_number_unsigned()
                          ? std::in_range<T>(json.get<uint64_t>())
                          : json.is_number_integer() && std::in_range<T>(json.get<int64_t>());
    if (fits) {
      value = json.get<T>();
    } else if constexpr (std::same_as<T, int64_t>) {
      expected(where, json, "a whole number");
    } else {
      using Limits = std::numeric_limits<T>;
      expected(where, json, str("a whole number from ", Limits::min(), " to ", Limits::max()));
    }
  }

  // Of the type's range: a float does not become infinite.
  template <std::floating_point T>
  void read_number(const Json& json, T& value, const std::string& where) {
    const double number = json.is_number() ? json.get<double>() : NAN;
    if (!std::isfinite(static_cast<T>(number))) return expected(where, json, "a number");
    value = static_cast<T>(number);
  }

  template <class T>
  void read_map(const Json& json, std::map<std::string, T>& value, const std::string& where) {
    if (!json.is_object()) {
      constexpr bool numbers = std::integral<T> || std::floating_point<T>;
      return expected(where, json,
                      numbers                        ? "an object of numbers"
                      : std::same_as<T, std::string> ? "an object of strings"
                                                     : "an object");
    }
    value.clear();
    for (const auto& [key, element] : json.items()) read(element, value[key], where + "." + key);
  }

  template <OptionStruct T>
  void read_struct(const Json& json, T& value, const std::string& where) {
    if (!json.is_object()) return expected(where, json, "an object");
    OptionReader reader(json, where, base_, problems_);
    value.fields(reader);
    reader.finish();
  }

  template <OptionEnum E>
  void read_enum(const Json& json, E& value, const std::string& where) {
    const std::vector<std::string> words = enum_name_list(value);
    for (size_t i = 0; i < words.size(); ++i) {
      if (json.is_string() && json.get<std::string>() == words[i]) {
        value = static_cast<E>(i);
        return;
      }
    }
    expected_one_of(where, json, words);
  }

  template <OptionEnum E>
  void read_number_or_enum(const Json& json, std::variant<int64_t, E>& value,
                           const std::string& where, const char* or_null) {
    const std::vector<std::string> words = enum_name_list(E{});
    const auto word =
        json.is_string() ? std::ranges::find(words, json.get<std::string>()) : words.end();
    if (word != words.end()) {
      value = static_cast<E>(word - words.begin());
    } else if (json.is_number_integer()) {
      read(json, value.template emplace<0>(), where);
    } else {
      expected(where, json, str("a whole number, \"", join(words, "\", \""), "\"", or_null));
    }
  }

  template <class Named>
  void read_name(const Json& json, Named& value, const std::string& where) {
    bool found = false;
    for_each_alternative<Named>([&](auto alternative) {
      if (json != alternative.name) return;
      found = true;
      value = alternative;
    });
    if (!found) expected_one_of(where, json, alternative_names<Named>());
  }

  // One string or path may stand for a list of it.
  template <class T>
  void read_list(const Json& json, std::vector<T>& value, const std::string& where) {
    if constexpr (std::same_as<T, std::string> || std::same_as<T, Path>) {
      if (json.is_string()) {
        value.assign(1, T{});
        return read(json, value.front(), where);
      }
    }
    if (!json.is_array()) return expected(where, json, "a list");
    value.assign(json.size(), T{});
    for (size_t i = 0; i < json.size(); ++i)
      read(json[i], value[i], element_path(where, json[i], i));
  }

  // Elements with a name are addressed by it, as --set does.
  static std::string element_path(const std::string& where, const Json& element, size_t index);

  // The name alone stands for the type with its defaults.
  template <class... Structs>
  void read_choice(const Json& json, std::variant<Structs...>& value, const std::string& where) {
    const std::vector<std::string> names = {Structs::name...};
    if (json.is_string()) {
      if (std::ranges::find(names, json.get<std::string>()) == names.end()) {
        return expected_one_of(where, json, names);
      }
      return read_choice(Json{{"type", json}}, value, where);
    }
    if (!json.is_object()) {
      return expected(where, json,
                      "one of: " + join(names, ", ") + ", or an object with a \"type\"");
    }
    if (!json.contains("type")) {
      return problems_.add(where + ".type", "is required, one of: " + join(names, ", "));
    }
    bool found = false;
    for_each_alternative<std::variant<Structs...>>([&](auto alternative) {
      if (json["type"] != decltype(alternative)::name) return;
      found = true;
      OptionReader reader(json, where, base_, problems_);
      reader.allow("type");
      alternative.fields(reader);
      reader.finish();
      value = alternative;
    });
    if (!found) expected_one_of(where + ".type", json["type"], names);
  }

  template <OptionEnum E, class... Keyed>
  void read_keyed_choice(const Json& json, std::variant<E, Keyed...>& value,
                         const std::string& where) {
    if (!json.is_string()) {
      const bool found = json.is_object() && (read_keyed<Keyed>(json, value, where) || ...);
      if (!found) expected(where, json, keyed_choice_text<E, Keyed...>());
      return;
    }
    const Json named{{json.get<std::string>(), Json::object()}};
    if (((ReadByName<Keyed> && read_keyed<Keyed>(named, value, where)) || ...)) return;
    const std::vector<std::string> words = enum_name_list(E{});
    const auto word = std::ranges::find(words, json.get<std::string>());
    if (word == words.end()) return expected(where, json, keyed_choice_text<E, Keyed...>());
    value = static_cast<E>(word - words.begin());
  }

  template <class Keyed, class Choice>
  bool read_keyed(const Json& json, Choice& value, const std::string& where) {
    if (!json.contains(Keyed::key)) return false;
    Keyed alternative;
    OptionReader reader(json, where, base_, problems_);
    if (json.value("type", Json()) == Keyed::key) reader.allow("type");  // as --set completes words
    alternative.fields(reader);
    reader.finish();
    value = std::move(alternative);
    return true;
  }

  template <OptionEnum E, class... Keyed>
  static std::string keyed_choice_text() {
    const std::vector<std::string> keys{Keyed::key...};
    return str("\"", join(enum_name_list(E{}), "\", \""), "\" or an object with \"",
               join(keys, "\" or \""), "\"");
  }

  template <class T, class Bounds>
    requires std::same_as<Bounds, Range> || std::same_as<Bounds, Above>
  void constrain(const T& value, const Bounds& bounds, const std::string& where) {
    for_each_number(value, [&](double number) { check_bounds(number, bounds, where); });
  }
  void check_bounds(double number, const Range& range, const std::string& where);
  void check_bounds(double number, const Above& range, const std::string& where);
  void constrain(Path& value, const FromCurrentFolder&, const std::string& where);
  void constrain(Path& value, const OrHubName&, const std::string& where);
  void constrain(std::optional<Path>& value, const OrHubName& hub, const std::string& where) {
    if (value) constrain(*value, hub, where);
  }
  void constrain(std::optional<Path>& value, const OrTemplate&, const std::string& where);
  void constrain(const auto&, const Required&, const std::string&) {}
  void constrain(const auto&, const WhenNull&, const std::string&) {}

  const Json& object_;
  std::string path_;
  const PathBase& base_;
  Problems& problems_;
  std::vector<std::string> known_;
};

}  // namespace laurel
