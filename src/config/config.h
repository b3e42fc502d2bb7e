// Config: all options of a training run.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/load.h"
#include "config/curation_options.h"
#include "core/option_reader.h"
#include "data/sources/source.h"
#include "eval/benchmarks/benchmark.h"
#include "loss/loss.h"
#include "model/trained_parts.h"
#include "text/chat_template.h"
#include "train/train_options.h"

namespace laurel {

struct ModelOptions {
  LoadOptions load;
  TrainedParts train;
  double dropout = 0;
  LengthOptions length;
  TemplateOptions chat;

  void fields(auto& visit) {
    visit.flatten(load);
    visit(
        "train", train,
        "What is trained beside the head: all of it, the head alone, its last layers, or adapters "
        "(\"lora\": with their defaults). What is not has no gradient and no moments, and is not "
        "in checkpoints.");
    visit("dropout", dropout,
          "Probability that an element is dropped in training, wherever transformers' class of the "
          "model has dropout; on the CPU (docs/adapters.md#dropout).",
          Range{.min = 0, .max = 0.9});
    visit.flatten(length);
    visit.flatten(chat);
  }
};

// A source, its loss and its weights.
struct SourceConfig {
  SourceOptions source;
  Loss loss;
  std::map<std::string, double> reward_weights;  // attribute -> weight
  double loss_weight = 1;

  void fields(auto& visit) {
    visit.flatten(source);
    visit("loss", loss, "What is minimised (docs/losses.md).", kRequired);
    visit(
        "reward_weights", reward_weights,
        "For pairs and lists on a head with several attributes: the weight of each attribute in the "
        "combined reward, {\"helpfulness\": 0.7, \"truth\": 0.3}; others have weight 0.");
    visit("loss_weight", loss_weight, "Multiplies the source's part of the step's loss.",
          Range{.min = 0});
  }
};

// A published benchmark on which the run is evaluated.
struct BenchmarkConfig {
  std::string name;
  Benchmark benchmark;
  std::vector<Path> files;
  std::optional<int64_t> eval_every;

  void fields(auto& visit) {
    visit("name", name, "Unique name among these and the sources, [a-z0-9_]+; appears in metrics.",
          kRequired);
    visit("benchmark", benchmark,
          "Whose layout the files have, and by whose rules answers are scored "
          "(docs/benchmarks.md).",
          kRequired);
    visit("files", files, "Its published files, folders of them, patterns.", kRequired);
    visit("eval_every", eval_every, "Evaluate every n steps and at the end; 0: never.",
          Range{.min = 0}, WhenNull{"whenever the sources are (train.eval_every)"});
  }
};

enum class Device { automatic, cpu, cuda };
constexpr auto enum_names(Device) { return std::array{"auto", "cpu", "cuda"}; }

struct RunOptions {
  Path folder;
  Device device = Device::automatic;
  std::optional<int64_t> threads;
  std::string resume = "never";
  std::optional<double> max_hours;
  bool deterministic = false;

  void fields(auto& visit) {
    visit("folder", folder, "Where the run's files go; relative to the current directory.",
          kRequired, FromCurrentFolder{});
    visit("device", device, "Device of the model; auto: CUDA if it is available, else the CPU.");
    visit("threads", threads, "Number of compute threads.", Range{.min = 1, .max = 1024},
          WhenNull{"all cores"});
    visit(
        "resume", resume,
        "never: the folder must be empty; auto: resume from the newest checkpoint in the folder, or "
        "start if the folder is empty; required: resume, or fail; or the path of a checkpoint or of "
        "a run, relative to the current directory.");
    visit("max_hours", max_hours,
          "Save and stop before a step that would end later than this after the start; exit code "
          "75.",
          Above{.min = 0}, WhenNull{"no limit"});
    visit(
        "deterministic", deterministic,
        "Bitwise reproducible runs on CUDA too, at some cost in speed; an operation without a "
        "deterministic CUDA kernel is an error that names it. On the CPU, runs with the same number "
        "of threads are always reproducible.");
  }
};

struct Config {
  ModelOptions model;
  std::vector<SourceConfig> sources;
  std::vector<BenchmarkConfig> benchmarks;
  DataOptions data;
  TrainOptions train;
  RunOptions run;
  std::optional<CurationOptions> curation;

  // nullptr if there is none.
  const BenchmarkConfig* benchmark_named(const std::string& name) const;

  void fields(auto& visit) {
    visit("model", model, "The backbone, its head, lengths and the chat template.", kRequired);
    visit(
        "sources", sources,
        "Labelled data sets, each with a format and a loss; trained on together or one after another.",
        kRequired);
    visit("benchmarks", benchmarks,
          "Published benchmarks on which the run is evaluated and never trained.");
    visit("data", data, "How all sources are read.");
    visit("train", train, "The length of the run, its batches and its optimizer.");
    visit("run", run, "Run folder, device, threads and resuming.", kRequired);
    visit("curation", curation,
          "What `laurel curate` does with the training rows (docs/curation.md); training does not "
          "read it.",
          WhenNull{"no rules"});
  }
};

// "train.lr=2e-5": the value is JSON if it parses, else a string.
struct Override {
  std::string path, value;
};

// "PATH=VALUE" split at the first "="; throws Error (usage) without one.
Override parse_override(const std::string& text);

// Replaces or adds one value; sources are addressed by name or position: sources.ukp.loss.center.
// Returns the path as messages spell it, elements by their name.
std::string apply_override(const Override& override, Json& config, Problems& problems);

// Reads the file, applies the overrides, checks the options; opens no other file. All problems are
// reported by one Error (usage), one line each, with the option's path.
// `more` may add problems of what was read, where that has none itself (Problems::has).
using MoreProblems = std::function<void(const Config&, Problems&)>;
Config read_config(const std::filesystem::path& file, const std::vector<Override>& overrides,
                   const MoreProblems& more = {});

// The same from text; relative paths are relative to `file_folder`. `where` names the text in
// messages.
Config parse_config(const std::string& text, const std::string& where,
                    const std::filesystem::path& file_folder,
                    const std::vector<Override>& overrides = {}, const MoreProblems& more = {});

// The resolved config: every option, with absolute paths; parsing it gives the same Config.
Json resolved_config(const Config& config);

// The option reference in Markdown.
std::string describe_options();

// The part of it that a name stands for: a section ("train"), an option ("train.lr", "lr",
// "sources.ukp.limit") or a type ("sources.loss.hinge", "hinge"). Throws Error (usage) with the
// nearest name.
std::string describe_option(const std::string& name);

}  // namespace laurel
