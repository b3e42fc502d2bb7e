// The folder is looked at under its lock, and before anything is loaded.
#include "commands/start.h"

#include <algorithm>

#include "checkpoint/checkpoints.h"
#include "checkpoint/manifest.h"
#include "commands/version.h"
#include "config/difference.h"
#include "core/files.h"
#include "core/str.h"
#include "data/group_bytes.h"

namespace laurel {

namespace fs = std::filesystem;

static Error refusal(const std::string& message) { return {ErrorKind::checkpoint, message}; }

std::unique_ptr<RunLock> lock_folder(const fs::path& folder, Log& log) {
  make_folders(folder);
  auto lock = std::make_unique<RunLock>(folder);
  if (!lock->note().empty()) log.warn(lock->note());
  return lock;
}

// The newest whole checkpoint of the run in `folder`, with words about those that are not.
static std::optional<Checkpoint> newest_of(const RunFolder& folder, Log& log) {
  const std::optional<std::string> id = run_id(folder);
  NewestCheckpoint newest = newest_whole(folder, id.value_or(""));
  if (!newest.checkpoint && !newest.damaged.empty()) {
    throw refusal(str(newest.damaged.front(), "; there is no other, so nothing to go on from"));
  }
  for (const std::string& damage : newest.damaged) log.warn(damage);
  return newest.checkpoint;
}

static void start_at(const fs::path& checkpoint, Start& start) {
  start.checkpoint = checkpoint;
  start.state = read_run_state(checkpoint);
}

// run.resume is a path: a checkpoint, or a run's folder.
static fs::path checkpoint_at(const std::string& path, Log& log) {
  std::error_code ignored;
  const fs::path given = fs::absolute(path).lexically_normal();
  if (!fs::exists(given / "training.safetensors", ignored)) {
    const std::optional<Checkpoint> newest = newest_of({given}, log);
    if (!newest) throw refusal(str("run.resume: found no whole checkpoint in ", given));
    return newest->path;
  }
  if (!has_manifest(given))
    throw refusal(str(given, ": found no manifest.json, expected a whole checkpoint"));
  check_manifest(given, ErrorKind::checkpoint);
  return given;
}

Start find_start(const RunOptions& options, bool overwrite, std::span<const fs::path> inputs,
                 Log& log) {
  const RunFolder folder{options.folder.value};
  const std::string& resume = options.resume;
  std::error_code ignored;
  Start start;
  start.chosen = resume != "never" && resume != "auto" && resume != "required";
  if (start.chosen && !fs::is_directory(resume, ignored)) {
    throw Error{ErrorKind::usage,
                str("run.resume: found \"", resume,
                    "\", expected never, auto, required, or the folder of a checkpoint or a run")};
  }
  if (resume != "never" && overwrite) {
    throw Error{ErrorKind::usage,
                str("run.resume: found \"", resume, "\" beside --overwrite, which begins anew")};
  }
  if (resume == "never") check_run_folder(folder.path, overwrite, inputs);
  const std::optional<std::string> id = run_id(folder);
  const bool ours = id.has_value();
  if (resume != "never" && !ours && !is_free(folder.path)) {
    throw refusal(
        str(folder.path, ": is not empty and not the folder of a run (it has no run.json)"));
  }
  if (fs::exists(folder.path, ignored)) start.lock = lock_folder(folder.path, log);
  if (resume == "never") return start;
  if (!start.chosen) {
    start.goes_on = ours;
    if (const auto newest = ours ? newest_of(folder, log) : std::nullopt) {
      start_at(newest->path, start);
    } else if (resume == "required") {
      throw refusal(str(folder.path, ": found no checkpoint, but run.resume is \"required\""));
    }
    return start;
  }
  start_at(checkpoint_at(resume, log), start);
  start.goes_on = ours && start.state.run == id;
  if (ours && !start.goes_on) {
    throw refusal(str(folder.path, ": holds another run than ", *start.checkpoint,
                      "; choose an empty run.folder"));
  }
  return start;
}

static void check_equal(const std::string& what, const std::string& before,
                        const std::string& now) {
  if (before == now) return;
  throw refusal(str(what, " not what the run began with: found SHA-256 ", now.substr(0, 16),
                    "..., expected ", before.substr(0, 16),
                    "...; bring back what it was, or begin anew in another run.folder"));
}

static void check_same_config(const Json& before, const Json& now, Log& log) {
  std::string changed;
  for (const auto& [path, was, is] : differences(before, now)) {
    if (path == "run.resume") continue;
    if (may_change(path, before, now)) {
      log.info(str("goes on with another value: ", path, ": ", was, " -> ", is));
    } else {
      changed += str("\n  ", path, ": ", was, " -> ", is);
    }
  }
  if (!changed.empty()) {
    throw refusal(str("the config is not that of the run:", changed,
                      "\nSet these back, or begin anew in another run.folder"));
  }
}

static void check_same_run(const RunState& before, const RunState& now, Log& log) {
  check_same_config(before.config, now.config, log);
  check_equal("the backbone's config.json is", before.model_sha256, now.model_sha256);
  check_equal("the training rows, as they are tokenised, are", before.data_sha256, now.data_sha256);
  std::string different;
  for (const auto& [path, was, is] : differences(before.facts, now.facts)) {
    if (path != "step") different += str(different.empty() ? "" : ", ", path, " ", was, " -> ", is);
  }
  if (different.empty()) return;
  log.warn(str("goes on elsewhere than it began (", different,
               "): the same rows follow in the same order, but numbers may differ in their last "
               "digits from those of an unbroken run"));
}

static Json facts_of(const Config& config, const Compute& compute) {
  return {{"laurel", version()},
          {"revision", revision()},
          {"libtorch", libtorch_version()},
          {"cpu", cpu_text()},
          {"device", word_of(config.run.device)},
          {"precision", word_of(*config.train.precision)},
          {"workers", compute.workers},
          {"threads", compute.threads}};
}

RunState state_of(const Config& config, const Prepared& prepared, const Compute& compute) {
  return {.run = {},
          .data = {},
          .best = {},
          .data_sha256 = sha256_of_training_groups(prepared.sources),
          .model_sha256 = sha256(prepared.model.files.at("config.json")),
          .config = resolved_config(config),
          .facts = facts_of(config, compute)};
}

// What a run folder says of itself where it has no checkpoint.
static Json config_in(const RunFolder& folder) {
  return parse_json(read_file(folder.config(), ErrorKind::checkpoint), folder.config().string(),
                    ErrorKind::checkpoint);
}

void check_start(Start& start, const RunFolder& folder, const RunState& now, int64_t steps,
                 Log& log) {
  if (start.checkpoint) {
    check_same_run(start.state, now, log);
  } else if (start.goes_on) {
    check_same_config(config_in(folder), now.config, log);
  }
  if (start.state.step > steps) {
    throw Error{ErrorKind::checkpoint, str(*start.checkpoint, ": is of step ", start.state.step,
                                           ", but the run has ", steps, " steps")};
  }
  start.trained = start.goes_on && !start.chosen && final_step(folder) == steps;
}

std::string start_text(const Start& start, const RunFolder& folder) {
  if (!start.checkpoint) {
    return start.goes_on ? str("starts at step 0: ", folder.path, " has no checkpoint yet")
                         : "starts at step 0";
  }
  return str("starts at step ", start.state.step, ", from ", *start.checkpoint);
}

}  // namespace laurel
