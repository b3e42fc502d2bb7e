// Makes a run's folder, never deleting what is not a run's, and saves the trained model in it.
#include "checkpoint/run_folder.h"

#include <algorithm>
#include <random>

#include "checkpoint/checkpoints.h"
#include "checkpoint/export.h"
#include "checkpoint/manifest.h"
#include "checkpoint/temporary_folder.h"
#include "checkpoint/training_tensors.h"
#include "core/files.h"
#include "core/option_reader.h"
#include "core/option_writer.h"
#include "core/str.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

constexpr const char* kLock = "run.lock";

// run.json of a run's folder.
struct RunId {
  std::string run;
  std::optional<BaseModel> base = {};
  void fields(auto& visit) {
    visit("run", run);
    visit("base", base);
  }
};

// nullopt for a folder without run.json.
std::optional<RunId> read_run_id(const RunFolder& run) {
  std::error_code ignored;
  const fs::path file = run.id_file();
  if (!fs::exists(file, ignored)) return std::nullopt;
  const Json json =
      parse_json(read_file(file, ErrorKind::checkpoint), file.string(), ErrorKind::checkpoint);
  return read_file_json<RunId>(json, file.string(), ErrorKind::checkpoint);
}

// What lies in a run's folder, or in one of those in it, and was not written by a run.
std::vector<std::string> unknown_files(const fs::path& path) {
  std::vector<std::string> foreign;
  std::vector<fs::path> models{path / "final", path / "export", path / "adapter"};
  for (const auto& entry : fs::directory_iterator(path)) {
    const std::string name = entry.path().filename();
    if (!is_run_file(name)) foreign.push_back(name);
  }
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(path / "checkpoints", ignored)) {
    models.push_back(entry.path());
    const std::string name = entry.path().filename();
    if (!name.starts_with("step-")) foreign.push_back("checkpoints/" + name);
  }
  for (const fs::path& model : models) {
    for (const std::string& name : unlisted_files(model)) {
      foreign.push_back((model.lexically_relative(path) / name).string());
    }
  }
  std::ranges::sort(foreign);
  return foreign;
}

// Its own laurel.json tells a run's folder; anything else in it tells that it is more than that.
void check_only_run_files(const fs::path& path) {
  const auto refuse = [&](const std::string& found) {
    throw Error{ErrorKind::checkpoint,
                str(path, ": ", found, ", so --overwrite does not touch it")};
  };
  std::vector<std::string> foreign = unknown_files(path);
  if (foreign.size() > 10) foreign.resize(10);
  if (!foreign.empty())
    refuse(str("contains files that laurel did not write (", join(foreign, ", "), ")"));
  std::error_code ignored;
  const fs::path config = path / "laurel.json";
  if (!fs::is_regular_file(config, ignored))
    refuse("has no laurel.json, so it is not a run folder");
  const Json json =
      parse_json(read_file(config, ErrorKind::checkpoint), config.string(), ErrorKind::checkpoint);
  if (!json.is_object()) refuse("its laurel.json is not a config");
}

bool is_inside(const fs::path& inner, const fs::path& outer) {
  std::error_code ignored;
  const fs::path a = fs::weakly_canonical(inner, ignored), b = fs::weakly_canonical(outer, ignored);
  return std::mismatch(b.begin(), b.end(), a.begin(), a.end()).first == b.end();
}

// 16 hexadecimal digits that no other run has.
std::string new_id() {
  std::random_device random;
  const uint64_t bits = (uint64_t{random()} << 32) | random();
  char digits[17];
  std::snprintf(digits, sizeof(digits), "%016lx", static_cast<unsigned long>(bits));
  return digits;
}

void write_run_model(const fs::path& folder, RunModel model, const Json& facts) {
  model.reward_config.pooling = model.source.pooling.rule;
  model.reward_config.pad_id = model.pad.id;
  std::vector<std::string> labels = output_names(model.reward_config);
  write_model(folder, {.source = model.source,
                       .pad = model.pad,
                       .reward_config = std::move(model.reward_config),
                       .labels = std::move(labels),
                       .dtype = at::kFloat,
                       .tensors = model_tensors(model.parameters)});
  if (model.partial) write_partial_model(folder, *model.partial);
  write_file(folder / "run.json", facts.dump(2) + "\n");
}

}  // namespace

bool is_run_file(const std::string& name) {
  for (const char* own :
       {"laurel.json", "run.json", "sample_rows.json", "inputs.json", "eval_rows.json",
        "metrics.jsonl", "log.txt", "report.html", "checkpoints", "final", "export", "adapter"}) {
    if (name == own || name.starts_with(str(own, ".tmp"))) return true;
    if (name.starts_with(str(own, ".earlier-"))) return true;  // of a run that went on from before
  }
  if (name.starts_with("events.out.tfevents.")) return true;  // TensorBoard's
  return name == kLock || (name.starts_with("nonfinite-step-") && name.ends_with(".json"));
}

bool holds_run(const fs::path& path) {
  const RunFolder run{path};
  std::error_code ignored;
  if (fs::exists(path / kLock, ignored)) return true;
  return fs::exists(run.config(), ignored) &&
         (fs::exists(run.id_file(), ignored) || fs::exists(run.metrics(), ignored));
}

void check_none_inside(const fs::path& path, std::span<const fs::path> inputs) {
  for (const fs::path& input : inputs) {
    if (!is_inside(input, path)) continue;
    throw Error{ErrorKind::checkpoint,
                str(path, ": would be replaced, but this run reads ", input, " in it")};
  }
}

