// Binds columns, learned numbers and loss into functions of rewards.
#include "commands/source_model.h"

#include <ATen/ops/tensor.h>

#include <algorithm>
#include <numeric>

#include "config/read.h"
#include "core/error.h"
#include "core/str.h"

namespace laurel {

namespace {

// A record's loss, read as a config's is.
struct RecordedLoss {
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
  task.merge = model.columns.merge;
  task.reduction = model.reduction;
  if (task.merge.empty()) {  // a source of scores; its rows may still be compared
    task.merge.assign(static_cast<size_t>(model.head.attributes), 0);
    task.merge[static_cast<size_t>(model.columns.attributes.front())] = 1;
  }
  if (!model.loss || label_kind(*model.loss) != LabelKind::pointwise) return;
  const auto columns = [model](const at::Tensor& rewards) {
    return columns_of(rewards, at::tensor(model.scalars, rewards.options()), model.head,
                      model.columns);
  };
  task.predict = [loss = *model.loss, columns](const at::Tensor& rewards) {
    return prediction(loss, columns(rewards));
  };
  if (columns_per_attribute(*model.loss) == 1 || !model.head.log_variances) return;
  task.deviation = [loss = *model.loss, columns](const at::Tensor& rewards) {
    return predicted_deviation(loss, columns(rewards));
  };
}

SourceModel source_model(const RewardConfig& config, const SourceRecord& record) {
  SourceModel model = source_model(config);
  const std::string where = str("reward_config.json: the loss of ", record.name);
  RecordedLoss read;
  Problems problems;
  read_options(Json{{"loss", record.loss}}, read, {}, problems);
  if (!problems.lines.empty()) {
    throw Error{ErrorKind::model, str(where, ": ", join(problems.lines, "; "))};
  }
  const auto judged = std::max<int64_t>(std::ssize(record.attributes), 1);
  if (const auto fresh = initial_scalars(read.loss, judged);
      record.scalars.size() != fresh.size()) {
    throw Error{ErrorKind::model, str(where, " has learned ", record.scalars.size(),
                                      " numbers (\"scalars\"), expected ", fresh.size())};
  }
  model.loss = read.loss;
  model.attributes = record.attributes;
  model.scaling = record.scaling;
  model.reduction = record.reduction.value_or(Reduction::mean);
  model.scalars = record.scalars;
  model.columns = {.scalars = static_cast<int64_t>(record.scalars.size())};
  if (label_kind(*model.loss) != LabelKind::pointwise) {
    model.columns.merge = config.weights(record.merge);
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
  const std::vector<Merge> merges = config.merges();
  if (model.head.attributes == 1) {
    model.columns.merge = {1};
  } else if (merges.size() == 1) {
    model.columns.merge = config.weights(merges[0]);
  }
  return model;
}

}  // namespace laurel
