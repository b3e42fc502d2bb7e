// Compares two resolved configs, option by option.
#include "config/difference.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/str.h"

namespace laurel {

namespace {

std::string name_of(const Json& element, size_t index) {
  const bool named = element.is_object() && element.contains("name") && element["name"].is_string();
  return named ? element["name"].get<std::string>() : std::to_string(index);
}

void compare(const std::string& path, const Json& before, const Json& now,
             std::vector<Difference>& out) {
  const auto below = [&](const std::string& name) {
    return path.empty() ? name : path + "." + name;
  };
  if (before.is_object() && now.is_object()) {
    for (const auto& [key, value] : before.items()) {
      if (now.contains(key)) {
        compare(below(key), value, now[key], out);
      } else {
        out.push_back({below(key), value.dump(), "nothing"});
      }
    }
    for (const auto& [key, value] : now.items()) {
      if (!before.contains(key)) out.push_back({below(key), "nothing", value.dump()});
    }
  } else if (before.is_array() && now.is_array() && before.size() == now.size()) {
    for (size_t i = 0; i < before.size(); ++i) {
      compare(below(name_of(before[i], i)), before[i], now[i], out);
    }
  } else if (before != now) {
    out.push_back({path, before.dump(), now.dump()});
  }
}

bool has_active_part(const Json& config) {
  const Json whole = {{"from", 0.0}, {"to", 1.0}};
  return std::ranges::any_of(config.at("sources"), [&](const Json& source) {
    return source.contains("active") && source["active"] != whole;
  });
}

}  // namespace

std::vector<Difference> differences(const Json& before, const Json& now) {
  std::vector<Difference> out;
  compare("", before, now, out);
  return out;
}

bool same_train_options(const Json& before, const Json& now,
                        std::initializer_list<const char*> names) {
  const auto option = [](const Json& config, const char* name) {
    const auto train = config.find("train");
    return train == config.end() || !train->is_object() ? Json() : train->value(name, Json());
  };
  return std::ranges::all_of(
      names, [&](const char* name) { return option(before, name) == option(now, name); });
}

bool may_change_on_resume(const std::string& path, const Json& before, const Json& now) {
  constexpr std::array kFree{"train.save_every", "train.keep_last",  "train.keep_best",
                             "train.eval_every", "train.nan_budget", "train.recompute",
                             "train.final",      "train.log_every",  "data.threads",
                             "data.cache",       "data.cache_folder"};
  for (const char* section : {"run", "curation", "benchmarks"}) {
    if (path == section || path.starts_with(str(section, "."))) return true;
  }
  if (path == "train.steps" || path == "train.epochs")
    return !has_active_part(before) && !has_active_part(now);
  if (std::ranges::find(kFree, path) != kFree.end()) return true;
  if (path == "train.stop_early" || path.starts_with("train.stop_early.")) return true;
  constexpr std::string_view kSources = "sources.";
  if (!path.starts_with(kSources)) return false;
  const size_t dot = path.find('.', kSources.size());
  const std::string_view option = std::string_view(path).substr(std::min(dot, path.size()));
  return option == ".eval" || option.starts_with(".eval.");
}

}  // namespace laurel