void check_run_folder(const fs::path& path, bool overwrite, std::span<const fs::path> inputs) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return;
  if (!fs::is_directory(path, ignored)) {
    throw Error{ErrorKind::checkpoint, str(path, ": found a file, expected a folder for the run")};
  }
  if (is_free(path)) return;
  if (!overwrite) {
    const bool run = fs::is_regular_file(path / "laurel.json", ignored);
    throw Error{ErrorKind::checkpoint,
                str(path, run ? ": is not empty; choose another run.folder, resume the run in it "
                                "with --set run.resume=auto, or replace it with --overwrite"
                              : ": is not empty and holds no run (no laurel.json); choose another "
                                "run.folder, one that is empty or does not exist yet")};
  }
  check_only_run_files(path);
  check_none_inside(path, inputs);
}

RunFolder create_run_folder(const fs::path& path, bool overwrite, const Json& resolved_config,
                            std::span<const fs::path> inputs,
                            const std::optional<BaseModel>& base) {
  check_run_folder(path, overwrite, inputs);
  create_folders(path);
  RunFolder run{path};
  // Whoever is killed here leaves no run that could go on, but one that may still be replaced.
  std::error_code problem;
  fs::remove(run.id_file(), problem);
  for (const auto& entry : fs::directory_iterator(path)) {
    const fs::path name = entry.path().filename();
    if (!problem && name != kLock && name != "laurel.json") fs::remove_all(entry.path(), problem);
  }
  if (problem) {
    throw Error{ErrorKind::checkpoint, str(path, ": cannot be cleared: ", problem.message())};
  }
  write_file(run.config(), resolved_config.dump(2) + "\n");
  write_file(run.id_file(), options_to_json(RunId{new_id(), base}).dump(2) + "\n");
  flush_folder(path);
  return run;
}

std::optional<std::string> run_id(const RunFolder& run) {
  const std::optional<RunId> id = read_run_id(run);
  return id ? std::optional(id->run) : std::nullopt;
}

std::optional<BaseModel> base_model(const RunFolder& run) {
  const std::optional<RunId> id = read_run_id(run);
  return id ? id->base : std::nullopt;
}

std::optional<RunFolder> run_of(const fs::path& model) {
  const fs::path folder = fs::absolute(model).lexically_normal();
  const fs::path name = folder.has_filename() ? folder : folder.parent_path();
  const fs::path above = name.parent_path();
  RunFolder run{above.filename() == "checkpoints" ? above.parent_path() : above};
  const bool own = name.filename() == "final" || above.filename() == "checkpoints";
  std::error_code ignored;
  if (!own || !fs::exists(run.id_file(), ignored)) return std::nullopt;
  return run;
}

std::optional<FinalFacts> final_facts(const RunFolder& run) {
  std::error_code ignored;
  const fs::path file = run.final_folder() / "run.json";
  if (!fs::exists(file, ignored)) return std::nullopt;
  const Json json =
      parse_json(read_file(file, ErrorKind::checkpoint), file.string(), ErrorKind::checkpoint);
  return read_file_json<FinalFacts>(json, file.string(), ErrorKind::checkpoint);
}

bool is_free(const fs::path& path) {
  std::error_code ignored;
  const bool locked = fs::exists(path / kLock, ignored);
  const auto written_before_id = [&](const auto& entry) {
    const std::string name = entry.path().filename();
    return name == kLock || (locked && (name == "laurel.json" || name.starts_with("laurel.json.") ||
                                        name.starts_with("run.json.")));
  };
  const auto entries = fs::directory_iterator(path, ignored);
  return std::all_of(begin(entries), end(entries), written_before_id);
}

void save_final_model(const RunFolder& run, RunModel model, const FinalFacts& facts) {
  TemporaryFolder folder(run.final_folder());
  write_run_model(folder.path(), std::move(model), options_to_json(facts));
  folder.commit();
}

void save_final_model(const RunFolder& run, const fs::path& checkpoint, const FinalFacts& facts) {
  check_manifest(checkpoint, ErrorKind::checkpoint);
  TemporaryFolder folder(run.final_folder());
  std::error_code ignored;
  for (const auto& entry : fs::recursive_directory_iterator(checkpoint)) {
    const fs::path name = entry.path().lexically_relative(checkpoint);
    if (entry.is_directory(ignored)) {
      create_folders(folder.path() / name);
    } else if (name != "training.safetensors" && name != "manifest.json" && name != "run.json") {
      copy_flushed(entry.path(), folder.path() / name);
    }
  }
  write_file(folder.path() / "run.json", options_to_json(facts).dump(2) + "\n");
  folder.commit();
}

void save_checkpoint(const RunFolder& run, RunModel model, const TrainState& state) {
  const fs::path path = run.checkpoints() / checkpoint_name(state.step);
  std::error_code ignored;
  if (fs::exists(path, ignored)) {
    const TrainState saved = read_train_state(path);
    if (saved.facts.run == state.facts.run && saved.optimizer.updates == state.optimizer.updates)
      return;
    throw Error{ErrorKind::checkpoint,
                str(path, ": found another checkpoint, expected that name to be free")};
  }
  TemporaryFolder folder(path);
  write_training_tensors(folder.path() / "training.safetensors", model.parameters,
                         state.optimizer.seen_rows);
  write_run_model(folder.path(), std::move(model), json_of(state));
  folder.commit();
}

}  // namespace laurel
