// The options of training: its length, batches, optimizer, and what happens between steps.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "data/batches/batch_sampler.h"
#include "model/reward_model.h"
#include "train/optimizer.h"
#include "train/precision.h"
#include "train/schedule.h"

namespace laurel {

enum class EvalAt { end, epoch };
constexpr auto enum_names(EvalAt) { return std::array{"end", "epoch"}; }

// Which step's weights final/ has.
enum class FinalStep { last, best };
constexpr auto enum_names(FinalStep) { return std::array{"last", "best"}; }

// What train.keep_best names: "ukp.accuracy".
struct BestBy {
  std::string source, metric;  // without a dot in the option: no metric
};

// "ukp.accuracy" in its parts.
BestBy source_and_metric(const std::string& text);

// When to end a run before its last step.
struct StopEarly {
  std::string metric;
  int64_t patience = 3;
  double min_delta = 0;

  void fields(auto& visit) {
    visit("metric", metric,
          "Source and metric that must improve, as in keep_best: \"ukp.accuracy\".", kRequired);
    visit("patience", patience, "Evaluations without improvement after which the run ends.",
          Range{.min = 1, .max = 1e9});
    visit("min_delta", min_delta, "What counts as improvement: more than this.", Range{.min = 0});
  }
  bool operator==(const StopEarly&) const = default;
};

struct TrainOptions {
  std::optional<double> epochs;
  std::optional<int64_t> steps;
  BatchOptions batches;
  OptimizerOptions optimizer;
  Schedule schedule;
  std::optional<Precision> precision;
  Recompute recompute = Recompute::automatic;
  std::optional<std::variant<int64_t, EvalAt>> eval_every;
  int64_t save_every = 500;
  int64_t keep_last = 2;
  std::optional<std::string> keep_best;
  FinalStep final_step = FinalStep::last;
  int64_t nan_budget = 0;
  std::optional<StopEarly> stop_early;
  std::optional<int64_t> log_every;

  void fields(auto& visit) {
    visit("epochs", epochs, "Passes over all groups; not together with steps.",
          Above{.min = 0, .max = 1e6}, WhenNull{"1, unless steps is set"});
    visit("steps", steps, "Updates; needed where a source sets a share or an active part.",
          Range{.min = 1, .max = 1e12}, WhenNull{"from epochs"});
    visit.flatten(batches);
    visit.flatten(optimizer);
    visit("schedule", schedule, "How the learning rate moves over the run.");
    visit(
        "precision", precision,
        "Arithmetic of the backbone; head and losses are always fp32. bf16 keeps exact fp32 "
        "masters of the weights; auto: bf16 where its products are measured to be faster, else fp32.",
        WhenNull{"fp32 on CPU, bf16 on CUDA"});
    visit(
        "recompute", recompute,
        "What a backward pass computes again instead of keeping it, which changes memory and time, "
        "not results: gate_up, two of a layer's products; inputs, all but what goes into a layer; "
        "auto: the least that fits into memory.");
    visit(
        "eval_every", eval_every,
        "Evaluate every n steps and at the end, after every epoch (\"epoch\"), or at the end alone "
        "(\"end\"); 0: never.",
        Range{.min = 0}, WhenNull{"at the start and at the end"});
    visit("save_every", save_every,
          "Save a checkpoint every n steps, at the end, and where a run is stopped; 0: only there.",
          Range{.min = 0});
    visit("keep_last", keep_last, "Checkpoints that are kept: the newest n.", Range{.min = 1});
    visit("keep_best", keep_best,
          "Keep the checkpoint with the best value of a metric as well: \"ukp.accuracy\" is source "
          "and metric; needs an eval_every that divides save_every.",
          WhenNull{"the newest alone"});
    visit("final", final_step,
          "Which weights final/ and export/ have: those of the last step, or of the best one by "
          "keep_best.");
    visit("nan_budget", nan_budget,
          "Steps of a run whose update may be skipped because a loss or the gradient norm is not "
          "finite; one more stops the run.",
          Range{.min = 0});
    visit("stop_early", stop_early,
          "End the run where a metric no longer improves; needs an eval_every of steps.",
          WhenNull{"all steps are made"});
    visit("log_every", log_every,
          "Lines of steps that stay, in the log and on the terminal: every n steps.",
          Range{.min = 1},
          WhenNull{"every 10 s; on a terminal, whose last line shows every step, none"});
  }

  // keep_best, in its parts.
  std::optional<BestBy> best_by() const;
};

}  // namespace laurel
