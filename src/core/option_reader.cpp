// Reads and checks options of the plain types.
#include "core/option_reader.h"

#include <cmath>

namespace laurel {

bool Problems::has(const std::string& where) const {
  return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
    return line.starts_with(where) && line.size() > where.size() &&
           (line[where.size()] == ':' || line[where.size()] == '.' || line[where.size()] == '[');
  });
}

std::string PathBase::resolve(const std::string& option, const std::string& path,
                              bool from_current) const {
  const std::filesystem::path given(path);
  if (given.is_absolute()) return given.lexically_normal().string();
  for (const std::string& set : set_paths) {
    const bool below =
        option.starts_with(set) &&
        (option.size() == set.size() || option[set.size()] == '.' || option[set.size()] == '[');
    from_current = from_current || below;
  }
  return ((from_current ? current_folder : file_folder) / given).lexically_normal().string();
}

std::string OptionReader::shown(const Json& value) {
  if (value.is_object() || value.is_array()) return describe_json(value);
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void OptionReader::finish() {
  for (const auto& [key, ignored] : object_.items()) {
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    const std::string nearest = nearest_name(key, known_);
    problems_.add(at(key), nearest.empty()
                               ? str("unknown option; known here: ", join(known_, ", "))
                               : str("unknown option; did you mean \"", nearest, "\"?"));
  }
}

void OptionReader::read(const Json& json, bool& value, const std::string& where) {
  if (!json.is_boolean()) return expected(where, json, "true or false");
  value = json.get<bool>();
}

void OptionReader::read(const Json& json, int64_t& value, const std::string& where) {
  const bool too_large = json.is_number_unsigned() && json.get<uint64_t>() > INT64_MAX;
  if (!json.is_number_integer() || too_large) return expected(where, json, "a whole number");
  value = json.get<int64_t>();
}

void OptionReader::read(const Json& json, double& value, const std::string& where) {
  if (!json.is_number() || !std::isfinite(json.get<double>()))
    return expected(where, json, "a number");
  value = json.get<double>();
}

void OptionReader::read(const Json& json, std::string& value, const std::string& where) {
  if (!json.is_string()) return expected(where, json, "a string");
  value = json.get<std::string>();
}

void OptionReader::read(const Json& json, Path& value, const std::string& where) {
  const std::string given = json.is_string() ? json.get<std::string>() : "";
  if (given.empty() || given.find('\0') != given.npos) return expected(where, json, "a path");
  value.value = base_.resolve(where, json.get<std::string>(), false);
}

void OptionReader::constrain(Path& value, const FromCurrentFolder&, const std::string& where) {
  value.value = base_.resolve(where, object_.at(where.substr(where.rfind('.') + 1)), true);
}

void OptionReader::constrain(Path& value, const OrHubName&, const std::string& where) {
  const std::string given = object_.at(where.substr(where.rfind('.') + 1));
  const bool like_a_name = std::count(given.begin(), given.end(), '/') == 1 && given[0] != '.';
  std::error_code problem;  // what is there and cannot be looked at is no Hub name either
  const bool found = std::filesystem::exists(value.value, problem);
  if (like_a_name && !found && !problem) value.value = given;
}

void OptionReader::read(const Json& json, std::map<std::string, std::string>& value,
                        const std::string& where) {
  if (!json.is_object()) return expected(where, json, "an object of strings");
  for (const auto& [key, element] : json.items()) read(element, value[key], where + "." + key);
}

void OptionReader::read(const Json& json, std::map<std::string, double>& value,
                        const std::string& where) {
  if (!json.is_object()) return expected(where, json, "an object of numbers");
  for (const auto& [key, element] : json.items()) read(element, value[key], where + "." + key);
}

void OptionReader::read(const Json& json, nlohmann::json& value, const std::string& where) {
  if (!json.is_object()) return expected(where, json, "an object");
  value = nlohmann::json::parse(json.dump());
}

}  // namespace laurel
