// Generates the option reference (docs/options.md) from the option structs.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/option_types.h"
#include "core/option_writer.h"
#include "core/str.h"

namespace laurel {

// What `laurel describe NAME` says of a section, an option or a type of a choice.
struct DescribedOption {
  std::string path;  // "train.lr", "sources[].loss.center"
  std::string type;  // of a choice, whose option it is: "hinge"; else empty
  std::string text;
  bool operator==(const DescribedOption&) const = default;
};

// Markdown: a table per section, a table per choice below it. What several alternatives of a choice
// have in common, a struct with a `title`, gets one table behind them.
class Describer {
 public:
  // `alternative`: the type of a choice whose options these are.
  explicit Describer(std::string path, std::string alternative = "")
      : path_(std::move(path)), alternative_(std::move(alternative)) {}

  template <class T, class... Constraints>
  void operator()(const char* name, T& value, const char* text, const Constraints&... constraints) {
    const std::string path = path_.empty() ? name : path_ + "." + name;
    if constexpr (OptionStruct<T>) {
      section(path, text, value);
    } else if constexpr (is_vector<T>) {
      if constexpr (OptionStruct<typename T::value_type>) {
        typename T::value_type element;
        section(path + "[]", text, element);
      } else {
        row(name, value, text, constraints...);
      }
    } else {
      row(name, value, text, constraints...);
      if constexpr (is_choice<T>) {
        const size_t before = subsections_.size(), own = described_.size() - 1;
        choices<T>(path);
        described_[own].text += subsections_.substr(before);
      }
      if constexpr (is_keyed_choice<T>) keyed_choices(path, value);
      if constexpr (is_optional<T>) optional_section<T>(path, text);
    }
  }

  template <class T>
  void flatten(T& part) {
    if constexpr (requires { T::title; }) {
      if (!alternative_.empty()) {
        Describer table(path_, alternative_);
        part.fields(table);
        take_described(table);
        shared_.push_back({T::title, table.text()});
        return;
      }
    }
    part.fields(*this);
  }

  std::string text() const;
  const std::vector<DescribedOption>& described() const { return described_; }

 private:
  struct Shared {
    std::string title, table;
    bool operator==(const Shared&) const = default;
  };

  template <class T>
  void section(const std::string& path, const char* text, T& value) {
    Describer part(path);
    value.fields(part);
    const std::string section = str("\n## `", path, "`\n\n", text, "\n", part.text());
    subsections_ += section;
    described_.push_back({path, "", section});
    take_described(part);
  }

  template <class Optional>
  void optional_section(const std::string& path, const char* text) {
    if constexpr (OptionStruct<typename Optional::value_type>) {
      typename Optional::value_type part;
      section(path, text, part);
    }
  }

  template <class Choice>
  void choices(const std::string& path) {
    std::vector<Shared> shared;
    for_each_alternative<Choice>([&](auto alternative) {
      Describer part(path, alternative.name);
      alternative.fields(part);
      const std::string section = str("\n### `", path, "`: `{\"type\": \"", alternative.name,
                                      "\"}`\n", part.text(), part.links());
      subsections_ += section;
      described_.push_back({path + "." + alternative.name, "", section});
      take_described(part);
      for (const Shared& each : part.shared_) {
        if (std::ranges::find(shared, each) == shared.end()) shared.push_back(each);
      }
    });
    for (const Shared& each : shared) {
      subsections_ += str("\n### ", each.title, "\n", each.table);
    }
  }

  // Options of the structs, a table for each.
  template <class Enum, class... Keyed>
  void keyed_choices(const std::string& path, const std::variant<Enum, Keyed...>&) {
    const auto add = [&](auto alternative) {
      Describer part(path);
      alternative.fields(part);
      if (!part.rows_.empty()) {
        subsections_ += str("\n### `", path, "`: `{\"", alternative.key, "\": ...}`\n");
      }
      subsections_ += part.text();
      take_described(part);
    };
    (add(Keyed{}), ...);
  }

  template <class Enum, class... Keyed>
  static std::string keyed_type_name(const std::variant<Enum, Keyed...>*) {
    const std::vector<std::string> keys{Keyed::key...};
    return str(type_name<Enum>(), ", or an object with `", join(keys, "` or `"), "`");
  }

  // To the tables that an alternative shares with others.
  std::string links() const;

  template <class T, class... Constraints>
  void row(const char* name, T& value, const char* text, const Constraints&... constraints) {
    constexpr bool required = (std::same_as<Constraints, Required> || ...);
    std::string type = type_name<T>();
    (add_bounds(type, constraints), ...);
    std::string shown = required ? "required" : "`" + OptionWriter::json_of(value).dump() + "`";
    (add_meaning(shown, constraints), ...);
    rows_ += str("| `", name, "` | ", type, " | ", shown, " | ", text, " |\n");
    described_.push_back(
        {path_.empty() ? name : path_ + "." + name, alternative_,
         str("\n", type, required ? "; " : "; default ", shown, "\n", text, "\n")});
  }

  void take_described(const Describer& part) {
    described_.insert(described_.end(), part.described_.begin(), part.described_.end());
  }

  template <class T>
  static std::string type_name() {
    if constexpr (std::same_as<T, bool>)
      return "true or false";
    else if constexpr (std::same_as<T, int64_t>)
      return "whole number";
    else if constexpr (std::same_as<T, double>)
      return "number";
    else if constexpr (std::same_as<T, std::string>)
      return "text";
    else if constexpr (std::same_as<T, Path>)
      return "path";
    else if constexpr (OptionEnum<T>)
      return "`" + join(enum_name_list(T{}), "`, `") + "`";
    else if constexpr (is_optional<T>)
      return type_name<typename T::value_type>() + ", null";
    else if constexpr (is_vector<T>)
      return std::same_as<typename T::value_type, double>
                 ? "list of: " + type_name<typename T::value_type>()
                 : type_name<typename T::value_type>() + ", or a list of them";
    else if constexpr (is_choice<T>)
      return "one of the types below";
    else if constexpr (is_name<T>)
      return "`" + join(alternative_names<T>(), "`, `") + "`";
    else if constexpr (is_number_or_enum<T>)
      return "whole number, " + type_name<std::variant_alternative_t<1, T>>();
    else if constexpr (is_keyed_choice<T>)
      return keyed_type_name(static_cast<const T*>(nullptr));
    else
      return "object";
  }

  static void add_bounds(std::string& type, const Range& range) {
    if (range.min > -std::numeric_limits<double>::infinity()) type += str(", at least ", range.min);
    if (range.max < std::numeric_limits<double>::infinity()) type += str(", at most ", range.max);
  }
  static void add_bounds(std::string& type, const Above& range) {
    type += str(", more than ", range.min);
    if (range.max < std::numeric_limits<double>::infinity()) type += str(", at most ", range.max);
  }
  static void add_bounds(std::string&, const auto&) {}
  static void add_meaning(std::string& shown, const WhenNull& null) {
    const bool is_null = shown.find("null") != std::string::npos;
    shown += str(is_null ? ": " : "; null: ", null.meaning);
  }
  static void add_meaning(std::string&, const auto&) {}

  std::string path_, rows_, subsections_;
  std::string alternative_;
  std::vector<Shared> shared_;
  std::vector<DescribedOption> described_;
};

}  // namespace laurel
