// Exports to a Hugging Face folder, loads that again, and measures what its type changes.
#include "application/export_model.h"

#include <ATen/ops/empty.h>

#include <algorithm>

#include "application/precision_loss.h"
#include "checkpoint/run_folder.h"
#include "core/random.h"
#include "core/str.h"
#include "data/batches/pack.h"
#include "data/sources/encode_example.h"

namespace laurel {

namespace {

constexpr double kNearestKeeps = .95;  // of the update, for nearest to be the default

// Rows of fixed pseudo-random tokens: an export can be checked where no data is at hand.
std::vector<TokenBatch> random_batches(const ModelFolder& model) {
  Random random(1);
  const BackboneInfo info = backbone_info(model.backbone);
  std::vector<Group> groups(8);
  for (size_t i = 0; i < groups.size(); ++i) {
    Response response;
    const auto length = std::min<int64_t>(3 + 5 * static_cast<int64_t>(i), info.max_positions);
    for (int64_t t = 0; t < length; ++t) {
      response.ids.push_back(static_cast<int32_t>(random.below(info.vocab_size)));
    }
    response.positions = {pool_range_of(response.ids, model.pooling)};
    groups[i].responses = {response};
    groups[i].label = Ratings{{0}, {0}};
    groups[i].id = i;
  }
  std::vector<const Group*> all;
  for (const Group& group : groups) all.push_back(&group);
  std::vector<TokenBatch> batches;
  for (Batch& batch : pack(all, model.pooling, {.tokens_per_micro_batch = 64}))
    batches.push_back(std::move(batch.tokens));
  return batches;
}

// The rows by which a run shows what a type changes; nullopt for a model without a run.
std::optional<SampleRows> sample_rows_of(const ModelFolder& model) {
  const std::optional<RunFolder> run = run_of(model.folder);
  return run ? read_sample_rows(run->sample_rows(), backbone_info(model.backbone).vocab_size)
             : std::nullopt;
}

std::string type_text(const WeightRounding& rounding) {
  const char* type = rounding.dtype == at::kHalf ? "fp16" : "bf16";
  return str(type, rounding.mode == Rounding::nearest ? ", rounded to nearest"
                                                      : ", rounded stochastically");
}

// Comparisons alone, so that no reward means more than its distance from others.
bool only_compares(const std::optional<RewardConfig>& config) {
  const auto compares = [](const SourceRecord& source) {
    return source.format == PairwiseFormat::name || source.format == RankedFormat::name;
  };
  return config && !config->sources.empty() && std::ranges::all_of(config->sources, compares);
}

class Exporter {
 public:
  explicit Exporter(const ExportRequest& request)
      : request_(request),
        folder_(open_model({.path = {request.model.string()},
                            .head = Head::keep,
                            .tokenizer = request.tokenizer,
                            .for_training = false})),
        outputs_(choose_outputs(folder_, request.outputs)),
        rows_(sample_rows_of(folder_)),
        rounding_{.dtype = scalar_type(request.dtype),
                  .mode = request.rounding.value_or(Rounding::nearest),
                  .seed = request.rounding_seed} {}

  Exported run() {
    if (!outputs_.note.empty()) exported_.notes.push_back(outputs_.note);
    if (request_.scale == OutputScale::unit) {
      exported_.notes.push_back(scale_to_unit(outputs_, folder_.folder.string()));
    }
    if (has_foreign_bias(folder_)) drop_bias();
    // An fp32 export loses nothing, but what loads it as bf16 does.
    const bool narrow = rounding_.dtype != at::kFloat;
    const WeightRounding measured = narrow ? rounding_ : WeightRounding{.dtype = at::kBFloat16};
    loss_ = measure_survival(folder_, measured);
    if (narrow) choose_rounding();
    export_model(folder_, outputs_, request_.output,
                 {.rounding = rounding_, .verify = [&](const std::filesystem::path& exported) {
                    return verify(exported, narrow ? rounding_ : measured, narrow);
                  }});
    return std::move(exported_);
  }

