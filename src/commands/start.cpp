// The folder is looked at under its lock, and before anything is loaded.
#include "commands/start.h"

#include <algorithm>
#include <map>

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

// What a run folder says of itself where it has no checkpoint.
static Json config_in(const RunFolder& folder) {
  return parse_json(read_file(folder.config(), ErrorKind::checkpoint), folder.config().string(),
                    ErrorKind::checkpoint);
}

static bool names_a_path(const std::string& resume) {
  return resume != "never" && resume != "auto" && resume != "required";
}

// The checkpoint elsewhere that the run in `folder` began from, if it was stopped before it had
// saved that in its own folder.
static std::optional<std::string> unsaved_origin(const RunFolder& folder) {
  if (!checkpoints_of(folder).empty() || final_step(folder)) return std::nullopt;
  const Json config = config_in(folder);
  const auto run = config.find("run");
  if (run == config.end() || !run->is_object() || !run->contains("resume")) return std::nullopt;
  const Json& resume = (*run)["resume"];
  if (!resume.is_string() || !names_a_path(resume.get<std::string>())) return std::nullopt;
  return resume.get<std::string>();
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

// run.resume is auto or required: the newest checkpoint of the run in `folder`.
static void start_at_newest(const RunFolder& folder, bool required, Log& log, Start& start) {
  if (const auto origin = unsaved_origin(folder)) {
    throw refusal(str(folder.path, ": began from ", *origin,
                      " and was stopped before it had saved that; start it with run.resume=",
                      *origin, ", as before"));
  }
  if (const auto newest = newest_of(folder, log)) {
    start_at(newest->path, start);
  } else if (required && !final_step(folder)) {
    throw refusal(str(folder.path, ": found no checkpoint, but run.resume is \"required\""));
  }
}

// run.resume is a path; `id` is of the run in `folder`, if there is one.
static void start_at_chosen(const RunFolder& folder, const std::optional<std::string>& id,
                            const std::string& resume, Log& log, Start& start) {
  start_at(checkpoint_at(resume, log), start);
  if (!id) return;
  start.goes_on = start.state.run == id || unsaved_origin(folder) == resume;
  if (start.goes_on) return;
  throw refusal(str(folder.path, ": holds another run than ", *start.checkpoint,
                    "; go on in it with run.resume=auto, or choose an empty run.folder"));
}

Start find_start(const RunOptions& options, bool overwrite, std::span<const fs::path> inputs,
                 Log& log) {
  const RunFolder folder{options.folder.value};
  const std::string& resume = options.resume;
  std::error_code ignored;
  Start start;
  start.chosen = names_a_path(resume);
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
  if (start.chosen) {
    start_at_chosen(folder, id, resume, log, start);
  } else if (ours) {
    start.goes_on = true;
    start_at_newest(folder, resume == "required", log, start);
  } else if (resume == "required") {
    throw refusal(str(folder.path, ": found no checkpoint, but run.resume is \"required\""));
  }
  if (start.checkpoint && start.goes_on) {
    const fs::path own = folder.checkpoints() / checkpoint_name(start.state.step);
    start.in_place = fs::equivalent(*start.checkpoint, own, ignored);
  }
  return start;
}

static void check_equal(const std::string& what, const std::string& before,
                        const std::string& now) {
  if (before == now) return;
  const auto shown = [](const std::string& digits) {
    return digits.empty() ? "none" : str("SHA-256 ", digits.substr(0, 16), "...");
  };
  throw refusal(str(what, " not what the run began with: found ", shown(now), ", expected ",
                    shown(before),
                    "; bring back what it was, or begin anew in another run.folder"));
}

// Config, tokenizer and chat templates: what the run saves is made of them.
static void check_same_model(const std::map<std::string, std::string>& before,
                             const std::map<std::string, std::string>& now) {
  const auto digits_of = [](const auto& files, const std::string& name) {
    const auto found = files.find(name);
    return found == files.end() ? std::string() : found->second;
  };
  std::map<std::string, std::string> all = before;
  all.insert(now.begin(), now.end());
  for (const auto& file : all) {
    const std::string& name = file.first;
    check_equal(str("the backbone's ", name, " is"), digits_of(before, name), digits_of(now, name));
  }
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
  check_same_model(before.model_sha256, now.model_sha256);
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

static std::map<std::string, std::string> sha256_of_each(const SmallFiles& files) {
  std::map<std::string, std::string> digits;
  for (const auto& [name, bytes] : files) digits[name] = sha256(bytes);
  return digits;
}

RunState state_of(const Config& config, const Prepared& prepared, const Compute& compute) {
  return {.run = {},
          .data = {},
          .best = {},
          .data_sha256 = sha256_of_training_groups(prepared.sources),
          .model_sha256 = sha256_of_each(prepared.model.files),
          .config = resolved_config(config),
          .facts = facts_of(config, compute)};
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
