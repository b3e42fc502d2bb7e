// Making a run's folder without ever deleting what is not a run's, and saving the trained model in
// it.
#include "checkpoint/run_folder.h"

#include <algorithm>

#include "checkpoint/export.h"
#include "checkpoint/temporary_folder.h"
#include "core/files.h"
#include "core/str.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

bool is_of_a_run(const std::string& name) {
  for (const char* own : {"laurel.json", "metrics.jsonl", "log.txt", "final", "export"}) {
    if (name == own || name.starts_with(str(own, ".tmp"))) return true;
  }
  return false;
}

// Its own laurel.json tells a run's folder; anything else in it tells that it is more than that.
void check_is_run(const fs::path& path) {
  const auto refuse = [&](const std::string& found) {
    throw Error{ErrorKind::checkpoint,
                str(path, ": ", found, ", so --overwrite does not touch it")};
  };
  std::vector<std::string> foreign;
  for (const auto& entry : fs::directory_iterator(path)) {
    const std::string name = entry.path().filename();
    if (!is_of_a_run(name)) foreign.push_back(name);
  }
  std::ranges::sort(foreign);
  if (foreign.size() > 10) foreign.resize(10);
  if (!foreign.empty()) refuse(str("holds files that no run wrote (", join(foreign, ", "), ")"));
  std::error_code ignored;
  const fs::path config = path / "laurel.json";
  if (!fs::is_regular_file(config, ignored)) refuse("has no laurel.json, so it is no run's folder");
  const Json json =
      parse_json(read_file(config, ErrorKind::checkpoint), config.string(), ErrorKind::checkpoint);
  if (!json.is_object()) refuse("has a laurel.json that is no config");
}

bool lies_in(const fs::path& inner, const fs::path& outer) {
  std::error_code ignored;
  const fs::path a = fs::weakly_canonical(inner, ignored), b = fs::weakly_canonical(outer, ignored);
  return std::mismatch(b.begin(), b.end(), a.begin(), a.end()).first == b.end();
}

std::vector<TensorToWrite> tensors_of(const Parameters& parameters) {
  std::vector<TensorToWrite> out;
  for (const Store& store : parameters.stores) {
    for (const Entry& entry : store.layout.entries) {
      if (entry.name == "scalars") continue;  // they belong to losses: reward_config.json has them
      const auto read = [&store, &entry] { return values(store, entry); };
      out.push_back({entry.name, entry.shape, at::kFloat, read});
    }
  }
  return out;
}

}  // namespace

void check_run_folder(const fs::path& path, bool overwrite, std::span<const fs::path> inputs) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return;
  if (!fs::is_directory(path, ignored)) {
    throw Error{ErrorKind::checkpoint, str(path, ": found a file, expected a folder for the run")};
  }
  if (fs::is_empty(path, ignored)) return;
  if (!overwrite) {
    throw Error{ErrorKind::checkpoint, str(path,
                                           ": is not empty; choose another run.folder, or "
                                           "replace an earlier run with --overwrite")};
  }
  check_is_run(path);
  for (const fs::path& input : inputs) {
    if (!lies_in(input, path)) continue;
    throw Error{ErrorKind::checkpoint,
                str(path, ": would be replaced, but this run reads ", input, " in it")};
  }
}

RunFolder create_run_folder(const fs::path& path, bool overwrite, const Json& resolved_config,
                            std::span<const fs::path> inputs) {
  check_run_folder(path, overwrite, inputs);
  std::error_code problem;
  fs::create_directories(path, problem);
  for (const auto& entry : fs::directory_iterator(path, problem)) {
    fs::remove_all(entry.path(), problem);
    if (problem) break;
  }
  if (problem) {
    throw Error{ErrorKind::checkpoint, str(path, ": cannot be made: ", problem.message())};
  }
  RunFolder run{path};
  write_file(run.config(), resolved_config.dump(2) + "\n");
  return run;
}

void save_final(const RunFolder& run, FinalModel model) {
  model.reward_config.read = model.source.reading.rule;
  model.reward_config.pad_id = model.pad.id;
  std::vector<std::string> labels = output_names(model.reward_config);
  TemporaryFolder folder(run.final_model());
  write_model(folder.path(), {.source = model.source,
                              .pad = model.pad,
                              .reward_config = std::move(model.reward_config),
                              .labels = std::move(labels),
                              .dtype = at::kFloat,
                              .tensors = tensors_of(model.parameters)});
  write_file(folder.path() / "run.json", model.facts.dump(2) + "\n");
  folder.commit();
}

}  // namespace laurel
