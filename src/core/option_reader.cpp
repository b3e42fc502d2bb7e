// Reads and checks options of the plain types.
#include "core/option_reader.h"

namespace laurel {

// Paths stay short whatever a file calls its elements: they are made for each of their members.
static constexpr size_t kLongestName = 100;

void Problems::add(const std::string& where, const std::string& what) {
  constexpr size_t kMostLines = 1000;
  if (++count <= kMostLines) lines.push_back(str(where, ": ", what));
}

bool Problems::has(const std::string& where) const {
  return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
    return line.starts_with(where) && line.size() > where.size() &&
           (line[where.size()] == ':' || line[where.size()] == '.' || line[where.size()] == '[');
  });
}

Error to_error(ErrorKind kind, const std::string& where, const Problems& problems) {
  std::string message =
      str(where, ": ", problems.count, problems.count == 1 ? " problem" : " problems");
  for (const std::string& line : problems.lines) message += "\n  " + line;
  if (problems.count > problems.lines.size()) message += "\n  ...";
  return {kind, message};
}

Path PathBase::resolve(const std::string& option, const std::string& path,
                       bool from_current) const {
  const std::filesystem::path given(path);
  if (given.is_absolute()) return {given.lexically_normal().string()};
  bool was_set = false;
  for (const std::string& set : set_paths) {
    const bool below =
        option.starts_with(set) &&
        (option.size() == set.size() || option[set.size()] == '.' || option[set.size()] == '[');
    was_set = was_set || below;
  }
  from_current = from_current || was_set;
  return {((from_current ? current_folder : file_folder) / given).lexically_normal().string(),
          was_set        ? "the current directory, as of --set"
          : from_current ? "the current directory"
                         : "the config file's folder"};
}

std::string OptionReader::shown(const Json& value) {
  if (value.is_object() || value.is_array()) return describe_json(value);
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// The few that come nearest, where a list of all would bury the rest of the message.
static std::string known_here(const std::string& key, const std::vector<std::string>& known,
                              const std::string& section) {
  constexpr size_t kShort = 12, kNearest = 5;
  if (known.size() <= kShort) return str("known here: ", join(known, ", "));
  const std::string more =
      section.empty() ? "" : str("; `laurel describe ", section, "` lists them");
  return str(known.size(),
             " are known here, the nearest: ", join(nearest_names(key, known, kNearest), ", "),
             more);
}

// "sources.ukp" is described as "sources", "sources.ukp.loss" as "sources.loss".
static std::string described_as(const std::string& path) {
  if (!path.starts_with("sources")) return path;
  const size_t element = path.find_first_of(".[", 1);
  if (element == std::string::npos) return path;
  const size_t below = path.find('.', element + 1);
  return "sources" + (below == std::string::npos ? "" : path.substr(below));
}

void OptionReader::finish() {
  for (const auto& [key, ignored] : object_.items()) {
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    const std::string elsewhere =
        problems_.known_elsewhere ? problems_.known_elsewhere(key) : std::string();
    const std::string nearest = nearest_name(key, known_);
    problems_.add(at(key), str("unknown option; ",
                               !elsewhere.empty() ? elsewhere
                               : nearest.empty()  ? known_here(key, known_, described_as(path_))
                                                  : str("did you mean \"", nearest, "\"?")));
  }
}

void OptionReader::expected_one_of(const std::string& where, const Json& found,
                                   const std::vector<std::string>& words) {
  std::string what = "one of: " + join(words, ", ");
  const std::string word = found.is_string() ? found.get<std::string>() : "";
  const std::string elsewhere =
      problems_.known_elsewhere ? problems_.known_elsewhere(word) : std::string();
  const std::string nearest = nearest_name(word, words);
  if (!elsewhere.empty()) {
    what += "; " + elsewhere;
  } else if (!nearest.empty() && words.size() > 4) {
    what += str("; did you mean \"", nearest, "\"?");
  }
  expected(where, found, what);
}

void OptionReader::check_bounds(double number, const Range& range, const std::string& where) {
  if (number < range.min)
    problems_.add(where, str("found ", number, ", expected at least ", range.min));
  if (number > range.max)
    problems_.add(where, str("found ", number, ", expected at most ", range.max));
}

void OptionReader::check_bounds(double number, const Above& range, const std::string& where) {
  if (number <= range.min)
    problems_.add(where, str("found ", number, ", expected more than ", range.min));
  if (number > range.max)
    problems_.add(where, str("found ", number, ", expected at most ", range.max));
}

void OptionReader::read(const Json& json, bool& value, const std::string& where) {
  if (!json.is_boolean()) return expected(where, json, "true or false");
  value = json.get<bool>();
}

void OptionReader::read(const Json& json, std::string& value, const std::string& where) {
  if (!json.is_string()) return expected(where, json, "a string");
  value = json.get<std::string>();
}

void OptionReader::read(const Json& json, Path& value, const std::string& where) {
  const std::string given = json.is_string() ? json.get<std::string>() : "";
  if (given.empty() || given.find('\0') != given.npos) return expected(where, json, "a path");
  value = base_.resolve(where, json.get<std::string>(), false);
}

void OptionReader::constrain(Path& value, const FromCurrentFolder&, const std::string& where) {
  value = base_.resolve(where, object_.at(where.substr(where.rfind('.') + 1)), true);
}

void OptionReader::constrain(Path& value, const OrHubName&, const std::string& where) {
  const std::string given = object_.at(where.substr(where.rfind('.') + 1));
  const bool like_a_name = std::count(given.begin(), given.end(), '/') == 1 && given[0] != '.';
  std::error_code problem;  // what is there and cannot be looked at is no Hub name either
  const bool found = std::filesystem::exists(value.value, problem);
  if (like_a_name && !found && !problem) value.value = given;
}

bool is_template_text(const std::string& value) {
  return value.find("{{") != value.npos || value.find("{%") != value.npos;
}

void OptionReader::constrain(std::optional<Path>& value, const OrTemplate&,
                             const std::string& where) {
  if (!value) return;
  const std::string given = object_.at(where.substr(where.rfind('.') + 1));
  if (is_template_text(given)) value = Path{given};
}

void OptionReader::read(const Json& json, nlohmann::json& value, const std::string& where) {
  if (!json.is_object()) return expected(where, json, "an object");
  value = nlohmann::json::parse(json.dump());
}

void OptionReader::read(const Json& json, Json& value, const std::string& where) {
  if (!json.is_object()) return expected(where, json, "an object");
  value = json;
}

std::string OptionReader::element_path(const std::string& where, const Json& element,
                                       size_t index) {
  const auto name = element.is_object() ? element.find("name") : element.end();
  if (name != element.end() && name->is_string()) {
    const auto& text = name->get_ref<const std::string&>();
    if (text.size() <= kLongestName) return str(where, ".", text);
  }
  return str(where, "[", index, "]");
}

}  // namespace laurel
