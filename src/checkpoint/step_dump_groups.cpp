// Groups out and in. What is no group is refused by data/group_checks, as in every file of groups.
#include "checkpoint/step_dump_groups.h"

#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "data/group_checks.h"

namespace laurel {

namespace {

constexpr const char* kRealNumber = "a number, \"nan\", \"inf\" or \"-inf\"";
constexpr float kMost = std::numeric_limits<float>::max();
constexpr std::array kLabelTypes{"ratings", "preferences", "ranking"};  // as in Label
constexpr int64_t kEveryId = int64_t{INT32_MAX} + 1;  // the model's vocabulary is not known here

std::optional<double> number_of(const Json& value) {
  if (value.is_number()) return value.get<double>();
  if (value == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (value == "inf") return std::numeric_limits<double>::infinity();
  if (value == "-inf") return -std::numeric_limits<double>::infinity();
  return std::nullopt;
}

Json list_of(const std::vector<float>& values) {
  Json list = Json::array();
  for (const float value : values) list.push_back(exact_number(value));
  return list;
}

float float32(StrictObject& object, const std::string& key) {
  const double value = exact_number(object, key);
  if (std::isfinite(value) && std::abs(value) > kMost) {
    object.refuse(str("\"", key, "\": found ", value, ", expected a number of 32 bits"));
  }
  return static_cast<float>(value);
}

std::vector<float> float32_list(StrictObject& object, const std::string& key) {
  std::vector<float> values;
  for (const Json& json : object.list(key)) {
    const std::optional<double> value = number_of(json);
    if (!value || (std::isfinite(*value) && std::abs(*value) > kMost)) {
      object.refuse(str("\"", key, "\": found ", describe_json(json), ", expected ", kRealNumber,
                        " of 32 bits"));
    }
    values.push_back(static_cast<float>(*value));
  }
  return values;
}

int32_t integer(const Json& value, const StrictObject& object, const std::string& key) {
  const bool whole = value.is_number_integer() &&
                     !(value.is_number_unsigned() && value.get<uint64_t>() > INT32_MAX);
  if (!whole || value.get<int64_t>() < INT32_MIN || value.get<int64_t>() > INT32_MAX) {
    object.refuse(
        str("\"", key, "\": found ", describe_json(value), ", expected a whole number of 32 bits"));
  }
  return value.get<int32_t>();
}

std::vector<int32_t> int32_list(StrictObject& object, const std::string& key) {
  std::vector<int32_t> values;
  for (const Json& value : object.list(key)) values.push_back(integer(value, object, key));
  return values;
}

// Writes fields as JSON.
class FieldWriter {
 public:
  explicit FieldWriter(Json& object) : object_(object) {}

  void operator()(const char* name, float value) { object_[name] = exact_number(value); }
  void operator()(const char* name, int32_t value) { object_[name] = value; }
  void operator()(const char* name, uint64_t value) { object_[name] = value; }
  void operator()(const char* name, std::vector<float>& values) { object_[name] = list_of(values); }
  void operator()(const char* name, std::vector<int32_t>& values) { object_[name] = values; }
  void operator()(const char* name, std::vector<PoolRange>& ranges) {
    Json& list = object_[name] = Json::array();
    for (const PoolRange& range : ranges) list.push_back({range.begin, range.end});
  }
  template <class T>
  void operator()(const char* name, std::vector<T>& structs) {
    Json list = Json::array();
    for (T& value : structs) {
      FieldWriter writer(list.emplace_back(Json::object()));
      value.fields(writer);
    }
    object_[name] = std::move(list);
  }
  void operator()(const char* name, Label& label) {
    Json& object = object_[name] = {{"type", kLabelTypes[label.index()]}};
    FieldWriter writer(object);
    if (auto* ratings = std::get_if<Ratings>(&label)) ratings->fields(writer);
    if (auto* preferences = std::get_if<Preferences>(&label)) writer("preferences", *preferences);
    if (auto* ranking = std::get_if<Ranking>(&label)) ranking->fields(writer);
  }

 private:
  Json& object_;
};

// Reads the fields that FieldWriter wrote.
class FieldReader {
 public:
  FieldReader(StrictObject& object, const std::string& where) : object_(object), where_(where) {}

  void operator()(const char* name, float& value) { value = float32(object_, name); }
  void operator()(const char* name, int32_t& value) {
    const Json& found = object_.get(name, "the number of a response", &Json::is_number_integer);
    value = integer(found, object_, name);
  }
  void operator()(const char* name, uint64_t& value) {
    const Json& found =
        object_.get(name, "a whole number that is not negative", &Json::is_number_unsigned);
    value = found.get<uint64_t>();
  }
  void operator()(const char* name, std::vector<float>& values) {
    values = float32_list(object_, name);
  }
  void operator()(const char* name, std::vector<int32_t>& values) {
    values = int32_list(object_, name);
  }
  void operator()(const char* name, std::vector<PoolRange>& ranges) {
    for (const Json& range : object_.list(name)) {
      if (!range.is_array() || range.size() != 2) {
        object_.refuse(
            str("\"", name, "\": found ", describe_json(range), ", expected pairs [from, to]"));
      }
      ranges.push_back({integer(range[0], object_, name), integer(range[1], object_, name)});
    }
  }
  template <class T>
  void operator()(const char* name, std::vector<T>& structs) {
    for (const Json& json : object_.list(name)) {
      const std::string at = str(where_, ": ", name, "[", structs.size(), "]");
      StrictObject object(json, at, ErrorKind::checkpoint);
      FieldReader reader(object, at);
      structs.emplace_back().fields(reader);
      object.finish();
    }
  }
  void operator()(const char* name, Label& label) {
    const std::string at = str(where_, ": ", name);
    StrictObject object(object_.get(name, "an object", &Json::is_object), at,
                        ErrorKind::checkpoint);
    FieldReader reader(object, at);
    switch (object.one_of("type", kLabelTypes)) {
      case 0: label.emplace<Ratings>().fields(reader); break;
      case 1: reader("preferences", label.emplace<Preferences>()); break;
      default: label.emplace<Ranking>().fields(reader);
    }
    object.finish();
  }

 private:
  StrictObject& object_;
  const std::string& where_;
};

}  // namespace

Json exact_number(double value) {
  if (std::isfinite(value)) return value;
  return str(value);
}

double exact_number(StrictObject& object, const std::string& key) {
  const Json* found = object.find(key);
  const std::optional<double> value = found ? number_of(*found) : std::nullopt;
  if (!value) {
    object.refuse(str("\"", key, "\": found ", found ? describe_json(*found) : "nothing",
                      ", expected ", kRealNumber));
  }
  return *value;
}

Json group_json(const DumpedGroup& group, const std::string& source) {
  Json json = {{"source", source}, {"location", group.location}};
  FieldWriter writer(json);
  Group(group.group).fields(writer);
  return json;
}

DumpedGroup dumped_group(const Json& json, const SourceIds& sources, const std::string& where) {
  StrictObject object(json, where, ErrorKind::checkpoint);
  DumpedGroup dumped{.location = object.text("location"), .group = {}};
  Group& group = dumped.group;
  const std::string name = object.text("source");
  const auto source = sources.find(name);
  if (source == sources.end()) {
    object.refuse(str("\"source\": found \"", name, "\", expected one of the dump's sources"));
  }
  group.source = source->second;
  FieldReader reader(object, where);
  group.fields(reader);
  object.finish();
  if (const auto problem = problem_of(group, kEveryId)) object.refuse(*problem);
  return dumped;
}

}  // namespace laurel
