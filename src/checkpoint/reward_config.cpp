// reward_config.json out and in. Reading is strict: a wrong text rule silently gives wrong rewards.
#include "checkpoint/reward_config.h"

#include <algorithm>
#include <set>

#include "checkpoint/members.h"
#include "core/files.h"
#include "core/str.h"

namespace laurel {

namespace {

constexpr int64_t kVersion = 1;
constexpr size_t kMostAttributes = 4096, kMostSources = 1000;

// The head's rows by the names of attributes.
using RowNumbers = std::map<std::string, size_t>;

RowNumbers row_numbers(const std::vector<std::string>& attributes) {
  RowNumbers numbers;
  for (const std::string& name : attributes) numbers.emplace(name, numbers.size());
  return numbers;
}

// Refuses a name that stands twice.
std::vector<std::string> attributes_in(Members& members) {
  std::vector<std::string> names = members.texts("attributes");
  if (names.size() > kMostAttributes) {
    members.refuse(
        str("\"attributes\": found ", names.size(), " names, expected at most ", kMostAttributes));
  }
  std::set<std::string> seen;
  for (const std::string& name : names) {
    if (seen.insert(name).second) continue;
    members.refuse(str("\"attributes\": found \"", name, "\" twice, expected it once"));
  }
  return names;
}

Merge numbers_by_name(Members& members, const std::string& key) {
  Merge numbers;
  for (const auto& [name, value] :
       members.get(key, "an object of numbers", &Json::is_object).items()) {
    if (!value.is_number()) {
      members.refuse(str("\"", key, "\": found ", kind_of(value), ", expected a number"));
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
              {"merge", source.merge},
              {"scaling", Json::array()},
              {"scalars", source.scalars},
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
  Members members(json, where, ErrorKind::model);
  const Scaling scaling{members.number("mean"), members.number("deviation")};
  if (!(scaling.deviation > 0)) {
    members.refuse(str("\"deviation\": found ", scaling.deviation, ", expected > 0"));
  }
  members.finish();
  return scaling;
}

void check_names(const std::vector<std::string>& names, const RowNumbers& head,
                 const Members& members) {
  for (const std::string& name : names) {
    if (head.contains(name)) continue;
    std::vector<std::string> known;
    for (const auto& row : head) known.push_back(row.first);
    members.refuse(str("found the attribute \"", name, "\", expected one of the head's: ",
                       known.empty() ? "it names none" : join(known, ", ")));
  }
}

SourceRecord source_record(const Json& json, const RowNumbers& head, const std::string& where) {
  Members members(json, where, ErrorKind::model);
  SourceRecord source;
  source.name = members.text("name");
  source.format = members.text("format");
  source.loss = members.get("loss", "an object", &Json::is_object);
  source.loss_weight = members.number("loss_weight");
  source.attributes = attributes_in(members);
  source.merge = numbers_by_name(members, "merge");
  std::vector<std::string> named = source.attributes;
  for (const auto& [name, weight] : source.merge) named.push_back(name);
  check_names(named, head, members);
  source.scaling.clear();
  for (const Json& scaling : members.get("scaling", "a list of objects", &Json::is_array)) {
    source.scaling.push_back(scaling_of(scaling, str(where, ": scaling")));
  }
  const size_t judged = std::max<size_t>(source.attributes.size(), 1);
  if (source.scaling.size() != judged) {
    members.refuse(
        str("\"scaling\": found ", source.scaling.size(), " entries, expected ", judged));
  }
  for (const Json& scalar : members.get("scalars", "a list of numbers", &Json::is_array)) {
    if (!scalar.is_number()) {
      members.refuse(str("\"scalars\": found ", kind_of(scalar), ", expected a number"));
    }
    source.scalars.push_back(scalar);
  }
  if (members.find("reduction")) {
    source.reduction = static_cast<Reduction>(members.one_of("reduction", enum_names(Reduction{})));
  }
  if (members.find("separator")) source.separator = members.text("separator");
  source.train_sha256 = members.texts("train_sha256");
  members.finish();
  return source;
}

}  // namespace

int64_t RewardConfig::columns() const {
  const auto named = std::max<int64_t>(static_cast<int64_t>(attributes.size()), 1);
  return log_variances ? 2 * named : named;
}

std::vector<double> RewardConfig::weights(const Merge& merge) const {
  std::vector<double> weights(std::max<size_t>(attributes.size(), 1));
  if (merge.empty()) weights[0] = 1;
  const RowNumbers rows = row_numbers(attributes);
  for (const auto& [name, weight] : merge) weights.at(rows.at(name)) = weight;
  return weights;
}

std::vector<Merge> RewardConfig::merges() const {
  std::vector<Merge> merges;
  std::set<Merge> seen;
  for (const SourceRecord& source : sources) {
    if (!source.merge.empty() && seen.insert(source.merge).second) merges.push_back(source.merge);
  }
  return merges;
}

std::string text_of(const Merge& merge) {
  std::vector<std::string> terms;
  for (const auto& [name, weight] : merge) terms.push_back(str(weight, " ", name));
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
  out["read"] = enum_names(config.read)[static_cast<size_t>(config.read)];
  out["pad_token_id"] = nullptr;
  if (config.pad_id) out["pad_token_id"] = *config.pad_id;
  out["max_length"] = nullptr;
  if (config.max_length) out["max_length"] = *config.max_length;
  out["attributes"] = config.attributes;
  out["log_variances"] = config.log_variances;
  out["folded"] = config.folded;
  out["sources"] = Json::array();
  for (const SourceRecord& source : config.sources) out["sources"].push_back(json_of(source));
  return out;
}

RewardConfig reward_config(const Json& json, const std::string& where) {
  Members members(json, where, ErrorKind::model);
  if (const int64_t version = members.integer("version"); version != kVersion) {
    members.refuse(str("found version ", version, ", expected ", kVersion,
                       "; was it written by a newer laurel?"));
  }
  RewardConfig config;
  config.text.rule = static_cast<TextRule>(members.one_of("text", enum_names(TextRule{})));
  config.text.special_text =
      static_cast<SpecialText>(members.one_of("special_text", enum_names(SpecialText{})));
  config.template_options.template_kwargs =
      members.get("template_kwargs", "an object", &Json::is_object);
  if (members.find("template_date")) {
    config.template_options.template_date = members.text("template_date");
  }
  config.read = static_cast<ReadRule>(members.one_of("read", enum_names(ReadRule{})));
  if (members.find("pad_token_id")) {
    const int64_t pad = members.integer("pad_token_id");
    if (pad < 0 || pad > INT32_MAX) {
      members.refuse(str("found \"pad_token_id\": ", pad, ", expected a token id"));
    }
    config.pad_id = static_cast<int32_t>(pad);
  }
  if (config.read == ReadRule::last_not_pad && !config.pad_id) {
    members.refuse("found no \"pad_token_id\", which \"read\": \"last_not_pad\" needs");
  }
  if (members.find("max_length")) {
    config.max_length = members.integer("max_length");
    if (*config.max_length < 1) {
      members.refuse(str("found \"max_length\": ", *config.max_length, ", expected at least 1"));
    }
  }
  config.attributes = attributes_in(members);
  config.log_variances =
      members.get("log_variances", "true or false", &Json::is_boolean).get<bool>();
  config.folded = numbers_by_name(members, "folded");
  const Json& sources = members.get("sources", "a list of objects", &Json::is_array);
  if (sources.size() > kMostSources) {
    members.refuse(str("\"sources\": found ", sources.size(), ", expected at most ", kMostSources));
  }
  const RowNumbers head = row_numbers(config.attributes);
  for (size_t i = 0; i < sources.size(); ++i) {
    config.sources.push_back(source_record(sources[i], head, str(where, ": sources[", i, "]")));
  }
  members.finish();
  return config;
}

std::optional<RewardConfig> read_reward_config(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "reward_config.json";
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return std::nullopt;
  return reward_config(parse_json(read_file(file), file.string(), ErrorKind::model), file.string());
}

}  // namespace laurel
