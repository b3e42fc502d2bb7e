// A run's folder: laurel.json, metrics.jsonl, log.txt, final/, export/.
#pragma once

#include <filesystem>
#include <span>

#include "checkpoint/load.h"

namespace laurel {

struct RunFolder {
  std::filesystem::path path;
  std::filesystem::path config() const { return path / "laurel.json"; }
  std::filesystem::path metrics() const { return path / "metrics.jsonl"; }
  std::filesystem::path log() const { return path / "log.txt"; }
  std::filesystem::path final_model() const { return path / "final"; }
  std::filesystem::path exported() const { return path / "export"; }
};

// Throws Error (checkpoint) if `path` is not empty, unless `overwrite` is set and all in it belongs
// to a run. `inputs` are files and folders that the run reads: none may lie in what would be
// replaced. Changes nothing.
void check_run_folder(const std::filesystem::path& path, bool overwrite,
                      std::span<const std::filesystem::path> inputs = {});

// Checks again, removes what is replaced, and writes laurel.json.
RunFolder create_run_folder(const std::filesystem::path& path, bool overwrite,
                            const Json& resolved_config,
                            std::span<const std::filesystem::path> inputs = {});

struct FinalModel {
  const ModelFolder& source;  // where config.json and the tokenizer come from
  const Parameters& parameters;
  const PadToken& pad;
  RewardConfig reward_config;   // `read` and `pad_id` are filled in from source and pad
  Json facts = Json::object();  // run.json: step, version, revision, ...
};

// final/: what an fp32 export holds, and run.json; complete or not there at all.
void save_final(const RunFolder& run, FinalModel model);

}  // namespace laurel
