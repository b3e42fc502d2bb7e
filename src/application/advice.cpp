// Compares the learning rate and the scores with what a run usually has.
#include "application/advice.h"

#include <algorithm>
#include <cmath>

#include "core/str.h"

namespace laurel {

namespace {

// "1.35 B", "494 M"
std::string parameters_text(int64_t parameters) {
  const auto count = static_cast<double>(parameters);
  if (parameters < 1'000'000) return std::to_string(parameters);
  return count >= 1e9 ? significant(count / 1e9, 3) + " B" : significant(count / 1e6, 3) + " M";
}

// `small` below 2e9 parameters, `large` from 7e9, between them a straight line of the logarithms.
double rate_by_size(int64_t parameters, double small, double large) {
  constexpr double kSmall = 2e9, kLarge = 7e9;
  const double part = std::clamp(
      std::log(static_cast<double>(parameters) / kSmall) / std::log(kLarge / kSmall), 0.0, 1.0);
  return small * std::pow(large / small, part);
}

}  // namespace

double usual_rate(int64_t parameters) { return rate_by_size(parameters, 5e-5, 2e-5); }

double default_rate(const TrainedParts& trained, int64_t parameters) {
  constexpr double kHead = 1e-3;
  if (trained == TrainedParts(TrainedWhole::head)) return kHead;
  if (lora_of(trained)) return parameters < 1'000'000'000 ? 2e-4 : 1e-4;
  return rate_by_size(parameters, kDefaultRate, 3e-6);
}

LearningRates learning_rates(const OptimizerOptions& options, const TrainedParts& trained,
                             int64_t parameters) {
  LearningRates rates;
  rates.lr = options.lr.value_or(default_rate(trained, parameters));
  rates.head_lr = options.head_lr.value_or(rates.lr);
  if (options.lr) return rates;
  if (trained == TrainedParts(TrainedWhole::head)) {
    rates.note = str("train.lr: ", significant(rates.lr, 2),
                     ", the default for the head alone: what it reads does not move, so a rate of "
                     "linear probes fits (AdamW's own is 1e-3, that of SetFit's heads 1e-2)");
    return rates;
  }
  rates.note = str("train.lr: ", significant(rates.lr, 2), ", the default for ",
                   lora_of(trained) ? "adapters of a model of " : "models of ",
                   parameters_text(parameters), " parameters");
  return rates;
}

static std::optional<std::string> adapter_rate_remark(double lr) {
  constexpr double kLeast = 3e-5, kMost = 1e-3;
  if (lr > 0 && lr < kLeast) {
    return str("train.lr is ", lr, "; adapters will hardly move below ", significant(kLeast, 2),
               ": B begins at zero, and 1e-4 to 2e-4 is usual");
  }
  if (lr <= kMost) return std::nullopt;
  return str("train.lr is ", lr, "; adapters rarely train well above ", significant(kMost, 2),
             ", and may stop learning at all");
}

std::string trained_text(const TrainedParts& trained, const ModelFolder& model) {
  const BackboneInfo info = backbone_info(model.backbone);
  Layout layout = backbone_layout(model.backbone);
  choose_trained(layout, info, trained);
  const int64_t head = head_layout(model.head.columns, info.hidden_size).at(kHeadName).size;
  int64_t all = head, some = head;
  for (const TensorSpec& spec : layout.tensors) {
    all += spec.size;
    if (spec.trainable) some += spec.size;
  }
  std::string what = "the head";
  if (const auto* const last = std::get_if<TrainedLayers>(&trained)) {
    what = last->last_layers == 1 ? "the last layer and the head"
                                  : str("the last ", last->last_layers, " layers and the head");
  }
  if (const LoraOptions* const lora = lora_of(trained)) {
    for (const TensorSpec& spec : adapter_layout(layout, info.layers, *lora).tensors) {
      some += spec.size;
    }
    what = str("adapters of rank ", lora->rank, " on ",
               lora->targets ? join(*lora->targets, ", ") : "all linear maps of the blocks",
               ", and the head");
  }
  const double percent = 100 * static_cast<double>(some) / static_cast<double>(all);
  return str("trained: ", parameters_text(some), " of ", parameters_text(all), " parameters (",
             significant(percent, 2), " %): ", what);
}

std::optional<std::string> rank_remark(const LoraOptions& lora, const Backbone& backbone) {
  const Layout layout = backbone_layout(backbone);
  const Layout adapters = adapter_layout(layout, backbone_info(backbone).layers, lora);
  for (const TensorSpec& spec : layout.tensors) {
    if (!spec.name.ends_with(".weight") || !adapters.find(adapter_a_name(spec.name))) continue;
    const int64_t narrow = std::min(spec.shape[0], spec.shape[1]);
    if (lora.rank <= narrow) continue;
    return str("model.train.lora.rank is ", lora.rank, ", more than the ", narrow,
               spec.shape[0] < spec.shape[1] ? " rows of " : " columns of ", spec.name,
               ": no change of it has a larger rank, so that the rest costs memory and time alone");
  }
  return std::nullopt;
}

std::optional<std::string> rate_remark(double lr, int64_t parameters, const TrainedParts& trained) {
  if (lora_of(trained)) return adapter_rate_remark(lr);
  if (trained == TrainedParts(TrainedWhole::head)) return std::nullopt;
  const double usual = usual_rate(parameters);
  if (lr <= usual * (1 + 1e-9)) return std::nullopt;
  return str("train.lr is ", lr, "; a whole model of ", parameters_text(parameters),
             " parameters rarely trains well above ", significant(usual, 2),
             ", and may stop learning at all");
}

std::vector<std::string> scale_remarks(const SourceConfig& config, const ScoreTallies& tallies) {
  // A new head gives rewards near 0 +- 1: squared errors begin at mean^2 + deviation^2.
  constexpr double kFar = 3, kNarrow = 0.05;
  const LossTraits loss = traits(config.loss);
  if (loss.labels != LabelKind::pointwise || loss.pointwise.fixed_scale) return {};
  if (config.source.train.empty()) return {};  // nothing is trained on these
  const std::vector<std::string>& names = config.source.attributes;
  std::vector<std::string> remarks;
  for (size_t i = 0; i < tallies.size(); ++i) {
    ScoreTally all;
    for (const ScoreTally& of_file : tallies[i]) all.add(of_file);
    if (all.moments.count < 2) continue;
    const double mean = all.moments.mean, deviation = all.moments.deviation();
    const bool narrow = deviation > 0 && deviation < kNarrow;
    if (std::hypot(mean, deviation) <= kFar && !narrow) continue;
    remarks.push_back(
        str("source ", config.source.name, ": its scores",
            names.empty() ? "" : str(" of \"", names[i], "\""), " have mean ", significant(mean, 3),
            " and deviation ", significant(deviation, 3),
            ", far from the rewards of a new head (about 0 and 1); sources.", config.source.name,
            ".score_scaling: \"standardize\" trains on (score - mean) / deviation, and "
            "leaves metrics and `score` in the units of the scores"));
  }
  return remarks;
}

}  // namespace laurel