 private:
  // What the class would leave out when it loads the export, left out here with a line.
  void drop_bias() {
    const BackboneInfo info = backbone_info(folder_.backbone);
    at::Tensor bias = at::empty({folder_.head.columns}, at::kFloat);
    folder_.tensors.read(info.head.bias, bias);
    bias = combine_rows(bias, outputs_);
    std::vector<std::string> values;
    for (int64_t i = 0; i < bias.size(0); ++i) values.push_back(str(bias[i].item<float>()));
    const std::string found = str(info.head.bias, " (", join(values, ", "), ")");
    if (!request_.drop_bias && !only_compares(folder_.reward_config)) {
      throw Error{ErrorKind::usage,
                  str(folder_.folder, ": found ", found, ", but ", info.classifier_class,
                      " of transformers has no bias, expected --drop-bias, which leaves it out: "
                      "rewards are lower by it, and as far from each other as before; nothing was "
                      "exported")};
    }
    folder_.head.bias = false;
    // Log-odds of labels stay what they are; those of pairs do anyway.
    if (outputs_.config && outputs_.weights.size() == 1) {
      subtract_from_rewards(*outputs_.config, double{bias[0].item<float>()});
    }
    exported_.notes.push_back(str(found, " is left out, as ", info.classifier_class,
                                  " has none: rewards are lower by it"));
  }

  // Where the update is smaller than the steps of the type, nearest gives the base again.
  void choose_rounding() {
    if (request_.rounding || !loss_.survival || loss_.survival->share >= kNearestKeeps) return;
    exported_.notes.push_back(str("rounded to nearest, ", text_of(loss_),
                                  ", so that weights are rounded stochastically (--rounding)"));
    rounding_.mode = Rounding::stochastic;
    loss_ = measure_survival(folder_, rounding_);
  }

  // Returns what the model card says. `measured`: the type that is exported, or that a consumer of
  // an fp32 export loads it in.
  std::string verify(const std::filesystem::path& exported, const WeightRounding& measured,
                     bool narrow) {
    const std::vector<TokenBatch> batches = random_batches(folder_);
    const Original original = original_rewards(narrow, batches);
    RewardModel reloaded = verify_export(exported, original.expected, rounding_, batches);
    if (rows_) {
      if (!narrow) {
        for (ParameterBuffer& buffer : reloaded.parameters().buffers()) {
          round_weights(buffer, measured);
        }
      }
      loss_.rows =
          reward_change(rows_->groups, original.rows, rewards_of(reloaded, *rows_, folder_.pooling),
                        outputs_.weights.size());
    }
    return judge(measured, narrow);
  }

  // Of the model that is exported, which is no longer in memory when the export is loaded.
  struct Original {
    GroupRewards rows;  // rewards of the sample rows, not rounded
    ExpectedExport expected;
  };

  Original original_rewards(bool narrow, std::span<const TokenBatch> batches) {
    ModelFolder model = folder_;
    model.merges_adapters = narrow;  // what is rounded is the merged weight
    LoadedModel loaded = load_model(std::move(model), false);
    RewardModel original(loaded.folder.backbone, std::move(loaded.parameters));
    Original found;
    if (rows_) found.rows = rewards_of(original, *rows_, folder_.pooling, &outputs_);
    found.expected = expected_export(original, outputs_, rounding_, batches);  // rounds the model
    return found;
  }

  std::string judge(const WeightRounding& measured, bool narrow) {
    const std::optional<std::string> problem = problem_of(loss_);
    const std::string text = text_of(loss_);
    if (narrow) {
      if (problem && !request_.force) {
        throw Error{ErrorKind::checkpoint,
                    str(request_.output, ": in ", type_text(measured), ", ", *problem, " (", text,
                        "); nothing was exported. --dtype fp32 keeps all",
                        measured.mode == Rounding::nearest
                            ? ", --rounding stochastic keeps small updates on average"
                            : "",
                        ", --force exports it all the same")};
      }
      exported_.notes.push_back(str(type_text(measured), ": ", text));
      if (problem) exported_.warnings.push_back(str("exported by --force: ", *problem));
      return str("The weights are ", type_text(measured), ": ", text, ".");
    }
    if (!loss_.rows && !loss_.survival) return "";
    if (problem) {
      exported_.warnings.push_back(str(
          "a program that loads this fp32 export in bf16 (vLLM's default for bf16 models) loses "
          "the training: ",
          *problem, "; load it in float32, or use `laurel export --dtype bf16`"));
    }
    return str("The weights are fp32. Loaded in bf16: ", text, ".",
               problem ? " Load it in float32." : "");
  }

  const ExportRequest& request_;
  ModelFolder folder_;
  Outputs outputs_;
  std::optional<SampleRows> rows_;
  WeightRounding rounding_;
  PrecisionLoss loss_;
  Exported exported_;
};

}  // namespace

Exported export_verified(const ExportRequest& request) { return Exporter(request).run(); }

}  // namespace laurel
