// Tells an adapter from a model, and finds its base.
#include "checkpoint/model_source.h"

#include <algorithm>
#include <cctype>

#include "checkpoint/hub_cache.h"
#include "checkpoint/manifest.h"
#include "checkpoint/not_a_model.h"
#include "core/error.h"
#include "core/files.h"
#include "core/str.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

bool has_weights(const fs::path& folder) {
  return path_exists(folder / "model.safetensors") ||
         path_exists(folder / "model.safetensors.index.json");
}

// A relative path that is no folder, nor a name that the Hub cache has: where it was looked for.
// Empty for other bases, of which resolve_model says what is wrong.
std::string not_found(const fs::path& beside, const std::string& base) {
  std::error_code ignored;
  const bool hub_name = is_hub_name(base);
  if (fs::path(base).is_absolute() || fs::exists(beside, ignored) || fs::exists(base, ignored) ||
      (hub_name && is_cached(base))) {
    return "";
  }
  return str("found \"", base, "\", which is neither the folder ", beside,
             " (a relative path starts at the adapter's folder) nor one of the current directory",
             hub_name ? str(", nor a model in the Hub cache; download it with: hf download ", base)
                      : ", nor a Hub name",
             "; or give the base's folder in full");
}

fs::path base_of(const fs::path& folder, const PeftConfig& config) {
  const auto refuse = [&](const std::string& what) {
    throw Error{ErrorKind::model, str(config.file, ": base_model_name_or_path: ", what)};
  };
  if (config.base.empty()) {
    refuse("found none, expected the folder or the Hub name of the model that the adapter is of");
  }
  const fs::path beside = (folder / config.base).lexically_normal();
  std::error_code ignored;
  fs::path base;
  if (const std::string problem = not_found(beside, config.base); !problem.empty()) refuse(problem);
  try {
    base = resolve_model(fs::is_directory(beside, ignored) ? beside.string() : config.base);
  } catch (const Error& error) {
    refuse(error.message);
  }
  if (const auto hub = hub_snapshot_of(base);
      !config.revision.empty() && hub && hub->revision != config.revision) {
    const bool plain =
        std::ranges::all_of(config.revision, [](unsigned char c) { return std::isalnum(c); });
    const fs::path other = base.parent_path() / config.revision;
    if (!plain || !path_exists(other / "config.json")) {
      refuse(str("found ", config.base, " in the Hub cache at the revision ", hub->revision,
                 ", expected ", config.revision, "; download it with: hf download ", config.base,
                 " --revision ", config.revision));
    }
    base = other;
  }
  if (!path_exists(base / kAdapterConfig)) return base;
  refuse(str("found ", base, ", an adapter itself, expected a whole model; ",
             merge_advice(config.task_type)));
  return base;
}

// A tokenizer beside the adapter is the one that it was trained with.
fs::path text_folder_of(const fs::path& folder, const fs::path& base) {
  for (const char* name : {"tokenizer.json", "tokenizer_config.json"}) {
    if (path_exists(folder / name)) return folder;
  }
  if (!path_exists(folder / "chat_template.jinja")) return base;
  throw Error{ErrorKind::model,
              str(folder,
                  ": found chat_template.jinja without a tokenizer, expected both or "
                  "neither; copy the tokenizer's files of ",
                  base, " to it")};
}

}  // namespace

ModelSource find_source(const fs::path& folder, bool checked) {
  ModelSource source{.folder = folder, .base_folder = folder, .text_folder = folder};
  if (!checked) source.notes = check_manifest(folder, ErrorKind::model);
  if (!path_exists(folder / kAdapterConfig)) {
    check_is_model_folder(folder);
    return source;
  }
  if (has_weights(folder)) {
    throw Error{ErrorKind::model,
                str(folder, ": found a whole model and an adapter (", kAdapterConfig,
                    "), expected one of them; move the adapter's files to a folder of their own")};
  }
  source.adapter = read_peft_config(folder);
  source.base_folder = base_of(folder, *source.adapter);
  source.text_folder = text_folder_of(folder, source.base_folder);
  for (std::string& note : check_manifest(source.base_folder, ErrorKind::model))
    source.notes.push_back(std::move(note));
  check_is_model_folder(source.base_folder);
  return source;
}

}  // namespace laurel
