// Loads a run's inputs, the cheapest checks first; derives what training needs of them.
#include "application/run_inputs.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "application/advice.h"
#include "application/check_labels.h"
#include "application/dropout.h"
#include "application/evaluated_metrics.h"
#include "application/model_remarks.h"
#include "application/output_files.h"
#include "application/training_benchmarks.h"
#include "checkpoint/run_folder.h"
#include "core/files.h"
#include "core/option_writer.h"
#include "core/parallel.h"
#include "core/str.h"
#include "data/sources/score_scales.h"
#include "data/sources/token_cache.h"

namespace laurel {

LoadProgress load_progress() {
  if (::isatty(STDERR_FILENO) == 0) return {};
  return [](const SourceOptions& source, int64_t rows, double fraction) {
    const std::string line = str("\r\033[K", source.name, ": ", rows, " rows, ",
                                 static_cast<int64_t>(100 * fraction), " %");
    std::fputs(fraction < 1 ? line.c_str() : "\r\033[K", stderr);
  };
}

static void log_source(const SourceData& source, Log& log) {
  for (const std::string& note : source.notes) log.info(note);
  for (const std::string& warning : source.warnings) log.warn(warning);
  const auto describe = [&](const char* part, const Split& split) {
    if (split.report.rows > 0)
      log.info(str(source.options.name, ", ", part, ": ", summary(split.report)));
  };
  describe("train", source.train);
  describe("eval", source.eval);
  if (source.options.score_scaling != ScoreScaling::standardize) return;
  for (size_t i = 0; i < source.scaling.size(); ++i) {
    const auto& [mean, deviation] = source.scaling[i];
    const auto& attributes = source.options.attributes;
    log.info(str(source.options.name, attributes.empty() ? "" : ", " + attributes[i],
                 ": targets are (score - ", mean, ") / ", deviation));
  }
}

static std::vector<SourceData> load_sources(const Config& config, const LoadContext& context,
                                            Log& log) {
  std::vector<SourceData> sources;
  for (size_t i = 0; i < config.sources.size(); ++i) {
    sources.push_back(load_source(config.sources[i].source, static_cast<SourceId>(i), context));
    check_labels(config.sources[i], sources.back());
    log_source(sources.back(), log);
  }
  return sources;
}

// A head that is kept has the scale of its scores already.
static void tell_scales(const Config& config, bool keeps_head, std::vector<SourceData>& sources,
                        Log& log) {
  std::vector<ScoreTallies> tallies;
  for (const SourceData& source : sources) tallies.push_back(score_tallies(source));
  for (const std::string& warning : scale_warnings(sources, tallies)) {
    log.warn(warning);
    sources.front().warnings.push_back(warning);
  }
  for (size_t i = 0; i < tallies.size() && !keeps_head; ++i) {
    for (const std::string& remark : scale_remarks(config.sources[i], tallies[i])) log.warn(remark);
  }
}

// The rule that the model will apply to strings: that of the sources' strings. Where no source has
// strings, chat if some source was told so, or if chat is all that a model without a rule of its
// own ever saw.
static TextRule text_rule_of_model(const std::vector<SourceData>& sources, const ModelFolder& model,
                                   TextRule before) {
  if (const std::optional<TextRule> rule = rule_of_strings(sources)) return *rule;
  for (const SourceData& source : sources) {
    const bool told = source.options.text == TextChoice::chat;
    if (source.rule == TextRule::chat && (told || !model.reward_config)) return TextRule::chat;
  }
  return before;
}

// The config's template options; where it gives none, those that the model was trained with.
static TemplateOptions template_options(const Config& config, const ModelFolder& model) {
  TemplateOptions options = config.model.chat;
  if (!model.reward_config) return options;
  const TemplateOptions& stored = model.reward_config->template_options;
  if (options.template_kwargs.empty()) options.template_kwargs = stored.template_kwargs;
  if (!options.template_date) options.template_date = stored.template_date;
  return options;
}

// What is left relative is a Hub name: a folder of that name in the current directory must not be
// opened for it.
static void check_model_path(const std::string& path) {
  const std::filesystem::path given(path);
  if (given.is_absolute() || !std::filesystem::exists(given)) return;
  throw Error{ErrorKind::usage,
              str("model.path: found no \"", path, "\" in the config file's folder, but ",
                  std::filesystem::absolute(given),
                  " exists; a path in a config is relative to the config file's folder")};
}

static std::optional<TokenCache> token_cache(const DataOptions& data, Log& log) {
  if (!data.cache) return std::nullopt;
  std::optional<TokenCache> cache = open_token_cache(data.cache_folder);
  if (!cache) {
    log.info("no token cache: it needs /proc, and data.cache_folder, XDG_CACHE_HOME or HOME");
  }
  return cache;
}

// The rates, by the size of the backbone; says them where they are a default or unusual.
static LearningRates choose_rates(const Config& config, const ModelFolder& model, Log& log) {
  const int64_t parameters = backbone_layout(model.backbone).size;
  LearningRates rates = learning_rates(config.train.optimizer, config.model.train, parameters);
  if (!rates.note.empty()) log.info(rates.note);
  const auto remark = rate_remark(rates.lr, parameters, config.model.train);
  if (remark) log.warn(*remark);
  const LoraOptions* const lora = lora_of(config.model.train);
  const auto rank = lora ? rank_remark(*lora, model.backbone) : std::nullopt;
  if (rank) log.warn(*rank);
  return rates;
}

// A run hashes its files, reads them, and reads them again where it resumes.
static void refuse_pipes(const SourceOptions& source) {
  for (const auto* paths : {&source.train, &source.eval}) {
    for (const Path& path : *paths) {
      if (!std::filesystem::is_fifo(path.value)) continue;
      throw Error{ErrorKind::data, str(path.value,
                                       ": found a pipe, expected a file: a run reads its "
                                       "data more than once; write it to a file first")};
    }
  }
}

RunInputs load_run_inputs(const Config& config, Log& log, bool checks_cache) {
  check_model_path(config.model.load.path.value);
  for (const SourceConfig& source : config.sources) refuse_pipes(source.source);
  ModelFolder model = open_model(config.model.load);
  check_output(
      {.option = "run.folder", .output = config.run.folder.value, .models = {model.folder}});
  check_none_inside(config.run.folder.value, folders_of(model));
  model.trained = config.model.train;
  model.merges_adapters = true;  // of the run that the folder is of
  HeadPlan head = plan_head(config, model.keep_head, model.reward_config);
  const bool bias = keeps_head_bias(config, model, log);
  model.head = head.shape();
  model.head.bias = bias;
  const std::string trained = trained_text(model.trained, model);
  const TemplateOptions options = template_options(config, model);
  TextProcessor text = open_text(model, options);
  keep_pipeline(model.files, text);
  PadToken pad = choose_pad_token(model, text);
  if (!trains_all(model.trained)) model.notes.push_back(trained);
  say_model(model, head, text, pad, log);
  say_dropout(config, backbone_info(model.backbone), log);
  check_positions(config.model.length.max_length, backbone_info(model.backbone), log);
  TextRules rules{TextRule::plain, config.data.special_text};
  rules.rule = encoder_rule(text, model.pooling).value_or(rules.rule);
  if (model.reward_config) rules.rule = model.reward_config->text.rule;
  DataOptions data = config.data;
  if (!data.threads) data.threads = available_cores();
  const LoadContext context{.folder = text,
                            .pooling = model.pooling,
                            .length = config.model.length,
                            .data = data,
                            .strings = rules.rule,
                            .progress = load_progress(),
                            .cache = token_cache(data, log),
                            .checks_cache = checks_cache};
  std::vector<SourceData> sources = load_sources(config, context, log);
  tell_scales(config, model.keep_head, sources, log);
  check_evaluated_metrics(config, sources);
  rules.rule = text_rule_of_model(sources, model, rules.rule);
  say_how_strings_are_read(rules.rule, text, sources, log);
  std::vector<TrainingBenchmark> benchmarks =
      load_benchmarks(config, {text, rules, model.pooling, config.model.length}, head, log);
  std::optional<double> epochs = config.train.epochs;
  if (!epochs && !config.train.steps) epochs = 1;
  const RunLength length =
      run_length(sources, config.train.batches.batch_size, config.train.steps, epochs);
  const LearningRates rates = choose_rates(config, model, log);
  return {std::move(model), std::move(head),    std::move(text),       rules,  options,
          std::move(pad),   std::move(sources), std::move(benchmarks), length, rates};
}

static std::vector<StepRange> phases_of_run(const Config& config, int64_t steps) {
  std::vector<StepRange> active;
  for (const SourceConfig& source : config.sources) {
    if (!source.source.train.empty()) active.push_back(active_steps(source.source.active, steps));
  }
  return phases_of(active, steps);
}

Training training_of(const Config& config, const RunInputs& inputs, const Compute& compute) {
  Training training{.options = config.train,
                    .sources = inputs.sources,
                    .objectives = {},
                    .head = inputs.head.columns(),
                    .phases = phases_of_run(config, inputs.length.steps),
                    .length = inputs.length,
                    .pooling = inputs.model.pooling,
                    .workers = compute.workers,
                    .benchmarks = inputs.benchmarks};
  training.options.optimizer.lr = inputs.rates.lr;
  training.options.optimizer.head_lr = inputs.rates.head_lr;
  for (size_t i = 0; i < config.sources.size(); ++i) {
    const SourceConfig& source = config.sources[i];
    training.objectives.push_back(
        {source.source.name, source.loss, source.loss_weight, inputs.head.sources[i]});
  }
  return training;
}

std::vector<std::string> names_of(const RunInputs& inputs) {
  std::vector<std::string> names;
  for (const SourceData& source : inputs.sources) names.push_back(source.options.name);
  return names;
}

// Of the template that the config gives, or that an earlier run was given.
static std::optional<std::string> given_template_sha256(const RunInputs& inputs) {
  if (inputs.text.given_template) return sha256(*inputs.text.given_template);
  const auto& before = inputs.model.reward_config;
  return before ? before->chat_template_sha256 : std::nullopt;
}

RewardConfig reward_config_of(const Config& config, const RunInputs& inputs) {
  RewardConfig reward{.text = inputs.rules,
                      .template_options = inputs.template_options,
                      .chat_template_sha256 = given_template_sha256(inputs),
                      .max_length = config.model.length.max_length,
                      .attributes = inputs.head.attributes,
                      .log_variances = inputs.head.log_variances};
  for (size_t i = 0; i < inputs.sources.size(); ++i) {
    const SourceConfig& source = config.sources[i];
    SourceRecord record{.name = source.source.name,
                        .format = format_name(source.source.format),
                        .loss = options_to_json(source)["loss"],
                        .loss_weight = source.loss_weight,
                        .reward_weights = source.reward_weights,
                        .scaling = inputs.sources[i].scaling};
    if (traits(source.loss).labels == LabelKind::pointwise) {
      record.attributes = source.source.attributes;
    }
    if (std::holds_alternative<SegmentsFormat>(source.source.format)) {
      record.reduction = source.source.reduction;
      record.separator = source.source.separator;
    }
    for (const Path& file : source.source.train) {
      const auto known = inputs.sources[i].sha256.find(file.value);
      record.train_sha256.push_back(
          known == inputs.sources[i].sha256.end() ? sha256_of_file(file.value) : known->second);
    }
    reward.sources.push_back(record);
  }
  return reward;
}

}  // namespace laurel
