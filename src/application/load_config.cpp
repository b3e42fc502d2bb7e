// Reads a config and finds the files that its paths stand for.
#include "application/load_config.h"

#include "core/str.h"
#include "data/files/data_files.h"

namespace laurel {

std::vector<Path> data_files(const std::vector<std::string>& paths, Log& log) {
  std::vector<Path> given;
  for (const std::string& path : paths) given.push_back({path});
  DataFiles found = find_data_files(given);
  for (const std::string& note : found.notes) log.info(note);
  return std::move(found.files);
}

static bool is_missing(const Path& path) {
  std::error_code problem;
  return !std::filesystem::exists(path.value, problem) && !problem;
}

// A relative path that is left relative is a name in the Hub cache.
static void check_model_exists(const Path& path) {
  const bool absolute = std::filesystem::path(path.value).is_absolute();
  if (path.relative_to.empty() || !absolute || !is_missing(path)) return;
  throw Error{ErrorKind::model,
              str("model.path: ", path.value, ": no such folder; it was given relative to ",
                  path.relative_to, "; a model of the Hub cache is named ORGANISATION/NAME")};
}

// A path of the config that names nothing, with the folder that a relative one began at. Patterns
// and what cannot be looked at are find_data_files' business.
static void check_exists(const Path& path, const std::string& option) {
  if (!is_missing(path) || path.value.find_first_of("*?[") != std::string::npos) return;
  throw Error{
      ErrorKind::data,
      str(option, ": ", path.value, ": no such file",
          path.relative_to.empty() ? "" : str("; it was given relative to ", path.relative_to))};
}

Config load_config(const std::string& path, const std::vector<Override>& overrides, Log& log) {
  Config config = read_config(path, overrides);
  check_model_exists(config.model.load.path);
  for (SourceConfig& source : config.sources) {
    for (std::vector<Path>* paths : {&source.source.train, &source.source.eval}) {
      const bool train = paths == &source.source.train;
      for (const Path& path : *paths) {
        check_exists(path, str("sources.", source.source.name, train ? ".train" : ".eval"));
      }
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
