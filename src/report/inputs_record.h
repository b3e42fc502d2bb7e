// inputs.json of a run folder: what a run has read, and what it runs on. People read it in reports;
// nothing else depends on it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "data/sources/source.h"

namespace laurel {

struct RecordedFile {
  std::string path;
  std::optional<std::string> sha256 = {};  // where it is known

  void fields(auto& visit) {
    visit("path", path);
    visit("sha256", sha256);
  }
};

// A LoadReport with the files that it is of.
struct InputSplit {
  int64_t rows = 0, used = 0, malformed = 0;
  std::map<std::string, int64_t> dropped = {};  // reason -> rows
  int64_t truncated = 0, prompts = 0;
  std::vector<RecordedFile> files = {};

  void fields(auto& visit) {
    visit("rows", rows);
    visit("used", used);
    visit("malformed", malformed);
    visit("dropped", dropped);
    visit("truncated", truncated);
    visit("prompts", prompts);
    visit("files", files);
  }
};

struct InputSource {
  std::string name;
  InputSplit train, eval;

  void fields(auto& visit) {
    visit("name", name);
    visit("train", train);
    visit("eval", eval);
  }
};

struct InputsRecord {
  std::vector<InputSource> sources;
  std::string data_sha256;                          // of the training groups
  std::map<std::string, std::string> model_sha256;  // of the backbone's small files, by name
  Json environment = Json::object();                // versions, hardware, threads

  void fields(auto& visit) {
    visit("sources", sources);
    visit("data_sha256", data_sha256);
    visit("model_sha256", model_sha256);
    visit("environment", environment);
  }
};

// `sha256`: of files by name, where it is known.
InputSource input_source(const SourceData& source,
                         const std::map<std::string, std::string>& sha256);

// Complete or not there at all. Throws Error (checkpoint).
void write_inputs_record(const std::filesystem::path& path, const InputsRecord& record);

// nullopt: there is no such file. Throws Error (checkpoint) for one that holds anything else.
std::optional<InputsRecord> read_inputs_record(const std::filesystem::path& path);

}  // namespace laurel
