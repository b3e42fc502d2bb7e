// Binds columns, learned numbers and loss into functions of rewards.
#include "commands/source_model.h"

#include <ATen/ops/tensor.h>

#include <algorithm>
#include <numeric>

#include "core/error.h"
#include "core/option_reader.h"
#include "core/str.h"

namespace laurel {

namespace {

// A record's loss, read as a config's is.
struct SavedLoss {
  Loss loss;
  void fields(auto& visit) { visit("loss", loss, "The source's loss.", kRequired); }
};

HeadColumns head_columns(const RewardConfig& config) {
  return {.attributes = std::max<int64_t>(static_cast<int64_t>(config.attributes.size()), 1),
          .log_variances = config.log_variances};
}

}  // namespace

void set_model(EvaluationTask& task, const SourceModel& model) {
  task.scaling = model.scaling;
  task.attributes = model.attributes;
  task.columns = model.columns.attributes;
  task.reward_weights = model.columns.reward_weights;
  task.reduction = model.reduction;
  if (task.reward_weights.empty()) {  // a source of scores; its rows may still be compared
    task.reward_weights.assign(static_cast<size_t>(model.head.attributes), 0);
    task.reward_weights[static_cast<size_t>(model.columns.attributes.front())] = 1;
  }
  if (!model.loss || traits(*model.loss).labels != LabelKind::pointwise) return;
  const auto columns = [model](const at::Tensor& rewards) {
    return columns_of(rewards, at::tensor(model.loss_parameters, rewards.options()), model.head,
                      model.columns);
  };
  task.predict = [loss = *model.loss, columns](const at::Tensor& rewards) {
    return prediction(loss, columns(rewards));
  };
  if (traits(*model.loss).pointwise.columns_per_attribute == 1 || !model.head.log_variances) return;
  task.deviation = [loss = *model.loss, columns](const at::Tensor& rewards) {
    return predicted_deviation(loss, columns(rewards));
  };
}

SourceModel source_model(const RewardConfig& config, const SourceRecord& record) {
  SourceModel model = source_model(config);
  const std::string where = str("reward_config.json: the loss of ", record.name);
  SavedLoss read;
  Problems problems;
  read_options(Json{{"loss", record.loss}}, read, {}, problems);
  if (!problems.lines.empty()) {
    throw Error{ErrorKind::model, str(where, ": ", join(problems.lines, "; "))};
  }
  const auto rated = std::max<int64_t>(std::ssize(record.attributes), 1);
  if (const auto fresh = initial_loss_parameters(read.loss, rated);
      record.loss_parameters.size() != fresh.size()) {
    throw Error{ErrorKind::model, str(where, " has learned ", record.loss_parameters.size(),
                                      " numbers (\"loss_parameters\"), expected ", fresh.size())};
  }
  model.loss = read.loss;
  model.attributes = record.attributes;
  model.scaling = record.scaling;
  model.reduction = record.reduction.value_or(Reduction::mean);
  model.loss_parameters = record.loss_parameters;
  model.columns = {.loss_parameters = static_cast<int64_t>(record.loss_parameters.size())};
  if (traits(*model.loss).labels != LabelKind::pointwise) {
    model.columns.reward_weights = config.weights(record.reward_weights);
  } else if (!record.attributes.empty()) {
    model.columns.attributes.clear();
    for (const std::string& name : record.attributes) {
      model.columns.attributes.push_back(std::ranges::find(config.attributes, name) -
                                         config.attributes.begin());
    }
  }
  return model;
}

SourceModel source_model(const RewardConfig& config) {
  SourceModel model{.head = head_columns(config), .attributes = config.attributes};
  model.scaling.resize(static_cast<size_t>(model.head.attributes));
  model.columns.attributes.resize(static_cast<size_t>(model.head.attributes));
  std::iota(model.columns.attributes.begin(), model.columns.attributes.end(), 0);
  const std::vector<RewardWeights> combinations = config.combinations();
  if (model.head.attributes == 1) {
    model.columns.reward_weights = {1};
  } else if (combinations.size() == 1) {
    model.columns.reward_weights = config.weights(combinations[0]);
  }
  return model;
}

}  // namespace laurel
