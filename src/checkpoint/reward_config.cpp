// reward_config.json out and in. Reading is strict: a wrong text rule silently gives wrong rewards.
#include "checkpoint/reward_config.h"

#include <algorithm>
#include <set>

#include "core/files.h"
#include "core/option_reader.h"
#include "core/option_writer.h"
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

// A file is RewardConfig behind the version of its members.
struct RewardConfigFile {
  int64_t version = kVersion;
  RewardConfig config;

  void fields(auto& visit) {
    visit("version", version);
    visit.flatten(config);
  }
};

void check_version(const Json& json, const std::string& where) {
  const auto version = json.is_object() ? json.find("version") : json.end();
  if (version == json.end() || !version->is_number_integer() || *version == kVersion) return;
  throw Error{ErrorKind::model, str(where, ": found version ", version->dump(), ", expected ",
                                    kVersion, "; was it written by a newer laurel?")};
}

void check_attributes(const std::vector<std::string>& names, const std::string& where,
                      Problems& problems) {
  if (names.size() > kMaxAttributes) {
    problems.add(where, str("found ", names.size(), " names, expected at most ", kMaxAttributes));
  }
  std::set<std::string> seen;
  for (const std::string& name : names) {
    if (seen.insert(name).second) continue;
    problems.add(where, str("found \"", name, "\" twice, expected it once"));
  }
}

void check_names(const std::vector<std::string>& names, const HeadRows& head,
                 const std::string& where, Problems& problems) {
  for (const std::string& name : names) {
    if (head.contains(name)) continue;
    std::vector<std::string> known;
    for (const auto& row : head) known.push_back(row.first);
    problems.add(where, str("found the attribute \"", name, "\", expected one of the head's: ",
                            known.empty() ? "it names none" : join(known, ", ")));
    return;
  }
}

void check_source(const SourceRecord& source, const HeadRows& head, const std::string& where,
                  Problems& problems) {
  check_attributes(source.attributes, where + ".attributes", problems);
  check_names(source.attributes, head, where + ".attributes", problems);
  std::vector<std::string> weighed;
  for (const auto& [name, weight] : source.reward_weights) weighed.push_back(name);
  check_names(weighed, head, where + ".reward_weights", problems);
  const size_t rated = std::max<size_t>(source.attributes.size(), 1);
  if (source.scaling.size() != rated) {
    problems.add(where + ".scaling",
                 str("found ", source.scaling.size(), " entries, expected ", rated));
  }
}

void check_members(const RewardConfig& config, Problems& problems) {
  if (config.pooling == PoolingRule::last_not_pad && !config.pad_id) {
    problems.add("pad_token_id", "found none, which \"pooling\": \"last_not_pad\" needs");
  }
  check_attributes(config.attributes, "attributes", problems);
  if (config.sources.size() > kMaxSources) {
    problems.add("sources",
                 str("found ", config.sources.size(), ", expected at most ", kMaxSources));
  }
  const auto check_one_row = [&](bool has, const char* member) {
    if (!has || config.columns() == 1) return;
    problems.add(member, str("found one beside ", config.columns(),
                             " rows of the head, expected a head of one row"));
  };
  check_one_row(config.calibration.has_value(), "calibration");
  check_one_row(config.normalization.has_value(), "normalization");
  check_one_row(config.scale.has_value(), "scale");
  const HeadRows head = head_rows(config.attributes);
  for (const SourceRecord& source : config.sources) {
    if (!problems.lines.empty()) return;  // the first is enough: its message may list the head
    check_source(source, head, str("sources.", source.name), problems);
  }
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
  return options_to_json(RewardConfigFile{.config = config});
}

RewardConfig reward_config(const Json& json, const std::string& where) {
  check_version(json, where);
  const auto check = [](const RewardConfigFile& file, Problems& problems) {
    check_members(file.config, problems);
  };
  return read_file_json<RewardConfigFile>(json, where, ErrorKind::model, check).config;
}

std::optional<RewardConfig> read_reward_config(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "reward_config.json";
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return std::nullopt;
  return reward_config(parse_json(read_file(file), file.string(), ErrorKind::model), file.string());
}

}  // namespace laurel
