// reward_config.json out and in; reading is strict because a wrong text rule gives wrong rewards
// silently.
#include "checkpoint/reward_config.h"

#include <algorithm>
#include <set>

#include "core/files.h"
#include "core/str.h"

namespace laurel {

namespace {

constexpr int64_t kVersion = 1;

template <class Names>
size_t number_of(const Names& names, const std::string& name) {
  return static_cast<size_t>(std::ranges::find(names, name) - names.begin());
}

// The members of one object: each is asked for by name, and what nobody asked for is an Error.
class Members {
 public:
  Members(const Json& object, std::string where) : object_(object), where_(std::move(where)) {
    if (!object.is_object()) refuse(str("found ", kind_of(object), ", expected an object"));
  }

  [[noreturn]] void refuse(const std::string& what) const {
    throw Error{ErrorKind::model, str(where_, ": ", what)};
  }

  // nullptr if absent or null.
  const Json* find(const std::string& key) {
    known_.insert(key);
    const auto found = object_.find(key);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
  }

  const Json& get(const std::string& key, const char* expected, bool (Json::*is)() const) {
    const Json* found = find(key);
    if (!found || !(found->*is)()) {
      refuse(str("\"", key, "\": found ", found ? kind_of(*found) : "nothing", ", expected ",
                 expected));
    }
    return *found;
  }

  std::string text(const std::string& key) { return get(key, "a string", &Json::is_string); }
  double number(const std::string& key) { return get(key, "a number", &Json::is_number); }
  int64_t integer(const std::string& key) {
    return get(key, "an integer", &Json::is_number_integer);
  }

  template <class Names>
  size_t one_of(const std::string& key, const Names& names) {
    const std::string value = text(key);
    const size_t number = number_of(names, value);
    if (number == names.size()) {
      const std::vector<std::string> known(names.begin(), names.end());
      refuse(str("\"", key, "\": found \"", value, "\", expected one of ", join(known, ", ")));
    }
    return number;
  }

  void finish() const {
    for (const auto& [key, value] : object_.items()) {
      if (known_.contains(key)) continue;
      refuse(str("found the unknown key \"", key, "\"; was it written by a newer laurel?"));
    }
  }

 private:
  const Json& object_;
  std::string where_;
  std::set<std::string> known_;
};

Json json_of(const SourceRecord& source) {
  return {{"name", source.name},
          {"format", source.format},
          {"loss", source.loss},
          {"loss_weight", source.loss_weight},
          {"score_mean", source.score_mean},
          {"score_deviation", source.score_deviation},
          {"train_sha256", source.train_sha256}};
}

SourceRecord source_record(const Json& json, const std::string& where) {
  Members members(json, where);
  SourceRecord source;
  source.name = members.text("name");
  source.format = members.text("format");
  source.loss = members.get("loss", "an object", &Json::is_object);
  source.loss_weight = members.number("loss_weight");
  source.score_mean = members.number("score_mean");
  source.score_deviation = members.number("score_deviation");
  if (!(source.score_deviation > 0)) {
    members.refuse(str("\"score_deviation\": found ", source.score_deviation, ", expected > 0"));
  }
  for (const Json& hash : members.get("train_sha256", "a list of strings", &Json::is_array)) {
    if (!hash.is_string()) {
      members.refuse(str("\"train_sha256\": found ", kind_of(hash), ", expected a string"));
    }
    source.train_sha256.push_back(hash);
  }
  members.finish();
  return source;
}

}  // namespace

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
  out["sources"] = Json::array();
  for (const SourceRecord& source : config.sources) out["sources"].push_back(json_of(source));
  return out;
}

RewardConfig reward_config(const Json& json, const std::string& where) {
  Members members(json, where);
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
  const Json& sources = members.get("sources", "a list of objects", &Json::is_array);
  for (size_t i = 0; i < sources.size(); ++i) {
    config.sources.push_back(source_record(sources[i], str(where, ": sources[", i, "]")));
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
