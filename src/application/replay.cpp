// Loads the weights before the step and repeats what the loop did, without the update.
#include "application/replay.h"

#include <ATen/ops/linalg_vector_norm.h>

#include <algorithm>
#include <cmath>

#include "application/recorded_source.h"
#include "checkpoint/load.h"
#include "checkpoint/training_tensors.h"
#include "data/batches/pack.h"
#include "ops/cuda/device.h"
#include "train/accumulate.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

// In the order of LabelKind and of Label's alternatives.
constexpr const char* kKinds[] = {"ratings", "pairs", "a list"};

struct ReplayedModel {
  RewardModel model;
  Pooling pooling;
  HeadColumns head;
  std::vector<SourceObjective> objectives;  // by the dump's sources
};

ModelFolder open_checkpoint(const StepDump& dump, const fs::path& file) {
  const fs::path folder = fs::absolute(file).parent_path() / dump.checkpoint;
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) {
    throw Error{ErrorKind::checkpoint, str(file, ": found no ", folder,
                                           ", expected the weights before the step there; leave "
                                           "the dump in its run's folder")};
  }
  ModelFolder model =
      open_model({.path = {folder.string()}, .head = Head::keep, .for_training = false});
  if (!model.reward_config) {
    throw Error{ErrorKind::model, str(folder,
                                      ": found no reward_config.json, expected the one "
                                      "that says what the sources' losses are")};
  }
  return model;
}

// The losses as the checkpoint records them; fills `loss_parameters` with those of all losses.
std::vector<SourceObjective> objectives_of(const StepDump& dump, const ModelFolder& model,
                                           std::vector<double>& loss_parameters) {
  std::vector<SourceObjective> objectives;
  for (const DumpedSource& source : dump.sources) {
    const SourceRecord* const record = model.reward_config->find(source.name);
    if (!record) {
      throw Error{ErrorKind::checkpoint,
                  str(model.folder, ": its reward_config.json has no source \"", source.name,
                      "\", which the step has")};
    }
    SourceModel of = source_model(*model.reward_config, *record);
    of.columns.first_loss_parameter = static_cast<int64_t>(loss_parameters.size());
    loss_parameters.insert(loss_parameters.end(), of.loss_parameters.begin(),
                           of.loss_parameters.end());
    objectives.push_back({source.name, *of.loss, record->loss_weight, of.columns});
  }
  return objectives;
}

// Whether the group is of a kind that its source's loss takes, in tokens that the model has.
void check_group(const DumpedGroup& dumped, const SourceObjective& source, int64_t vocabulary) {
  const Group& group = dumped.group;
  const auto refuse = [&](const std::string& what) {
    throw Error{ErrorKind::checkpoint, str(dumped.location, ": ", what)};
  };
  for (const Response& response : group.responses) {
    const int32_t largest = *std::ranges::max_element(response.ids);
    if (largest < vocabulary) continue;
    refuse(str("found the token ", largest, ", but the checkpoint's model has ", vocabulary));
  }
  const auto kind = static_cast<LabelKind>(group.label.index());
  if (kind != traits(source.loss).labels) {
    refuse(str("found ", kKinds[group.label.index()], ", but the loss of ", source.name, " is ",
               traits(source.loss).name));
  }
  const auto* const scores = std::get_if<Ratings>(&group.label);
  if (!scores) return;
  size_t units = scores->positions.size();
  if (units == 0) {
    for (const Response& response : group.responses) units += response.positions.size();
  }
  if (scores->score.size() != units * source.columns.attributes.size()) {
    refuse(str("found ", scores->score.size(), " scores of ", units, " units, expected ",
               source.columns.attributes.size(), " each"));
  }
}

ReplayedModel load(const StepDump& dump, const fs::path& file, const Compute& compute) {
  ModelFolder folder = open_checkpoint(dump, file);
  std::vector<SourceObjective> objectives =
      objectives_of(dump, folder, folder.head.loss_parameters);
  for (const DumpedGroup& group : dump.groups) {
    check_group(group, objectives[static_cast<size_t>(group.group.source)],
                backbone_info(folder.backbone).vocab_size);
  }
  const auto attributes = static_cast<int64_t>(folder.reward_config->attributes.size());
  const HeadColumns head{.attributes = std::max<int64_t>(attributes, 1),
                         .log_variances = folder.reward_config->log_variances};
  LoadedModel loaded =
      load_model(std::move(folder), false, storage_type(compute.precision), {}, compute.device);
  const fs::path trained = loaded.folder.folder / "training.safetensors";
  std::error_code ignored;  // final/ has none
  if (fs::exists(trained, ignored)) read_trained_weights(trained, loaded.parameters);
  for (ParameterBuffer& buffer : loaded.parameters.buffers()) add_gradient(buffer);
  return {RewardModel(loaded.folder.backbone, std::move(loaded.parameters), Recompute::none,
                      dump.dropout),
          loaded.folder.pooling, head, std::move(objectives)};
}

double norm_of_gradients(const Parameters& parameters) {
  double squares = 0;
  for (const ParameterBuffer& buffer : parameters.buffers()) {
    if (!buffer.gradient.defined()) continue;
    const double norm =
        on_cuda(buffer.gradient)
            ? at::linalg_vector_norm(buffer.gradient, 2, {}, false, at::kDouble).item<double>()
            : gradient_norm(std::span(&buffer.gradient, 1));
    squares += norm * norm;
  }
  return std::sqrt(squares);
}

ReplayedNumbers compute_groups(ReplayedModel& of, const StepDump& dump,
                               std::span<const Group* const> groups, int64_t workers) {
  for (ParameterBuffer& buffer : of.model.parameters().buffers()) {
    if (buffer.gradient.defined()) buffer.gradient.zero_();
  }
  std::vector<double> scale;
  for (const DumpedSource& source : dump.sources) scale.push_back(source.scale);
  ReplayedNumbers numbers;
  const std::vector<Batch> batches =
      pack(groups, of.pooling,
           {.tokens_per_micro_batch = dump.tokens_per_micro_batch, .workers = workers});
  const StepLoss step{of.objectives, scale, of.head};
  StepSums on_device = zero_sums(step, of.model);
  for (const Batch& batch : batches) {
    const at::Tensor rewards = of.model.forward(batch.tokens, dump.step - 1).requires_grad_();
    const at::Tensor here = rewards.detach().to(at::kCPU, at::kDouble).contiguous();
    const double* const first = here.const_data_ptr<double>();
    numbers.rewards.insert(numbers.rewards.end(), first, first + here.numel());
    if (!numbers.layer) numbers.layer = of.model.first_nonfinite_layer();
    accumulate(step, batch, rewards, of.model, on_device);
  }
  const at::Tensor sums = on_device.losses.cpu();
  for (size_t i = 0; i < scale.size(); ++i) {
    numbers.loss += sums.const_data_ptr<double>()[i] * scale[i];
  }
  numbers.grad_norm = norm_of_gradients(of.model.parameters());
  return numbers;
}

}  // namespace

Replay replay_step(const StepDump& dump, const fs::path& file, const Compute& compute) {
  ReplayedModel model = load(dump, file, compute);
  Replay replay{.dump = dump, .file = file};
  std::vector<const Group*> all;
  for (const DumpedGroup& group : dump.groups) {
    all.push_back(&group.group);
    replay.groups.push_back(
        compute_groups(model, dump, std::span(&all.back(), 1), compute.workers));
  }
  replay.step = compute_groups(model, dump, all, compute.workers);
  return replay;
}

}  // namespace laurel
