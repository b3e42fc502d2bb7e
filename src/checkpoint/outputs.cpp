// Chooses outputs, and cuts reward_config.json down to what still holds for them.
#include "checkpoint/outputs.h"

#include <ATen/ops/mm.h>
#include <ATen/ops/tensor.h>

#include <algorithm>

#include "core/error.h"
#include "core/str.h"

namespace laurel {

namespace {

// The source as it is for a model whose only output is the reward of these weights; nullopt where
// its scores or comparisons are of something else.
std::optional<SourceRecord> source_of_combined_reward(SourceRecord source,
                                                      const RewardWeights& reward_weights) {
  if (source.attributes.empty()) {
    if (source.reward_weights != reward_weights) return std::nullopt;
    source.reward_weights.clear();
    return source;
  }
  if (reward_weights.size() != 1 || reward_weights.begin()->second != 1) return std::nullopt;
  const auto found = std::ranges::find(source.attributes, reward_weights.begin()->first);
  if (found == source.attributes.end()) return std::nullopt;
  const auto index = static_cast<size_t>(found - source.attributes.begin());
  const size_t loss_parameters = source.loss_parameters.size() / source.attributes.size();
  const auto first =
      source.loss_parameters.begin() + static_cast<ptrdiff_t>(index * loss_parameters);
  source.loss_parameters =
      std::vector<double>(first, first + static_cast<ptrdiff_t>(loss_parameters));
  source.scaling = {source.scaling[index]};
  source.attributes.clear();
  return source;
}

Outputs one_reward(const RewardConfig& config, const RewardWeights& reward_weights) {
  Outputs outputs{.weights = {config.weights(reward_weights)},
                  .config = config,
                  .note = str("the reward is ", text_of(reward_weights))};
  outputs.weights[0].resize(static_cast<size_t>(config.columns()));
  outputs.config->attributes.clear();
  outputs.config->log_variances = false;
  outputs.config->combined = reward_weights;
  if (outputs.weights[0] != std::vector<double>{1}) {
    outputs.config->calibration.reset();
    outputs.config->normalization.reset();
  }
  outputs.config->sources.clear();
  for (const SourceRecord& source : config.sources) {
    if (const auto kept = source_of_combined_reward(source, reward_weights))
      outputs.config->sources.push_back(*kept);
  }
  return outputs;
}

// The mean of an unnamed attribute whose variance has a row as well.
Outputs without_variance(const RewardConfig& config) {
  Outputs outputs{
      .weights = {{1, 0}}, .config = config, .note = "the reward, without its variance"};
  outputs.config->log_variances = false;
  return outputs;
}

Outputs all_outputs(const RewardConfig& config) {
  Outputs outputs{.names = output_names(config), .config = config};
  const auto columns = static_cast<size_t>(config.columns());
  for (size_t i = 0; i < columns; ++i) {
    outputs.weights.emplace_back(columns);
    outputs.weights[i][i] = 1;
  }
  outputs.note = str("all outputs: ", join(outputs.names, ", "));
  return outputs;
}

RewardWeights reward_weights_of(const RewardConfig& config, const std::string& name) {
  const SourceRecord* source = config.find(name);
  if (source && !source->reward_weights.empty()) return source->reward_weights;
  std::vector<std::string> names;
  for (const SourceRecord& other : config.sources) {
    if (!other.reward_weights.empty()) names.push_back(other.name);
  }
  const std::string expected =
      config.columns() == 1 ? "no --combine: the model has one reward"
      : names.empty()       ? "--reward NAME or --all-outputs: no source of the model combines its "
                              "attributes"
                            : "a source with reward_weights: " + join(names, ", ");
  throw Error{ErrorKind::usage, str("--combine: found \"", name, "\", expected ", expected)};
}

}  // namespace

std::vector<std::string> output_names(const RewardConfig& config) {
  std::vector<std::string> names = config.attributes;
  if (!config.log_variances) return names;
  if (names.empty()) names = {"reward"};
  for (size_t i = 0, n = names.size(); i < n; ++i) names.push_back(names[i] + "_log_variance");
  return names;
}

Outputs choose_outputs(const ModelFolder& model, const OutputChoice& choice) {
  if (choice.reward.has_value() + choice.combine.has_value() + choice.all > 1) {
    throw Error{ErrorKind::usage,
                "found more than one of --reward, --combine and --all-outputs, expected one"};
  }
  const RewardConfig config = model.reward_config.value_or(RewardConfig{});
  if (choice.reward) {
    if (std::ranges::find(config.attributes, *choice.reward) == config.attributes.end()) {
      const std::string expected = config.attributes.empty()
                                       ? "no --reward: the model has one reward, without a name"
                                       : "one of the attributes: " + join(config.attributes, ", ");
      throw Error{ErrorKind::usage,
                  str("--reward: found \"", *choice.reward, "\", expected ", expected)};
    }
    return one_reward(config, {{*choice.reward, 1.0}});
  }
  if (choice.combine) return one_reward(config, reward_weights_of(config, *choice.combine));
  if (config.columns() == 1) {
    return {.names = output_names(config), .weights = {{1}}, .config = model.reward_config};
  }
  if (choice.all) return all_outputs(config);
  if (config.attributes.empty()) return without_variance(config);
  if (config.attributes.size() == 1) return one_reward(config, {{config.attributes[0], 1.0}});
  const std::vector<RewardWeights> combinations = config.combinations();
  return combinations.size() == 1 ? one_reward(config, combinations[0]) : all_outputs(config);
}

at::Tensor combine_rows(const at::Tensor& head, const Outputs& outputs) {
  std::vector<double> flat;
  for (const auto& row : outputs.weights) flat.insert(flat.end(), row.begin(), row.end());
  const auto rows = static_cast<int64_t>(outputs.weights.size());
  const at::Tensor weights = at::tensor(flat, at::kDouble).view({rows, -1});
  const at::Tensor columns = head.dim() == 1 ? head.unsqueeze(1) : head;
  const at::Tensor combined = at::mm(weights, columns.to(at::kDouble)).to(head.scalar_type());
  return head.dim() == 1 ? combined.squeeze(1) : combined;
}

}  // namespace laurel
