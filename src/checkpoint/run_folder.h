// A run's folder: laurel.json, run.json, metrics.jsonl, log.txt, report.html, checkpoints/, final/,
// export/.
#pragma once

#include <filesystem>
#include <span>

#include "checkpoint/base_model.h"
#include "checkpoint/load.h"
#include "checkpoint/partial_model.h"
#include "checkpoint/train_state.h"

namespace laurel {

struct RunFolder {
  std::filesystem::path path;
  std::filesystem::path config() const { return path / "laurel.json"; }  // resolved
  std::filesystem::path id_file() const { return path / "run.json"; }    // its id and its base
  std::filesystem::path sample_rows() const { return path / "sample_rows.json"; }
  std::filesystem::path inputs() const { return path / "inputs.json"; }        // for reports
  std::filesystem::path eval_rows() const { return path / "eval_rows.json"; }  // for reports
  std::filesystem::path report() const { return path / "report.html"; }
  std::filesystem::path metrics() const { return path / "metrics.jsonl"; }
  std::filesystem::path log() const { return path / "log.txt"; }
  std::filesystem::path checkpoints() const { return path / "checkpoints"; }
  std::filesystem::path final_folder() const { return path / "final"; }
  std::filesystem::path export_folder() const { return path / "export"; }
  std::filesystem::path adapter_folder() const { return path / "adapter"; }  // of PEFT's layout
};

// Throws Error (checkpoint) if `path` is not empty, unless `overwrite` is set and all in it belongs
// to a run. `inputs` are files and folders that the run reads: none may lie in what would be
// replaced. Changes nothing.
void check_run_folder(const std::filesystem::path& path, bool overwrite,
                      std::span<const std::filesystem::path> inputs = {});

// The last of these alone.
void check_none_inside(const std::filesystem::path& path,
                       std::span<const std::filesystem::path> inputs);

// Checks again, removes what is replaced, and writes laurel.json and, last, run.json with a new id.
// The caller holds the lock of the folder, which exists. `base`: the model that it begins with.
RunFolder create_run_folder(const std::filesystem::path& path, bool overwrite,
                            const Json& resolved_config,
                            std::span<const std::filesystem::path> inputs = {},
                            const std::optional<BaseModel>& base = {});

// run.json of final/: the run's last step, and what it was trained with.
struct FinalFacts {
  int64_t step = 0;
  std::optional<int64_t> weights_of_step = {};  // train.final "best": where they are not the last
  std::optional<bool> stopped_early = {};       // by train.stop_early, before its last step
  std::optional<double> average_decay = {};     // train.average "ema": what the weights are
  std::optional<std::string> laurel = {}, revision = {}, libtorch = {}, cpu = {}, device = {},
                             precision = {}, bf16_products = {};
  std::optional<int64_t> workers = {}, threads = {};

  void fields(auto& visit) {
    visit("step", step, kSavedCount);
    visit("weights_of_step", weights_of_step, kSavedCount);
    visit("stopped_early", stopped_early);
    visit("average_decay", average_decay);
    visit("laurel", laurel);
    visit("revision", revision);
    visit("libtorch", libtorch);
    visit("cpu", cpu);
    visit("device", device);
    visit("precision", precision);
    visit("bf16_products", bf16_products);
    visit("workers", workers);
    visit("threads", threads);
  }
};

// Of final/; nullopt where there is none. Throws Error (checkpoint) for a run.json that no final/
// has.
std::optional<FinalFacts> final_facts(const RunFolder& run);

// The id in run.json; nullopt for a folder that has none. Throws Error (checkpoint) for one that
// cannot be read.
std::optional<std::string> run_id(const RunFolder& run);

// Whether a run writes a file or folder of this name into its folder.
bool is_run_file(const std::string& name);

// Whether it is the folder of a run, also of one that begins.
bool holds_run(const std::filesystem::path& path);

// The model that the run began with, by its run.json. Errors as run_id.
std::optional<BaseModel> base_model(const RunFolder& run);

// The run that `model`, its final/ or one of its checkpoints, belongs to.
std::optional<RunFolder> run_of(const std::filesystem::path& model);

// Not there at all, or with no more in it than a run's lock and what a run writes before it has its
// id: one that was killed at that moment has lost nothing.
bool is_free(const std::filesystem::path& path);

// The model of a run, as it is written down.
struct RunModel {
  const ModelFolder& source;  // where config.json and the tokenizer come from
  const Parameters& parameters;
  const PadToken& pad;
  RewardConfig reward_config;  // `pooling` and `pad_id` are filled in from source and pad
  std::optional<PartialModel> partial = {};  // of a run that does not train all
};

// final/: what an fp32 export holds, and run.json with `facts`; complete or not there at all. Of a
// partial model its trained tensors and base.json.
void save_final_model(const RunFolder& run, RunModel model, const FinalFacts& facts);

// The same with the model of a checkpoint of the run, which is verified. Throws Error (checkpoint).
void save_final_model(const RunFolder& run, const std::filesystem::path& checkpoint,
                      const FinalFacts& facts);

// checkpoints/step-N: the same, and training.safetensors; run.json holds `state`. Nothing is done
// where that checkpoint exists. Throws Error (checkpoint) where its name is taken by another.
void save_checkpoint(const RunFolder& run, RunModel model, const TrainState& state);

}  // namespace laurel
