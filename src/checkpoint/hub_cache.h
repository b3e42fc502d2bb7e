// From what a user calls a model (a run, a folder, a name in the Hub cache) to its folder.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace laurel {

// HF_HUB_CACHE, else HF_HOME/hub, else XDG_CACHE_HOME/huggingface/hub,
// else ~/.cache/huggingface/hub.
std::filesystem::path hub_cache_folder();

// "org/name" or "name", as the Hub allows them.
bool is_hub_name(const std::string& name);

// `model` is a run folder (its final/), a Hugging Face folder, or else a Hub name found in `cache`.
// Throws Error (model) that says how to download a name that is not there.
std::filesystem::path resolve_model(const std::string& model,
                                    const std::filesystem::path& cache = hub_cache_folder());

// The folders of several, in their order.
std::vector<std::filesystem::path> resolve_models(std::span<const std::string> models);

// Whether `cache` has a folder of this Hub name, complete or not.
bool is_cached(const std::string& name, const std::filesystem::path& cache = hub_cache_folder());

// What of the Hub a folder of the cache is: CACHE/models--ORG--NAME/snapshots/REVISION.
struct HubSnapshot {
  std::string name, revision;
};
std::optional<HubSnapshot> hub_snapshot_of(const std::filesystem::path& folder);

}  // namespace laurel
