// The table of contents of all options: one config file is one run.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/load.h"
#include "config/read.h"
#include "data/source.h"
#include "loss/loss.h"
#include "text/chat_template.h"
#include "train/loop.h"

namespace laurel {

struct ModelOptions {
  LoadOptions load;
  LengthOptions length;
  TemplateOptions chat;

  void fields(auto& visit) {
    visit.inline_(load);
    visit.inline_(length);
    visit.inline_(chat);
  }
};

// A source with what is made of its judgements.
struct SourceConfig {
  SourceOptions source;
  Loss loss;
  std::map<std::string, double> merge;  // attribute -> weight
  double loss_weight = 1;

  void fields(auto& visit) {
    visit.inline_(source);
    visit("loss", loss, "What is minimised (docs/losses.md).", kRequired);
    visit("merge", merge,
          "Of pairs and lists, where the head has several attributes: the weight of each in what "
          "they compare, {\"helpfulness\": 0.7, \"truth\": 0.3}; others count 0.");
    visit("loss_weight", loss_weight, "Multiplies the source's part of the step's loss.",
          Range{.min = 0});
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
    visit("device", device,
          "Where the model lives; auto: on CUDA where it can be used, else on the CPU.");
    visit("threads", threads, "Threads that compute.", Range{.min = 1, .max = 1024},
          WhenNull{"all cores"});
    visit("resume", resume,
          "never: the folder must be empty; auto: goes on with the newest checkpoint of a run that "
          "is in the folder, and begins in an empty one; required: goes on, or ends with an error; "
          "or the folder of a checkpoint, or of a run, relative to the current directory.");
    visit("max_hours", max_hours,
          "Save and stop before a step that would end later than this after the start; exit code "
          "75.",
          Above{.min = 0}, WhenNull{"no limit"});
    visit("deterministic", deterministic,
          "The same bits from run to run on CUDA too, at some cost in speed; an operation that "
          "does not give them there is an error that names it. On the CPU a run with as many "
          "threads always has them.");
  }
};

struct Config {
  ModelOptions model;
  std::vector<SourceConfig> sources;
  DataOptions data;
  TrainOptions train;
  RunOptions run;

  void fields(auto& visit) {
    visit("model", model, "The backbone, its head, and how text reaches it.", kRequired);
    visit("sources", sources,
          "Sets of judgements, each with a format and a loss; several train together or in turn.",
          kRequired);
    visit("data", data, "How all sources are read.");
    visit("train", train, "The length of the run, its batches and its optimizer.");
    visit("run", run, "Where the run takes place.", kRequired);
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
std::string apply(const Override& override, Json& config, Problems& problems);

// Reads, overrides, checks; nothing but the config file is opened. All problems are one Error
// (usage), a line each, with its path.
Config read_config(const std::filesystem::path& file, const std::vector<Override>& overrides);

// The same from text; relative paths start in `file_folder`. `where` names it in messages.
Config parse_config(const std::string& text, const std::string& where,
                    const std::filesystem::path& file_folder,
                    const std::vector<Override>& overrides = {});

// The resolved config: every option, absolute paths. Reads to the same Config.
Json resolved_config(const Config& config);

// The option reference in Markdown.
std::string describe_options();

}  // namespace laurel
