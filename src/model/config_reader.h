// Typed access to a model's config.json, with errors that name the key. Not core/option_reader.h:
// other programs write this file, so keys that are not known here are theirs, and which keys are
// read depends on the values of others.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/json.h"

namespace laurel {

// A null value counts as absent, as transformers treats it.
class ConfigReader {
 public:
  // `where` names the object in messages:
  // "models/x/config.json" or "models/x/config.json: rope_scaling".
  ConfigReader(const Json& object, std::string where);

  bool contains(std::string_view key) const { return object_->contains(std::string(key)); }
  bool has(std::string_view key) const { return find(key) != nullptr; }
  const Json* find(std::string_view key) const;  // nullptr: absent or null

  // Each throws Error (model) when the key is absent and has no default, or of another kind.
  int64_t integer(std::string_view key, std::optional<int64_t> absent = {}) const;
  double number(std::string_view key, std::optional<double> absent = {}) const;
  bool boolean(std::string_view key, std::optional<bool> absent = {}) const;
  std::string text(std::string_view key, std::optional<std::string> absent = {}) const;
  ConfigReader object(std::string_view key) const;

  // Throws Error (model): "WHERE: KEY is VALUE, expected EXPECTED".
  [[noreturn]] void refuse(std::string_view key, std::string_view expected) const;
  void check(bool fine, std::string_view key, std::string_view expected) const {
    if (!fine) refuse(key, expected);
  }

  const std::string& where() const { return where_; }

 private:
  const Json& need(std::string_view key) const;

  const Json* object_;
  std::string where_;
};

}  // namespace laurel
