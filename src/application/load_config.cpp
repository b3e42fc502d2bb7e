// Reads a config and finds the files that its paths stand for.
#include "application/load_config.h"

#include "core/str.h"
#include "data/files/data_files.h"

namespace laurel {

std::vector<Path> data_files(const std::vector<std::string>& paths,
                             const std::optional<std::string>& split, Log& log) {
  std::vector<Path> given;
  for (const std::string& path : paths) given.push_back({path});
  DataFiles found = find_data_files(given, split);
  for (const std::string& note : found.notes) log.info(note);
  return std::move(found.files);
}

std::vector<std::string> names_of(const std::vector<Path>& files) {
  std::vector<std::string> names;
  for (const Path& file : files) names.push_back(file.value);
  return names;
}

static bool is_missing(const Path& path) {
  std::error_code problem;
  return !std::filesystem::exists(path.value, problem) && !problem;
}

namespace {

// An option whose path names nothing.
struct MissingInput {
  ErrorKind kind;
  std::string option, what;

  std::string text() const { return str(option, ": ", what); }
};

// A relative path that is left relative is a name in the Hub cache.
void find_missing_model(const Path& path, std::vector<MissingInput>& missing) {
  const bool absolute = std::filesystem::path(path.value).is_absolute();
  if (path.relative_to.empty() || !absolute || !is_missing(path)) return;
  missing.push_back(
      {ErrorKind::model, "model.path",
       str(path.value, ": no such folder; it was given relative to ", path.relative_to,
           "; a model of the Hub cache is named ORGANISATION/NAME")});
}

// With the folder that a relative path began at. Patterns and what cannot be looked at are
// find_data_files' business.
void find_missing_file(const Path& path, const std::string& option,
                       std::vector<MissingInput>& missing) {
  if (!is_missing(path) || path.value.find_first_of("*?[") != std::string::npos) return;
  missing.push_back(
      {ErrorKind::data, option,
       str(path.value, ": no such file",
           path.relative_to.empty() ? "" : str("; it was given relative to ", path.relative_to))});
}

std::vector<MissingInput> missing_inputs(const Config& config) {
  std::vector<MissingInput> missing;
  find_missing_model(config.model.load.path, missing);
  for (const SourceConfig& source : config.sources) {
    const std::string option = str("sources.", source.source.name);
    for (const Path& path : source.source.train) {
      find_missing_file(path, option + ".train", missing);
    }
    for (const Path& path : source.source.eval) find_missing_file(path, option + ".eval", missing);
  }
  for (const BenchmarkConfig& benchmark : config.benchmarks) {
    const std::string option = str("benchmarks.", benchmark.name, ".files");
    for (const Path& path : benchmark.files) find_missing_file(path, option, missing);
  }
  return missing;
}

// Of the kind of the first.
Error to_error(const std::vector<MissingInput>& missing, const std::string& file) {
  if (missing.size() == 1) return {missing[0].kind, missing[0].text()};
  std::string lines;
  for (const MissingInput& input : missing) lines += "\n  " + input.text();
  return {missing[0].kind, str(file, ": ", missing.size(), " inputs are missing", lines)};
}

}  // namespace

Config load_config(const std::string& path, const std::vector<Override>& overrides, Log& log) {
  std::vector<MissingInput> missing;
  Config config = read_config(path, overrides, [&](const Config& read, Problems& problems) {
    missing = missing_inputs(read);
    if (problems.lines.empty()) return;  // an error of their own kind
    for (const MissingInput& input : missing) {
      if (!problems.has(input.option)) problems.add(input.option, input.what);
    }
  });
  if (!missing.empty()) throw to_error(missing, path);
  for (SourceConfig& source : config.sources) {
    for (std::vector<Path>* paths : {&source.source.train, &source.source.eval}) {
      const bool train = paths == &source.source.train;
      DataFiles found =
          find_data_files(*paths, train ? source.source.split : source.source.eval_split);
      *paths = std::move(found.files);
      (train ? source.source.split : source.source.eval_split).reset();  // the paths are files now
      for (const std::string& note : found.notes) {
        log.info(str("source ", source.source.name, ": ", note));
      }
    }
  }
  for (BenchmarkConfig& benchmark : config.benchmarks) {
    DataFiles found = find_data_files(benchmark.files);
    benchmark.files = std::move(found.files);
    for (const std::string& note : found.notes) {
      log.info(str("benchmark ", benchmark.name, ": ", note));
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
  for (const BenchmarkConfig& benchmark : config.benchmarks) {
    for (const Path& file : benchmark.files) paths.emplace_back(file.value);
  }
  return paths;
}

}  // namespace laurel
