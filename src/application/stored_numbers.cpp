// Finds the copies of a model, and writes to them.
#include "application/stored_numbers.h"

#include "application/run_summary.h"
#include "checkpoint/hub_cache.h"
#include "checkpoint/manifest.h"
#include "checkpoint/run_folder.h"
#include "checkpoint/scale_section.h"
#include "core/files.h"
#include "core/str.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse_model(const fs::path& folder, const std::string& found) {
  throw Error{ErrorKind::usage, str(folder, ": found ", found,
                                    ", expected the folder of a finished run, or an export")};
}

void check_config(const fs::path& folder, const std::string& numbers, const std::string& instead) {
  const auto config = read_reward_config(folder);
  if (!config) {
    refuse_model(folder, str("no reward_config.json, in which ", numbers,
                             " is stored with how texts are read; ", instead));
  }
  if (config->columns() == 1) return;
  throw Error{ErrorKind::usage,
              str(folder, ": found a head of ", config->columns(),
                  " rows, expected one; laurel export --reward NAME or --combine SOURCE makes such "
                  "a model")};
}

void update_card(const fs::path& folder, const RewardConfig& config) {
  const fs::path file = folder / "README.md";
  if (!path_exists(file)) return;
  const std::string before = read_file(file), after = with_scale_section(before, config);
  if (after != before) replace_listed_file(folder, "README.md", after);
}

// ", in place of an earlier calibration", or "": exports that were scaled by it are not found from here.
std::string replaced(const Json& before, const Json& after) {
  for (const auto& [name, value] : after.items()) {
    const Json earlier = before.value(name, Json());
    if (!value.is_object() || !earlier.is_object() || earlier == value) continue;
    return str(", in place of an earlier ", name);
  }
  return "";
}

}  // namespace

ModelCopies copies_of(const std::string& model, const std::string& numbers,
                      const std::string& instead) {
  ModelCopies copies{.folders = {resolve_model(model)}, .run = {}};
  const fs::path loaded = copies.folders[0];
  if (hub_snapshot_of(loaded)) {
    refuse_model(loaded, "a model in the Hub cache, which belongs to every program");
  }
  if (const std::optional<RunFolder> run = run_of(loaded)) {
    if (loaded.filename() != "final") {
      refuse_model(loaded, "a checkpoint; laurel export RUN OUTPUT --step N makes an export of it");
    }
    copies.run = run->path;
    for (const fs::path& made : {run->export_folder(), run->adapter_folder()}) {
      if (path_exists(made / "reward_config.json")) copies.folders.push_back(made);
    }
  }
  for (const fs::path& folder : copies.folders) check_config(folder, numbers, instead);
  if (copies.run) copies.lock = std::make_unique<RunLock>(*copies.run, "storing " + numbers);
  return copies;
}

void leave_out_without_bias(ModelCopies& copies, const Scorer& scorer, const std::string& done,
                            Log& log) {
  if (!scorer.drops_bias()) return;
  while (copies.folders.size() > 1) {
    log.warn(str(copies.folders.back(), ": not ", done, ", as it has no bias in its head and ",
                 copies.folders[0], " has; laurel export ", *copies.run,
                 " OUTPUT writes one that is"));
    copies.folders.pop_back();
  }
}

std::string store(const ModelCopies& copies, const std::function<void(RewardConfig&)>& change) {
  std::string lines;
  for (const fs::path& folder : copies.folders) {
    RewardConfig config = *read_reward_config(folder);
    const Json before = json_of(config);
    change(config);
    const Json after = json_of(config);
    replace_listed_file(folder, "reward_config.json", after.dump(2) + "\n");
    update_card(folder, config);
    lines +=
        str("stored in ", shown_path(folder / "reward_config.json"), replaced(before, after), "\n");
  }
  return lines;
}

}  // namespace laurel
