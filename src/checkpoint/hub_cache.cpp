// Run folder, model folder or Hub name, in this order; nothing is downloaded.
#include "checkpoint/hub_cache.h"

#include <algorithm>
#include <cstdlib>

#include "checkpoint/checkpoints.h"
#include "checkpoint/pickle.h"
#include "core/error.h"
#include "core/files.h"
#include "core/str.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

constexpr size_t kShownFolders = 20;  // in a message

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// "runs/pair", where there is a folder "runs" but no "runs/pair": more likely a slip than a name of
// the Hub.
void refuse_slip(const fs::path& path) {
  std::error_code ignored;
  const fs::path parent = path.parent_path();
  if (parent.empty() || !fs::is_directory(parent, ignored)) return;
  std::vector<std::string> folders;
  for (const auto& entry : fs::directory_iterator(parent, ignored)) {
    if (entry.is_directory(ignored)) folders.push_back(entry.path().filename());
  }
  std::ranges::sort(folders);
  const size_t all = folders.size();
  if (all > kShownFolders) folders.resize(kShownFolders);
  throw Error{ErrorKind::model,
              str(path, ": no such folder; folders of ", parent, ": ",
                  all == 0 ? "none" : join(folders, ", "), all > kShownFolders ? ", ..." : "")};
}

fs::path folder_in_cache(const std::string& name, const fs::path& cache) {
  std::string folder_name = "models--" + name;
  if (const size_t slash = folder_name.find('/'); slash != std::string::npos) {
    folder_name.replace(slash, 1, "--");
  }
  return cache / folder_name;
}

// The snapshot that refs/main names. Its files are usually symlinks to the cache's blobs.
fs::path cached_snapshot(const std::string& name, const fs::path& cache) {
  const std::string download = str("download it with: hf download ", name,
                                   "   (older: huggingface-cli download ", name, ")");
  const fs::path folder = folder_in_cache(name, cache);
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) {
    refuse_slip(name);
    throw Error{
        ErrorKind::model,
        str(name, ": found neither such a folder nor this model in the Hub cache ", cache, "; ",
            download,
            ", or name a model folder: a relative path starts at the config file's folder, on the "
            "command line and in --set at the current directory")};
  }
  std::string revision;
  if (fs::exists(folder / "refs" / "main", ignored)) revision = read_file(folder / "refs" / "main");
  revision.erase(revision.find_last_not_of(" \r\n\t") + 1);
  const auto not_name = [](unsigned char c) { return !std::isalnum(c); };
  const bool plain = !revision.empty() && std::ranges::none_of(revision, not_name);
  const fs::path snapshot = folder / "snapshots" / revision;
  if (plain && fs::exists(snapshot / "adapter_config.json", ignored)) return snapshot;
  if (!plain || !fs::exists(snapshot / "config.json", ignored)) {
    throw Error{ErrorKind::model, str(folder, ": is not a complete download of ", name,
                                      " (refs/main and the snapshot it names); ", download)};
  }
  return snapshot;
}

// A run's checkpoints are models of their own.
Error unfinished_run(const fs::path& path) {
  std::vector<Checkpoint> checkpoints;
  try {
    checkpoints = list_checkpoints({path});
  } catch (const Error&) {  // its disk is away: as if there were none
  }
  const std::string found = str(path, ": is the folder of a run that has not finished (no final/)");
  if (checkpoints.empty()) {
    return {ErrorKind::model, str(found,
                                  " and has no checkpoint; finish it with: laurel train "
                                  "CONFIG --set run.resume=auto")};
  }
  return {ErrorKind::model,
          str(found,
              "; finish it with: laurel train CONFIG --set run.resume=auto, or name its "
              "newest checkpoint: ",
              checkpoints.back().path)};
}

}  // namespace

fs::path hub_cache_folder() {
  if (const std::string cache = variable("HF_HUB_CACHE"); !cache.empty()) return cache;
  if (const std::string home = variable("HF_HOME"); !home.empty()) return fs::path(home) / "hub";
  const std::string cache = variable("XDG_CACHE_HOME");
  const fs::path base = cache.empty() ? fs::path(variable("HOME")) / ".cache" : fs::path(cache);
  return base / "huggingface" / "hub";
}

bool is_hub_name(const std::string& name) {
  const auto part = [](std::string_view text) {
    const auto allowed = [](unsigned char c) {
      return std::isalnum(c) || c == '.' || c == '_' || c == '-';
    };
    return !text.empty() && text[0] != '.' && text[0] != '-' &&
           std::ranges::all_of(text, allowed) && text.find("..") == text.npos &&
           text.find("--") == text.npos;
  };
  const size_t slash = name.find('/');
  if (slash == std::string::npos) return part(name);
  return part(std::string_view(name).substr(0, slash)) &&
         part(std::string_view(name).substr(slash + 1));
}

bool is_cached(const std::string& name, const fs::path& cache) {
  std::error_code ignored;
  return fs::is_directory(folder_in_cache(name, cache), ignored);
}

std::optional<HubSnapshot> hub_snapshot_of(const fs::path& folder) {
  constexpr std::string_view kModels = "models--";
  fs::path path = fs::absolute(folder).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  const fs::path snapshots = path.parent_path();
  std::string name = snapshots.parent_path().filename();
  if (snapshots.filename() != "snapshots" || !name.starts_with(kModels)) return std::nullopt;
  name = name.substr(kModels.size());
  if (const size_t dashes = name.find("--"); dashes != std::string::npos) {
    name.replace(dashes, 2, "/");
  }
  if (!is_hub_name(name)) return std::nullopt;
  return HubSnapshot{name, path.filename()};
}

fs::path resolve_model(const std::string& model, const fs::path& cache) {
  const fs::path path(model);
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    if (!fs::exists(path / "laurel.json", ignored)) return path;
    if (fs::is_directory(path / "final", ignored)) return path / "final";
    throw unfinished_run(path);
  }
  if (fs::exists(path, ignored)) {
    if (is_pickle_name(path)) throw Error{ErrorKind::model, str(path, ": ", kPickleAdvice)};
    throw Error{ErrorKind::model, str(path, ": found a file, expected the folder of a model")};
  }
  if (is_hub_name(model)) return cached_snapshot(model, cache);
  refuse_slip(path);
  throw Error{ErrorKind::model, str(model, ": no such folder, and not the name of a Hub model")};
}

std::vector<fs::path> resolve_models(std::span<const std::string> models) {
  std::vector<fs::path> folders;
  for (const std::string& model : models) folders.push_back(resolve_model(model));
  return folders;
}

}  // namespace laurel
