// Measures and judges what a narrower type loses.
#include "application/precision_loss.h"

#include <algorithm>

#include "checkpoint/run_folder.h"
#include "core/str.h"
#include "eval/evaluate.h"

namespace laurel {

namespace {

constexpr double kLeastShare = .5;    // of the update, where they do not
constexpr double kMostChanged = .01;  // of the clear pairs, but always one

std::optional<std::string> problem_of(const RewardChange& rows) {
  const double most = std::max(1.0, kMostChanged * static_cast<double>(rows.clear_pairs));
  if (static_cast<double>(rows.changed_sign) > most) {
    return str(rows.changed_sign, " of ", count_text(rows.clear_pairs, "clear pair"),
               " changed sign, expected at most ", static_cast<int64_t>(most));
  }
  if (rows.rows >= kRowsForRanks && rows.spearman && *rows.spearman < kLeastSpearman) {
    return str("the Spearman correlation of the rewards is ", significant(*rows.spearman, 3),
               ", expected at least ", kLeastSpearman);
  }
  if (rows.relative_rms() > kMostRelativeRms) {
    return str(rows.of_margins ? "margins" : "rewards", " move by ",
               significant(100 * rows.relative_rms(), 3),
               " % of their deviation, expected at most ", 100 * kMostRelativeRms, " %");
  }
  return std::nullopt;
}

}  // namespace

PrecisionLoss measure_survival(const ModelFolder& model, const WeightRounding& rounding) {
  const std::optional<RunFolder> run = run_of(model.folder);
  if (!run) return {.not_measured = "the model is not in the folder of a run"};
  const std::optional<BaseModel> base = base_model(*run);
  if (!base) return {.not_measured = "the run does not name its base"};
  const OpenedBase opened = open_base(*base);
  if (!opened.model) return {.not_measured = opened.problem};
  PrecisionLoss loss{.survival = update_survival(model, *opened.model, rounding)};
  if (!loss.survival) loss.not_measured = "the backbone was not updated";
  return loss;
}

GroupRewards rewards_of(RewardModel& model, const SampleRows& rows, const Pooling& pooling,
                        const Outputs* outputs) {
  GroupRewards rewards = score_groups([&](const TokenBatch& batch) { return model.score(batch); },
                                      rows.groups, pooling, {});
  if (!outputs) return rewards;
  const size_t columns = outputs->weights.at(0).size();
  for (std::vector<double>& group : rewards) {
    std::vector<double> combined;
    for (size_t position = 0; position < group.size(); position += columns) {
      for (const std::vector<double>& weights : outputs->weights) {
        double sum = 0;
        for (size_t i = 0; i < columns; ++i) sum += weights[i] * group[position + i];
        combined.push_back(sum);
      }
    }
    group = std::move(combined);
  }
  return rewards;
}

std::optional<std::string> problem_of(const PrecisionLoss& loss) {
  if (loss.survival && (!loss.rows || loss.rows->rows < kRowsForRanks)) {
    if (loss.survival->share >= kLeastShare) return std::nullopt;
    return str(significant(100 * loss.survival->share, 3),
               " % of the training's update survives, expected at least ", 100 * kLeastShare, " %");
  }
  return loss.rows ? problem_of(*loss.rows) : std::nullopt;
}

std::string text_of(const PrecisionLoss& loss) {
  std::string text =
      loss.survival
          ? str(significant(100 * loss.survival->share, 3),
                " % of the training's update survives, with noise of ",
                significant(loss.survival->noise, 3), " times its size")
          : str("how much of the training's update survives is not measured: ", loss.not_measured);
  if (loss.rows) text += str("; ", text_of(*loss.rows));
  return text;
}

}  // namespace laurel
