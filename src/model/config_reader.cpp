// Reads values of config.json by type, with errors that name the key.
#include "model/config_reader.h"

#include <cstdint>

#include "core/str.h"

namespace laurel {

ConfigReader::ConfigReader(const Json& object, std::string where)
    : object_(&object), where_(std::move(where)) {
  if (!object.is_object()) {
    throw Error{ErrorKind::model,
                str(where_, ": found ", describe_json(object), ", expected an object")};
  }
}

const Json* ConfigReader::find(std::string_view key) const {
  const auto found = object_->find(std::string(key));
  return found == object_->end() || found->is_null() ? nullptr : &*found;
}

const Json& ConfigReader::need(std::string_view key) const {
  const Json* const value = find(key);
  if (value == nullptr) throw Error{ErrorKind::model, str(where_, ": \"", key, "\" is missing")};
  return *value;
}

void ConfigReader::refuse(std::string_view key, std::string_view expected) const {
  const Json* const value = find(key);
  throw Error{ErrorKind::model,
              str(where_, ": \"", key, "\" is ", value == nullptr ? "missing" : value->dump(),
                  ", expected ", expected)};
}

int64_t ConfigReader::integer(std::string_view key, std::optional<int64_t> absent) const {
  if (absent && !has(key)) return *absent;
  const Json& value = need(key);
  const bool fits = !value.is_number_unsigned() || value.get<uint64_t>() <= INT64_MAX;
  check(value.is_number_integer() && fits, key, "an integer");
  return value.get<int64_t>();
}

double ConfigReader::number(std::string_view key, std::optional<double> absent) const {
  if (absent && !has(key)) return *absent;
  const Json& value = need(key);
  check(value.is_number(), key, "a number");
  return value.get<double>();
}

bool ConfigReader::boolean(std::string_view key, std::optional<bool> absent) const {
  if (absent && !has(key)) return *absent;
  const Json& value = need(key);
  check(value.is_boolean(), key, "true or false");
  return value.get<bool>();
}

std::string ConfigReader::text(std::string_view key, std::optional<std::string> absent) const {
  if (absent && !has(key)) return *absent;
  const Json& value = need(key);
  check(value.is_string(), key, "a string");
  return value.get<std::string>();
}

ConfigReader ConfigReader::object(std::string_view key) const {
  return {need(key), str(where_, ": \"", key, "\"")};
}

}  // namespace laurel
