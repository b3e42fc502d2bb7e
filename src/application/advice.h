// Remarks on a run that is allowed but rarely meant: its learning rate, the scale of its scores.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "data/sources/score_scales.h"
#include "model/backbone.h"

namespace laurel {

// The rate above which whole models of so many parameters rarely train well: 5e-5 below 2e9, 2e-5
// from 7e9, between them a straight line of the logarithms.
double usual_rate(int64_t parameters);

// Where train.lr is null. Whole models: 1e-5 below 2e9 parameters, 3e-6 from 7e9, between them a
// straight line of the logarithms; adapters: 1e-4, below 1e9 2e-4; the head alone: 1e-3.
double default_rate(const TrainedParts& trained, int64_t parameters);

// train.lr and train.head_lr, or what they are by default.
struct LearningRates {
  double lr = 0, head_lr = 0;
  std::string note = {};  // to be printed: how the default was chosen; empty: it was given
};
LearningRates learning_rates(const OptimizerOptions& options, const TrainedParts& trained,
                             int64_t parameters);

// nullopt: the rate is usual for what is trained of so many parameters.
std::optional<std::string> rate_remark(double lr, int64_t parameters,
                                       const TrainedParts& trained = TrainedWhole::all);

// nullopt: A and B of every target are narrower than what they are beside. Throws as trained_text.
std::optional<std::string> rank_remark(const LoraOptions& lora, const Backbone& backbone);

// "trained: 4.88 M of 139 M parameters (3.5 %): adapters of rank 16 and the head". Throws Error
// (usage) where the backbone does not have what model.train names.
std::string trained_text(const TrainedParts& trained, const ModelFolder& model);

// One for each attribute whose training scores are far from the rewards of a new head, where the
// source could standardise them.
std::vector<std::string> scale_remarks(const SourceConfig& config, const ScoreTallies& tallies);

}  // namespace laurel
