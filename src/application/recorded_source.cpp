// Reads a record's loss as a config's is read, and finds its columns by name.
#include "application/recorded_source.h"

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
  if (config.scale) model.divisor = config.scale->divisor;
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
