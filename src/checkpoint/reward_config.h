// reward_config.json: what a reward model needs besides its weights to give the same rewards again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "core/options.h"
#include "data/pooling.h"
#include "data/sources/source.h"
#include "eval/calibration_fit.h"
#include "eval/normalization.h"
#include "text/chat_template.h"
#include "text/tokenize.h"

namespace laurel {

// The weight of each attribute in the reward that pairs and lists compare; others count 0.
using RewardWeights = std::map<std::string, double>;

// "0.5 help + 2 truth"
std::string text_of(const RewardWeights& reward_weights);

// What a source was, for the record, and what turns its rewards into what its people said.
struct SourceRecord {
  std::string name, format;
  Json loss = Json::object();
  double loss_weight = 1;
  std::vector<std::string> attributes = {};    // that its scores judge; none: the only one
  RewardWeights reward_weights = {};           // of pairs and lists: what they compare; none: it
  std::vector<Scaling> scaling = {{}};         // per attribute that its scores judge
  std::vector<double> loss_parameters = {};    // that its loss has learned
  std::optional<Reduction> reduction = {};     // of segments
  std::optional<std::string> separator = {};   // between segments that are a list
  std::vector<std::string> train_sha256 = {};  // of the files, in the config's order
  bool operator==(const SourceRecord&) const = default;

  void fields(auto& visit) {
    visit("name", name);
    visit("format", format);
    visit("loss", loss);
    visit("loss_weight", loss_weight);
    visit("attributes", attributes);
    visit("reward_weights", reward_weights);
    visit("scaling", scaling);
    visit("loss_parameters", loss_parameters);
    visit("reduction", reduction);
    visit("separator", separator);
    visit("train_sha256", train_sha256);
  }
};

// What `laurel export --scale` has divided the head by.
struct RewardScale {
  double divisor = 1;  // reward x divisor is what the losses of the sources learned
  AnswerGroup deviation = AnswerGroup::all;  // that it is
  bool operator==(const RewardScale&) const = default;

  void fields(auto& visit) {
    visit("divisor", divisor, Above{.min = 0});
    visit("deviation", deviation);
  }
};

struct RewardConfig {
  TextRules text;  // the rule for strings; lists of messages are chat, or pair as well
  TemplateOptions template_options;
  // Of a template that was given in training (model.chat_template); chat_template.jinja holds it.
  std::optional<std::string> chat_template_sha256;
  PoolingRule pooling = PoolingRule::last;
  // What transformers skips at the end; texts do not end in it under `last`.
  std::optional<int32_t> pad_id;
  std::optional<int64_t> max_length;
  std::vector<std::string> attributes;  // the head's first rows, by name; none: one without a name
  bool log_variances = false;           // a second row of the head for each, behind all of them
  RewardWeights combined;               // attributes of the trained head that the only row sums
  std::vector<SourceRecord> sources;
  // Of a head of one row: by `laurel calibrate`, `laurel normalize` and `laurel export --scale`.
  std::optional<Calibration> calibration;
  std::optional<Normalization> normalization;
  std::optional<RewardScale> scale;

  // Rows that the head must have.
  int64_t columns() const;

  // The weight of each attribute; of the only one where there are no reward_weights. Names must be
  // known.
  std::vector<double> weights(const RewardWeights& reward_weights) const;

  // The different reward_weights of the sources.
  std::vector<RewardWeights> combinations() const;

  // nullptr if there is no such source.
  const SourceRecord* find(std::string_view source) const;

  // The members of the file, behind "version".
  void fields(auto& visit) {
    visit("text", text.rule);
    visit("special_text", text.special_text);
    visit("template_kwargs", template_options.template_kwargs);
    visit("template_date", template_options.template_date);
    visit("chat_template_sha256", chat_template_sha256);
    visit("pooling", pooling);
    visit("pad_token_id", pad_id, Range{.min = 0});
    visit("max_length", max_length, Range{.min = 1});
    visit("attributes", attributes);
    visit("log_variances", log_variances);
    visit("combined", combined);
    visit("sources", sources);
    visit("calibration", calibration);
    visit("normalization", normalization);
    visit("scale", scale);
  }
};

Json json_of(const RewardConfig& config);

// Strict: unknown keys, wrong types and attributes that the head lacks are told by one Error
// (model) that starts with `where`.
RewardConfig reward_config(const Json& json, const std::string& where);

// nullopt where the folder has no reward_config.json.
std::optional<RewardConfig> read_reward_config(const std::filesystem::path& folder);

}  // namespace laurel
