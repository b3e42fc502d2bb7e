// Finds and checks the resume point, under the run folder's lock and before anything is loaded.
#include "application/resume.h"

#include <map>

#include "application/finished_run.h"
#include "application/longer_run.h"
#include "application/run_facts.h"
#include "checkpoint/checkpoints.h"
#include "checkpoint/manifest.h"
#include "config/difference.h"
#include "core/files.h"
#include "core/str.h"
#include "data/sources/training_groups_hash.h"

namespace laurel {

namespace fs = std::filesystem;

static Error checkpoint_error(const std::string& message) {
  return {ErrorKind::checkpoint, message};
}

std::unique_ptr<RunLock> lock_folder(const fs::path& folder, Log& log) {
  create_folders(folder);
  auto lock = std::make_unique<RunLock>(folder);
  if (!lock->note().empty()) log.warn(lock->note());
  return lock;
}

// The newest whole checkpoint of the run in `folder`, with words about those that are not.
static std::optional<Checkpoint> newest_checkpoint_of(const RunFolder& folder, Log& log) {
  const std::optional<std::string> id = run_id(folder);
  NewestCheckpoint newest = find_newest_checkpoint(folder, id.value_or(""));
  if (!newest.checkpoint && !newest.damaged.empty()) {
    throw checkpoint_error(
        str(newest.damaged.front(),
            newest.damaged.size() > 1
                ? str(", and so ", newest.damaged.size() == 2 ? "is the other" : "are the others",
                      " in ", folder.checkpoints())
                : std::string(),
            "; there is no whole checkpoint to resume from: restore one from a copy, or start "
            "again in another run.folder or with --overwrite"));
  }
  for (const std::string& damage : newest.damaged) {
    log.warn(str(damage, newest.checkpoint ? "; an older one is taken" : ""));
  }
  return newest.checkpoint;
}

static void resume_from(const fs::path& checkpoint, ResumePoint& resume_point) {
  resume_point.checkpoint = checkpoint;
  resume_point.state = read_train_state(checkpoint);
}

// What a run folder says of itself where it has no checkpoint.
static Json read_saved_config(const RunFolder& folder) {
  return parse_json(read_file(folder.config(), ErrorKind::checkpoint), folder.config().string(),
                    ErrorKind::checkpoint);
}

static bool is_path(const std::string& resume) {
  return resume != "never" && resume != "auto" && resume != "required";
}

// The checkpoint elsewhere that the run in `folder` began from, if it was stopped before it had
// saved that in its own folder.
static std::optional<std::string> origin_not_saved(const RunFolder& folder) {
  std::error_code ignored;
  if (!list_checkpoints(folder).empty() || fs::exists(folder.final_folder(), ignored)) {
    return std::nullopt;
  }
  const Json config = read_saved_config(folder);
  const auto run = config.find("run");
  if (run == config.end() || !run->is_object() || !run->contains("resume")) return std::nullopt;
  const Json& resume = (*run)["resume"];
  if (!resume.is_string() || !is_path(resume.get<std::string>())) return std::nullopt;
  return resume.get<std::string>();
}

// run.resume is a path: a checkpoint, or a run's folder.
static fs::path checkpoint_at(const std::string& path, Log& log) {
  std::error_code ignored;
  const fs::path given = fs::absolute(path).lexically_normal();
  if (!fs::exists(given / "training.safetensors", ignored)) {
    const std::optional<Checkpoint> newest = newest_checkpoint_of({given}, log);
    if (!newest) throw checkpoint_error(str("run.resume: found no whole checkpoint in ", given));
    return newest->path;
  }
  if (!has_manifest(given))
    throw checkpoint_error(str(given, ": found no manifest.json, expected a whole checkpoint"));
  try {
    check_manifest(given, ErrorKind::checkpoint);
  } catch (const Error& error) {
    throw checkpoint_error(str(error.message, "; run.resume can name an older one"));
  }
  return given;
}

// run.resume is auto or required: the newest checkpoint of the run in `folder`.
static void resume_from_newest(const RunFolder& folder, bool required, Log& log,
                               ResumePoint& resume_point) {
  if (const auto origin = origin_not_saved(folder)) {
    throw checkpoint_error(
        str(folder.path, ": started from ", *origin,
            " but stopped before its first checkpoint; start it with run.resume=", *origin,
            ", as before"));
  }
  std::error_code ignored;
  if (const auto newest = newest_checkpoint_of(folder, log)) {
    resume_from(newest->path, resume_point);
  } else if (required && !fs::exists(folder.final_folder(), ignored)) {
    throw checkpoint_error(
        str(folder.path, ": found no checkpoint, but run.resume is \"required\""));
  }
}

// run.resume is a path; `id` is of the run in `folder`, if there is one.
static void resume_from_path(const RunFolder& folder, const std::optional<std::string>& id,
                             const std::string& resume, Log& log, ResumePoint& resume_point) {
  resume_from(checkpoint_at(resume, log), resume_point);
  if (!id) return;
  resume_point.resumes = resume_point.state.facts.run == id || origin_not_saved(folder) == resume;
  if (resume_point.resumes) return;
  throw checkpoint_error(
      str(folder.path, ": holds another run than ", *resume_point.checkpoint,
          "; resume that run with run.resume=auto, or choose an empty run.folder"));
}

ResumePoint find_resume_point(const RunOptions& options, bool overwrite,
                              std::span<const fs::path> inputs, Log& log) {
  const RunFolder folder{options.folder.value};
  const std::string& resume = options.resume;
  std::error_code ignored;
  ResumePoint resume_point;
  resume_point.by_path = is_path(resume);
  if (resume_point.by_path && !fs::is_directory(resume, ignored)) {
    throw Error{ErrorKind::usage,
                str("run.resume: found \"", resume,
                    "\", expected never, auto, required, or the folder of a checkpoint or a run")};
  }
  if (resume != "never" && overwrite) {
    throw Error{ErrorKind::usage,
                str("run.resume (\"", resume, "\") conflicts with --overwrite; give one of them")};
  }
  check_not_locked(folder.path);  // what else is said of a folder where a run trains would mislead
  if (resume == "never") check_run_folder(folder.path, overwrite, inputs);
  const std::optional<std::string> id = run_id(folder);
  const bool ours = id.has_value();
  if (resume != "never" && !ours && !is_free(folder.path)) {
    throw checkpoint_error(
        str(folder.path, ": is not empty and not the folder of a run (it has no run.json)"));
  }
  if (fs::exists(folder.path, ignored)) resume_point.lock = lock_folder(folder.path, log);
  if (resume == "never") return resume_point;
  if (resume_point.by_path) {
    resume_from_path(folder, id, resume, log, resume_point);
  } else if (ours) {
    resume_point.resumes = true;
    resume_from_newest(folder, resume == "required", log, resume_point);
  } else if (resume == "required") {
    throw checkpoint_error(
        str(folder.path, ": found no checkpoint, but run.resume is \"required\""));
  }
  if (resume_point.checkpoint && resume_point.resumes) {
    const fs::path own = folder.checkpoints() / checkpoint_name(resume_point.state.step);
    resume_point.in_place = fs::equivalent(*resume_point.checkpoint, own, ignored);
  }
  return resume_point;
}

static void check_equal(const std::string& what, const std::string& before,
                        const std::string& now) {
  if (before == now) return;
  const auto shown = [](const std::string& digits) {
    return digits.empty() ? "none" : str("SHA-256 ", digits.substr(0, 16), "...");
  };
  throw checkpoint_error(str(what, " not what the run started with: found ", shown(now),
                             ", expected ", shown(before),
                             "; restore it, or start a new run in another run.folder"));
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

// What parts of a model were trained on. All other checkpoints hold the backbone themselves.
static std::optional<BaseModel> base_of(const ResumePoint& resume_point, const RunFolder& folder) {
  if (!resume_point.checkpoint) {
    return resume_point.resumes ? base_model(folder) : std::nullopt;
  }
  const std::optional<PartialModel> partial = read_partial_model(*resume_point.checkpoint);
  return partial ? std::optional(partial->base) : std::nullopt;
}

static void check_same_config(const Json& before, const Json& now, Log& log) {
  std::string changed;
  for (const auto& [path, was, is] : differences(before, now)) {
    if (path == "run.resume") continue;
    if (may_change_on_resume(path, before, now)) {
      log.info(str("resuming with another value: ", path, ": ", was, " -> ", is));
    } else {
      changed += str("\n  ", path, ": ", was, " -> ", is);
    }
  }
  if (!changed.empty()) {
    throw checkpoint_error(str("the config is not that of the run:", changed,
                               "\nRestore these values, or start a new run in another run.folder "
                               "(with model.path of this run, from its model)"));
  }
}

static void check_same_run(const RunFacts& before, const RunFacts& now, Log& log) {
  check_same_config(before.config, now.config, log);
  check_same_model(before.model_sha256, now.model_sha256);
  check_equal("the training rows, as they are tokenised, are", before.data_sha256, now.data_sha256);
  std::string different;
  for (const auto& [path, was, is] : differences(before.environment, now.environment)) {
    if (path != "step") different += str(different.empty() ? "" : ", ", path, " ", was, " -> ", is);
  }
  if (different.empty()) return;
  log.warn(str("resuming in a different environment (", different,
               "). Data order is unchanged; results may differ by rounding."));
}

// What is the best of other rows says nothing of these.
static void forget_best(TrainState& state, Log& log) {
  if (!state.best && !state.early_stop) return;
  log.warn(
      str("the rows of evaluation are not those of the steps so far: the best step so far is "
          "forgotten",
          state.early_stop ? ", and train.stop_early counts anew" : ""));
  state.best.reset();
  state.early_stop.reset();
}

RunFacts check_resume_point(ResumePoint& resume_point, const Config& config, RunInputs& inputs,
                            const Compute& compute, Log& log) {
  const RunFolder folder{config.run.folder.value};
  RunFacts now = facts_of(config, inputs, compute);
  if (resume_point.checkpoint) {
    renew(resume_point.state.facts.data_sha256, now.data_sha256, inputs.sources);
    const RunFacts& before = resume_point.state.facts;
    check_same_run(before, now, log);
    if (!before.eval_sha256.empty() && before.eval_sha256 != now.eval_sha256) {
      forget_best(resume_point.state, log);
    }
    const auto note = lengthen(config, inputs, resume_point.state, inputs.length);
    if (note) log.info(*note);
  } else if (resume_point.resumes) {
    check_same_config(read_saved_config(folder), now.config, log);
  }
  if (!trains_all(inputs.model.trained)) {
    const std::optional<BaseModel> base = base_of(resume_point, folder);
    if (base) check_same_base(*base, inputs.model);
  }
  const int64_t steps = inputs.length.steps;
  if (resume_point.state.step > steps) {
    throw Error{ErrorKind::checkpoint,
                str(*resume_point.checkpoint, ": is of step ", resume_point.state.step,
                    ", but the run has ", count_text(steps, "step"),
                    "; raise train.steps or train.epochs, or go back with run.resume=CHECKPOINT")};
  }
  check_finished_run(resume_point, config, steps, log);
  return now;
}

std::string resume_text(const ResumePoint& resume_point, const RunFolder& folder) {
  if (!resume_point.checkpoint) {
    return resume_point.resumes ? str("starts at step 0: ", folder.path, " has no checkpoint yet")
                                : "starts at step 0";
  }
  return str("starts at step ", resume_point.state.step, ", from ", *resume_point.checkpoint);
}

}  // namespace laurel
