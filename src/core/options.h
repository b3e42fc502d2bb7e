// How options are declared: once each, in the struct that uses them, by a member `fields(visit)`
// that names each option.
//
//   void fields(auto& visit) {
//     visit("lr", lr, "Peak learning rate.", Range{.min = 0});
//     visit("path", path, "Backbone folder.", kRequired);
//   }
//
// Visitors read JSON into the struct (option_reader.h), write it back (option_writer.h), and write
// the reference (config/describe.h). They accept
//   bool, whole numbers, float, double, std::string, Path, enums with enum_names(E), structs with
//   fields(), nlohmann::json and Json (an object of any form), std::optional, std::vector and
//   std::map<std::string, T> of these, and std::variant of structs, each with
//   `static constexpr const char* name` (the JSON value of "type"), or without fields(), given by
//   their names, or of an enum and structs with `key`, the name of their only field.
// `visit.flatten(part)` puts the options of a nested struct into its parent's section.
//
// A file that only laurel writes (reward_config.json, manifest.json, run.json) is declared in the
// same way, without sentences, and then has all of its members but those that are optional:
//
//   void fields(auto& visit) {
//     visit("step", step, Range{.min = 0});
//     visit("max_length", max_length);  // std::optional: null or absent
//   }
#pragma once

#include <limits>
#include <string>

namespace laurel {

// Inclusive bounds of a number, or of each number of a list.
struct Range {
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
};

// Bounds that exclude `min`: (min, max].
struct Above {
  double min = 0;
  double max = std::numeric_limits<double>::infinity();
};

// An option without a default.
struct Required {};
inline constexpr Required kRequired{};

// What an empty (null) optional means, for the reference: "null: fp32 on CPU".
struct WhenNull {
  const char* meaning;
};

// A path that is relative to the current directory even in the config file.
struct FromCurrentFolder {};

// A path that may also be the name of a Hub repository, kept as it is where no such folder exists.
struct OrHubName {};

// A path that may also be the text of a template: one with Jinja's braces stays as it is.
struct OrTemplate {};

bool is_template_text(const std::string& value);

// A file or folder. In a config file relative to that file, with --set to the current directory.
struct Path {
  std::string value;
  // What a relative one began at, for messages: "the config file's folder"; "" for an absolute one.
  std::string relative_to = {};
  bool operator==(const Path& other) const { return value == other.value; }
};

}  // namespace laurel
