// reward_config.json out and in. Reading is strict: a wrong text rule silently gives wrong rewards.
#include "checkpoint/reward_config.h"

#include <algorithm>
#include <set>

#include "checkpoint/strict_object.h"
#include "core/files.h"
#include "core/str.h"

namespace laurel {

namespace {

constexpr int64_t kVersion = 1;
constexpr size_t kMaxAttributes = 4096, kMaxSources = 1000;

// The head's rows by the names of attributes.
using HeadRows = std::map<std::string, size_t>;

HeadRows head_rows(const std::vector<std::string>& attributes) {
  HeadRows numbers;
  for (const std::string& name : attributes) numbers.emplace(name, numbers.size());
  return numbers;
}

// Refuses a name that stands twice.
std::vector<std::string> read_attributes(StrictObject& object) {
  std::vector<std::string> names = object.texts("attributes");
  if (names.size() > kMaxAttributes) {
    object.refuse(
        str("\"attributes\": found ", names.size(), " names, expected at most ", kMaxAttributes));
  }
  std::set<std::string> seen;
  for (const std::string& name : names) {
    if (seen.insert(name).second) continue;
    object.refuse(str("\"attributes\": found \"", name, "\" twice, expected it once"));
  }
  return names;
}

RewardWeights read_number_map(StrictObject& object, const std::string& key) {
  RewardWeights numbers;
  for (const auto& [name, value] :
       object.get(key, "an object of numbers", &Json::is_object).items()) {
    if (!value.is_number()) {
      object.refuse(str("\"", key, "\": found ", describe_json(value), ", expected a number"));
    }
    numbers[name] = value;
  }
  return numbers;
}

Json json_of(const SourceRecord& source) {
  Json out = {{"name", source.name},
              {"format", source.format},
              {"loss", source.loss},
              {"loss_weight", source.loss_weight},
              {"attributes", source.attributes},
              {"reward_weights", source.reward_weights},
              {"scaling", Json::array()},
              {"loss_parameters", source.loss_parameters},
              {"reduction", nullptr},
              {"separator", nullptr},
              {"train_sha256", source.train_sha256}};
  for (const auto& [mean, deviation] : source.scaling) {
    out["scaling"].push_back({{"mean", mean}, {"deviation", deviation}});
  }
  if (source.reduction) {
    out["reduction"] = enum_names(Reduction{})[static_cast<size_t>(*source.reduction)];
  }
  if (source.separator) out["separator"] = *source.separator;
  return out;
}

Scaling scaling_of(const Json& json, const std::string& where) {
  StrictObject object(json, where, ErrorKind::model);
  const Scaling scaling{object.number("mean"), object.number("deviation")};
  if (!(scaling.deviation > 0)) {
    object.refuse(str("\"deviation\": found ", scaling.deviation, ", expected > 0"));
  }
  object.finish();
  return scaling;
}

void check_names(const std::vector<std::string>& names, const HeadRows& head,
                 const StrictObject& object) {
  for (const std::string& name : names) {
    if (head.contains(name)) continue;
    std::vector<std::string> known;
    for (const auto& row : head) known.push_back(row.first);
    object.refuse(str("found the attribute \"", name, "\", expected one of the head's: ",
                      known.empty() ? "it names none" : join(known, ", ")));
  }
}

SourceRecord source_record(const Json& json, const HeadRows& head, const std::string& where) {
  StrictObject object(json, where, ErrorKind::model);
  SourceRecord source;
  source.name = object.text("name");
  source.format = object.text("format");
  source.loss = object.get("loss", "an object", &Json::is_object);
  source.loss_weight = object.number("loss_weight");
  source.attributes = read_attributes(object);
  source.reward_weights = read_number_map(object, "reward_weights");
  std::vector<std::string> named = source.attributes;
  for (const auto& [name, weight] : source.reward_weights) named.push_back(name);
  check_names(named, head, object);
  source.scaling.clear();
  for (const Json& scaling : object.get("scaling", "a list of objects", &Json::is_array)) {
    source.scaling.push_back(scaling_of(scaling, str(where, ": scaling")));
  }
  const size_t rated = std::max<size_t>(source.attributes.size(), 1);
  if (source.scaling.size() != rated) {
    object.refuse(str("\"scaling\": found ", source.scaling.size(), " entries, expected ", rated));
  }
  for (const Json& parameter :
       object.get("loss_parameters", "a list of numbers", &Json::is_array)) {
    if (!parameter.is_number()) {
      object.refuse(
          str("\"loss_parameters\": found ", describe_json(parameter), ", expected a number"));
    }
    source.loss_parameters.push_back(parameter);
  }
  if (object.find("reduction")) {
    source.reduction = static_cast<Reduction>(object.one_of("reduction", enum_names(Reduction{})));
  }
  if (object.find("separator")) source.separator = object.text("separator");
  source.train_sha256 = object.texts("train_sha256");
  object.finish();
  return source;
}

}  // namespace

int64_t RewardConfig::columns() const {
  const auto named = std::max<int64_t>(static_cast<int64_t>(attributes.size()), 1);
  return log_variances ? 2 * named : named;
}

std::vector<double> RewardConfig::weights(const RewardWeights& reward_weights) const {
  std::vector<double> weights(std::max<size_t>(attributes.size(), 1));
  if (reward_weights.empty()) weights[0] = 1;
  const HeadRows rows = head_rows(attributes);
  for (const auto& [name, weight] : reward_weights) weights.at(rows.at(name)) = weight;
  return weights;
}

std::vector<RewardWeights> RewardConfig::combinations() const {
  std::vector<RewardWeights> combinations;
  std::set<RewardWeights> seen;
  for (const SourceRecord& source : sources) {
    if (!source.reward_weights.empty() && seen.insert(source.reward_weights).second)
      combinations.push_back(source.reward_weights);
  }
  return combinations;
}

std::string text_of(const RewardWeights& reward_weights) {
  std::vector<std::string> terms;
  for (const auto& [name, weight] : reward_weights) terms.push_back(str(weight, " ", name));
  return join(terms, " + ");
}

const SourceRecord* RewardConfig::find(std::string_view source) const {
  const auto found = std::ranges::find(sources, source, &SourceRecord::name);
  return found == sources.end() ? nullptr : &*found;
}

Json json_of(const RewardConfig& config) {
  Json out;
  out["version"] = kVersion;
  out["text"] = enum_names(config.text.rule)[static_cast<size_t>(config.text.rule)];
  out["special_text"] =
      enum_names(config.text.special_text)[static_cast<size_t>(config.text.special_text)];
  out["template_kwargs"] = config.template_options.template_kwargs;
  out["template_date"] = nullptr;
  if (config.template_options.template_date) {
    out["template_date"] = *config.template_options.template_date;
  }
  out["pooling"] = enum_names(config.pooling)[static_cast<size_t>(config.pooling)];
  out["pad_token_id"] = nullptr;
  if (config.pad_id) out["pad_token_id"] = *config.pad_id;
  out["max_length"] = nullptr;
  if (config.max_length) out["max_length"] = *config.max_length;
  out["attributes"] = config.attributes;
  out["log_variances"] = config.log_variances;
  out["combined"] = config.combined;
  out["sources"] = Json::array();
  for (const SourceRecord& source : config.sources) out["sources"].push_back(json_of(source));
  return out;
}

RewardConfig reward_config(const Json& json, const std::string& where) {
  StrictObject object(json, where, ErrorKind::model);
  if (const int64_t version = object.integer("version"); version != kVersion) {
    object.refuse(str("found version ", version, ", expected ", kVersion,
                      "; was it written by a newer laurel?"));
  }
  RewardConfig config;
  config.text.rule = static_cast<TextRule>(object.one_of("text", enum_names(TextRule{})));
  config.text.special_text =
      static_cast<SpecialText>(object.one_of("special_text", enum_names(SpecialText{})));
  config.template_options.template_kwargs =
      object.get("template_kwargs", "an object", &Json::is_object);
  if (object.find("template_date")) {
    config.template_options.template_date = object.text("template_date");
  }
  config.pooling = static_cast<PoolingRule>(object.one_of("pooling", enum_names(PoolingRule{})));
  if (object.find("pad_token_id")) {
    const int64_t pad = object.integer("pad_token_id");
    if (pad < 0 || pad > INT32_MAX) {
      object.refuse(str("found \"pad_token_id\": ", pad, ", expected a token id"));
    }
    config.pad_id = static_cast<int32_t>(pad);
  }
  if (config.pooling == PoolingRule::last_not_pad && !config.pad_id) {
    object.refuse("found no \"pad_token_id\", which \"pooling\": \"last_not_pad\" needs");
  }
  if (object.find("max_length")) {
    config.max_length = object.integer("max_length");
    if (*config.max_length < 1) {
      object.refuse(str("found \"max_length\": ", *config.max_length, ", expected at least 1"));
    }
  }
  config.attributes = read_attributes(object);
  config.log_variances =
      object.get("log_variances", "true or false", &Json::is_boolean).get<bool>();
  config.combined = read_number_map(object, "combined");
  const Json& sources = object.get("sources", "a list of objects", &Json::is_array);
  if (sources.size() > kMaxSources) {
    object.refuse(str("\"sources\": found ", sources.size(), ", expected at most ", kMaxSources));
  }
  const HeadRows head = head_rows(config.attributes);
  for (size_t i = 0; i < sources.size(); ++i) {
    config.sources.push_back(source_record(sources[i], head, str(where, ": sources[", i, "]")));
  }
  object.finish();
  return config;
}

std::optional<RewardConfig> read_reward_config(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "reward_config.json";
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return std::nullopt;
  return reward_config(parse_json(read_file(file), file.string(), ErrorKind::model), file.string());
}

}  // namespace laurel
