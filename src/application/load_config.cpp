// Parses --set and expands the data paths of a config.
#include "commands/config_arguments.h"

#include "core/str.h"
#include "data/data_files.h"

namespace laurel {

void add_set_option(cxxopts::OptionAdder& add) {
  // A string, not a list: cxxopts would split a list at commas, which stand in JSON values.
  add("set",
      "Override one option: --set train.lr=2e-5, --set sources.ukp.loss_weight=2. Repeatable.",
      cxxopts::value<std::string>(), "PATH=VALUE");
}

std::vector<Override> overrides_of(const cxxopts::ParseResult& arguments) {
  std::vector<Override> overrides;
  for (const auto& argument : arguments.arguments()) {
    if (argument.key() == "set") overrides.push_back(parse_override(argument.value()));
  }
  return overrides;
}

std::vector<Path> data_files(const std::vector<std::string>& paths, Log& log) {
  std::vector<Path> given;
  for (const std::string& path : paths) given.push_back({path});
  DataFiles found = find_data_files(given);
  for (const std::string& note : found.notes) log.info(note);
  return std::move(found.files);
}

Config load_config(const std::string& path, const std::vector<Override>& overrides, Log& log) {
  Config config = read_config(path, overrides);
  for (SourceConfig& source : config.sources) {
    for (std::vector<Path>* paths : {&source.source.train, &source.source.eval}) {
      DataFiles found = find_data_files(*paths);
      *paths = std::move(found.files);
      for (const std::string& note : found.notes) {
        log.info(str("source ", source.source.name, ": ", note));
      }
    }
  }
  return config;
}

std::vector<std::filesystem::path> input_paths(const Config& config) {
  std::vector<std::filesystem::path> paths = {config.model.load.path.value};
  for (const SourceConfig& source : config.sources) {
    for (const Path& file : source.source.train) paths.emplace_back(file.value);
    for (const Path& file : source.source.eval) paths.emplace_back(file.value);
  }
  return paths;
}

}  // namespace laurel
