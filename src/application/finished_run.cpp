// Verifies final/ and export/ by their manifests before nothing is left to do.
#include "application/finished_run.h"

#include <initializer_list>

#include "checkpoint/checkpoints.h"
#include "checkpoint/manifest.h"
#include "config/difference.h"
#include "core/str.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

bool there(const fs::path& folder) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(folder, ignored));
}

// What is wrong with a folder that laurel wrote; empty: nothing.
std::string damage_of(const fs::path& folder) {
  try {
    if (!has_manifest(folder)) return str(folder, ": has no manifest.json");
    check_manifest(folder, ErrorKind::checkpoint);
  } catch (const Error& error) {
    return error.message;
  }
  return "";
}

// Of final/: its steps, or what is wrong with it.
struct FinalState {
  std::optional<int64_t> step, weights_of_step;
  bool stopped_early = false;
  std::string damage;
};
FinalState state_of_final(const RunFolder& folder) {
  FinalState state;
  try {
    const std::optional<FinalFacts> facts = final_facts(folder);
    if (!facts)
      return {.step = {},
              .weights_of_step = {},
              .damage = str(folder.final_folder(), ": has no run.json")};
    state.step = facts->step;
    state.stopped_early = facts->stopped_early.value_or(false);
    state.weights_of_step = facts->weights_of_step.value_or(facts->step);
  } catch (const Error& error) {
    state.damage = error.message;
  }
  return state;
}

// A model is there, and no checkpoint to go on from.
[[noreturn]] void refuse_to_begin_anew(const RunFolder& folder, const FinalState& final_state,
                                       int64_t steps) {
  const std::string remedy =
      str("; to train its model further, start another run with model.path ", folder.path,
          " (a new optimizer and schedule), or replace this run with --overwrite and run.resume "
          "\"never\"");
  if (final_state.damage.empty() && final_state.step) {
    throw Error{ErrorKind::checkpoint,
                str(folder.path, ": is complete after ", *final_state.step,
                    " steps and has no checkpoint left to go on from to ", steps, remedy)};
  }
  throw Error{ErrorKind::checkpoint,
              str(final_state.damage.empty()
                      ? str(folder.path, ": has an export/, but neither final/ nor a checkpoint")
                      : str(final_state.damage, "; no checkpoint is left to write it from"),
                  remedy)};
}

// Whether options of training are those that the newest checkpoint was trained with.
bool unchanged(const ResumePoint& resume_point, const Config& config,
               std::initializer_list<const char*> names) {
  return same_train_options(resume_point.state.facts.config, resolved_config(config), names);
}

// The step whose weights train.final asks for.
int64_t wanted_step(const ResumePoint& resume_point, const FinalState& final_state,
                    const Config& config) {
  const std::optional<BestStep>& best = resume_point.state.best;
  if (config.train.final_step != FinalStep::best) return *final_state.step;
  const auto refuse = [&](const std::string& found, const char* remedy) {
    throw Error{ErrorKind::checkpoint,
                str("train.final: found \"best\", but the run in ", config.run.folder.value,
                    " is complete and ", found, "; ", remedy)};
  };
  if (!unchanged(resume_point, config, {"keep_best"})) {
    refuse("was trained with another train.keep_best, so its best step by this one is not known",
           "restore train.keep_best, or set train.final=last");
  }
  if (!best || final_state.weights_of_step == best->step) return *final_state.weights_of_step;
  const fs::path checkpoint =
      RunFolder{config.run.folder.value}.checkpoints() / checkpoint_name(best->step);
  if (!there(checkpoint))
    refuse(str("its best checkpoint is gone: ", checkpoint), "set train.final=last");
  return best->step;
}

// Whether final/ has the weights of another step than train.final says now, and they can be
// written again.
bool has_other_weights(const ResumePoint& resume_point, const FinalState& final_state,
                       const Config& config, Log& log) {
  if (!resume_point.checkpoint) return false;
  const int64_t wanted = wanted_step(resume_point, final_state, config);
  if (final_state.weights_of_step == wanted) return false;
  log.info(str("final/ has the weights of step ", *final_state.weights_of_step,
               "; it is written again with those of step ", wanted, " (train.final)"));
  return true;
}

}  // namespace

void check_finished_run(ResumePoint& resume_point, const Config& config, int64_t steps, Log& log) {
  const RunFolder folder{config.run.folder.value};
  if (!resume_point.resumes || resume_point.by_path) return;
  const bool has_final = there(folder.final_folder()), has_export = there(folder.export_folder());
  if (!has_final) {
    if (has_export && !resume_point.checkpoint) refuse_to_begin_anew(folder, {}, steps);
    return;
  }
  FinalState final_state = state_of_final(folder);
  const bool still_stopped = final_state.stopped_early && config.train.stop_early.has_value() &&
                             (!resume_point.checkpoint ||
                              unchanged(resume_point, config, {"stop_early", "steps", "epochs"}));
  const bool complete = final_state.step == steps || still_stopped;
  if (complete) final_state.damage = damage_of(folder.final_folder());
  const bool whole = final_state.damage.empty();
  if (!resume_point.checkpoint && !(whole && complete)) {
    refuse_to_begin_anew(folder, final_state, steps);
  }
  if (!whole) {
    log.warn(str(final_state.damage, "; final/ and export/ are written again, from ",
                 *resume_point.checkpoint));
    return;
  }
  if (!complete || has_other_weights(resume_point, final_state, config, log)) return;
  resume_point.training_done = true;
  resume_point.final_step = *final_state.step;
  resume_point.adapter_missing =
      lora_of(config.model.train) && !damage_of(folder.adapter_folder()).empty();
  if (!has_export) return;
  const std::string damage = damage_of(folder.export_folder());
  if (damage.empty()) return;
  log.warn(str(damage, "; the export is written again, from ", folder.final_folder()));
  resume_point.export_damaged = true;
}

}  // namespace laurel
