// Checks where the result will go before any model is loaded, fits, and writes.
#include "application/calibrate.h"

#include <filesystem>
#include <optional>
#include <vector>

#include "application/run_summary.h"
#include "checkpoint/hub_cache.h"
#include "checkpoint/manifest.h"
#include "checkpoint/run_folder.h"
#include "checkpoint/run_lock.h"
#include "core/files.h"
#include "core/str.h"
#include "eval/calibration_fit.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse_model(const fs::path& folder, const std::string& found) {
  throw Error{ErrorKind::usage, str(folder, ": found ", found,
                                    ", expected the folder of a finished run, or an export")};
}

// What the calibration is written to: of a run all folders of its trained model.
struct Destination {
  std::vector<fs::path> folders;  // the first is the one that is loaded
  std::optional<fs::path> run;
};

Destination destination_of(const std::string& model) {
  Destination to{.folders = {resolve_model(model)}, .run = {}};
  const fs::path loaded = to.folders[0];
  if (hub_snapshot_of(loaded)) {
    refuse_model(loaded, "a model in the Hub cache, which belongs to every program");
  }
  const std::optional<RunFolder> run = run_of(loaded);
  if (!run) return to;
  if (loaded.filename() != "final") {
    refuse_model(loaded, "a checkpoint; laurel export RUN OUTPUT --step N makes an export of it");
  }
  to.run = run->path;
  std::error_code ignored;
  for (const fs::path& made : {run->export_folder(), run->adapter_folder()}) {
    if (fs::exists(made / "reward_config.json", ignored)) to.folders.push_back(made);
  }
  return to;
}

RewardConfig config_of(const fs::path& folder) {
  auto config = read_reward_config(folder);
  if (!config) {
    refuse_model(folder,
                 "no reward_config.json, in which a calibration is stored with how texts are read; "
                 "laurel eval shows the temperature of a model of others");
  }
  if (config->columns() == 1) return *config;
  throw Error{ErrorKind::usage,
              str(folder, ": found a head of ", config->columns(),
                  " rows, expected one; laurel export --reward NAME or --combine SOURCE makes such "
                  "a model")};
}

// A bias of the head is in final/ and not in an export: log-odds of labels would differ by it.
std::vector<fs::path> folders_for(const Destination& to, const Calibration& calibration,
                                  const Scorer& scorer, Log& log) {
  std::vector<fs::path> folders = to.folders;
  if (calibration.labels == CalibrationLabels::pairs || !scorer.drops_bias()) return folders;
  while (folders.size() > 1) {
    log.warn(str(folders.back(), ": not calibrated, as it has no bias in its head and ", folders[0],
                 " has; laurel export ", *to.run, " OUTPUT writes one with a calibration"));
    folders.pop_back();
  }
  return folders;
}

void store(const std::vector<fs::path>& folders, const Calibration& calibration) {
  for (const fs::path& folder : folders) {
    RewardConfig config = config_of(folder);
    config.calibration = calibration;
    replace_listed_file(folder, "reward_config.json", json_of(config).dump(2) + "\n");
  }
}

std::string interval_text(const std::optional<Interval>& interval, ResampleUnit unit) {
  if (!interval) return "";
  return str(" (95 % interval by ", enum_name(unit), ": ", format_number(interval->low), " to ",
             format_number(interval->high), ")");
}

std::string text_of(const CalibrationFit& fit) {
  const Calibration& of = fit.calibration;
  const bool pairs = of.labels == CalibrationLabels::pairs;
  std::string text = str(count_text(of.n, pairs ? "pair" : "label"), " of ",
                         count_text(of.prompts, "prompt"), "\ntemperature ",
                         format_number(of.temperature), interval_text(fit.temperature, fit.unit));
  if (!pairs) {
    text += str("\nshift ", format_number(of.shift), interval_text(fit.shift, fit.unit));
  }
  text += str("\nlog loss ", format_number(of.log_loss), " as it is, ");
  if (of.calibrated_log_loss) {
    return text +
           str(format_number(of.calibrated_log_loss), " calibrated (cross-validated by prompt)\n");
  }
  return text + "not measured calibrated, as without some prompts there is no temperature\n";
}

}  // namespace

std::string calibrate_files(const EvaluationRequest& request, const Compute& compute, Log& log) {
  const Destination to = destination_of(request.model);
  for (const fs::path& folder : to.folders) config_of(folder);
  std::optional<RunLock> lock;
  if (to.run) lock.emplace(*to.run);
  std::string text;
  with_loaded_rows(request, compute, log, [&](const LoadedRows& rows) {
    CalibrationFit fit = fit_calibration(outcomes_of(rows.rewards(), rows.task));
    Calibration& found = fit.calibration;
    for (const Path& file : rows.files) {
      if (fs::is_regular_file(file.value)) found.data_sha256.push_back(sha256_of_file(file.value));
    }
    if (found.calibrated_log_loss && *found.calibrated_log_loss >= found.log_loss) {
      log.warn(
          "the calibrated log loss is not lower: on these rows the rewards need no calibration");
    }
    const std::vector<fs::path> folders = folders_for(to, found, rows.scorer, log);
    store(folders, found);
    text = text_of(fit);
    for (const fs::path& folder : folders) {
      text += str("stored in ", shown_path(folder / "reward_config.json"), "\n");
    }
    text += "laurel score --calibrated applies it\n";
  });
  return text;
}

}  // namespace laurel
