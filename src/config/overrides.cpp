// --set PATH=VALUE: replaces one value in the config's JSON before it is parsed.
#include <algorithm>
#include <charconv>

#include "config/config.h"
#include "core/unicode.h"

namespace laurel {

Override parse_override(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || !is_utf8(text)) {
    const bool option = equals == std::string::npos && is_utf8(text) && text.find('.') != text.npos;
    throw Error{ErrorKind::usage,
                str("--set ", text, ": expected PATH=VALUE without spaces, e.g. --set ",
                    option ? text + "=VALUE" : "train.lr=2e-5")};
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

// The element of a list that `part` names: by its "name", or by its position.
static Json* element(Json& list, const std::string& part) {
  for (Json& candidate : list) {
    if (candidate.is_object() && candidate.contains("name") && candidate["name"] == part) {
      return &candidate;
    }
  }
  size_t index = 0;
  const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), index);
  const bool number = error == std::errc() && end == part.data() + part.size();
  return number && index < list.size() ? &list[index] : nullptr;
}

static Json value_of(const std::string& text) {
  if (!Json::accept(text)) return text;
  return parse_json(text, "--set", ErrorKind::usage);
}

// What is wrong with a part of a path that leads nowhere below `at`.
static std::string missing_part(const Json& at, const std::string& part, const std::string& path) {
  if (!at.is_array()) {
    return str("found \"", part, "\" below ", describe_json(at),
               ", expected the path of an option");
  }
  const bool sources = path.starts_with("sources.");
  std::vector<std::string> names;
  for (const Json& element : at) {
    const Json name = element.is_object() ? element.value("name", Json()) : Json();
    names.push_back(name.is_string() ? name.get<std::string>() : std::to_string(names.size()));
  }
  return str("found no ", sources ? "source" : "element", " \"", part,
             "\", expected one of: ", names.empty() ? "(the list is empty)" : join(names, ", "));
}

static constexpr std::ptrdiff_t kMaxDots = 32;  // values are read and written recursively

std::string apply_override(const Override& override, Json& config, Problems& problems) {
  if (std::ranges::count(override.path, '.') > kMaxDots) {
    problems.add("--set", str("found a path of more than ", kMaxDots, " dots"));
    return override.path;
  }
  Json* at = &config;
  std::string rest = override.path, spelled;
  while (true) {
    const size_t dot = rest.find('.');
    std::string part = rest.substr(0, dot);
    Json* below = nullptr;
    if (at->is_string()) *at = {{"type", *at}};  // "loss": "hinge", short for an object
    if (at->is_array()) {
      below = element(*at, part);
      if (below && below->is_object() && below->value("name", Json()).is_string()) {
        part = below->at("name").get<std::string>();
      }
    } else if (at->is_object()) {
      below = &(*at)[part];
    }
    spelled += spelled.empty() ? part : "." + part;
    if (!below) {
      problems.add("--set " + override.path, missing_part(*at, part, override.path));
      return spelled;
    }
    at = below;
    if (dot == std::string::npos) break;
    rest = rest.substr(dot + 1);
    if (at->is_null()) *at = Json::object();
  }
  *at = value_of(override.value);
  return spelled;
}

}  // namespace laurel
