// Reads config, tokenizer and chat templates of a model folder, by their names.
#include "checkpoint/model_assets.h"

#include <algorithm>
#include <array>

#include "checkpoint/json_edit.h"
#include "checkpoint/manifest.h"
#include "core/files.h"
#include "core/json.h"
#include "core/str.h"
#include "model/backbone.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

// Every model made from the folder gets a file of this name, which its manifest.json must list, and
// which is written under a somewhat longer name first.
void check_name(const fs::path& file) {
  constexpr size_t kMaxBytes = 200;
  const std::string name = file.filename();
  if (is_listed_name(name) && name.size() <= kMaxBytes) return;
  const std::string shown = Json(name).dump(-1, ' ', false, Json::error_handler_t::replace);
  throw Error{
      ErrorKind::model,
      str(file.parent_path(), ": found a file named ", shown, ", expected UTF-8 of at most ",
          kMaxBytes, " bytes without control characters and backslashes; rename or remove it")};
}

std::string config_with_class(const std::string& text, const std::string& name,
                              const TextProcessor& processor) {
  const Json config = Json::parse(text);
  std::vector<std::pair<std::string, Json>> members = {{"tokenizer_class", name}};
  // The class may have named them.
  const std::array tokens{std::pair{"bos_token", &processor.bos},
                          std::pair{"eos_token", &processor.eos},
                          std::pair{"unk_token", &processor.unk}};
  for (const auto& [key, token] : tokens) {
    if (*token && !config.contains(key)) members.emplace_back(key, (*token)->text);
  }
  if (processor.has_token_types && !config.contains("model_input_names")) {  // so had the class
    members.emplace_back("model_input_names",
                         Json::array({"input_ids", "token_type_ids", "attention_mask"}));
  }
  return edit_json(text, members);
}

// What is read here goes into every export that is made of the folder. A link in a stranger's folder
// could bring any file of this machine into it; those of the Hub cache lead to its blobs.
void check_link(const fs::path& file, const fs::path& folder) {
  std::error_code problem;
  if (!fs::is_symlink(file, problem)) return;
  const fs::path target = fs::weakly_canonical(file, problem);
  const fs::path inside = fs::weakly_canonical(folder, problem);
  const auto is_in = [&](const fs::path& outer) {
    return std::mismatch(outer.begin(), outer.end(), target.begin(), target.end()).first ==
           outer.end();
  };
  const fs::path snapshots = inside.parent_path();
  const bool cached = snapshots.filename() == "snapshots" &&
                      is_in(fs::weakly_canonical(snapshots.parent_path() / "blobs", problem));
  if (is_in(inside) || cached) return;
  throw Error{ErrorKind::model,
              str(file, ": found a link to ", target,
                  ", outside the folder, expected a file: it would be copied into "
                  "exports; if that is what you want, copy it here first")};
}

std::string read_asset(const fs::path& folder, const fs::path& name) {
  check_link(folder / name, folder);
  return read_file(folder / name);
}

// The config.json of a model of text; of one of more than text its text part.
std::string text_config(std::string bytes, const fs::path& file) {
  if (bytes.find("\"text_config\"") == std::string::npos) return bytes;
  const std::string where = file.string();
  const std::optional<Json> part = text_part_of(parse_json(bytes, where, ErrorKind::model), where);
  return part ? part->dump(2) + "\n" : std::move(bytes);
}

}  // namespace

ModelAssets read_model_assets(const fs::path& folder) { return read_model_assets(folder, folder); }

ModelAssets read_model_assets(const fs::path& config_folder, const fs::path& folder) {
  constexpr std::array kOptional{"tokenizer.json",
                                 "tokenizer_config.json",
                                 "special_tokens_map.json",
                                 "added_tokens.json",
                                 "chat_template.jinja",
                                 "tokenizer.model",
                                 "vocab.json",
                                 "merges.txt"};
  ModelAssets files;
  files["config.json"] =
      text_config(read_asset(config_folder, "config.json"), config_folder / "config.json");
  for (const char* name : kOptional) {
    if (path_exists(folder / name)) files[name] = read_asset(folder, name);
  }
  if (!path_exists(folder / kChatTemplateFolder) || !fs::is_directory(folder / kChatTemplateFolder))
    return files;
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(folder / kChatTemplateFolder, problem)) {
    if (entry.path().extension() != ".jinja") continue;
    check_name(entry.path());
    const fs::path name = fs::path(kChatTemplateFolder) / entry.path().filename();
    files[name.string()] = read_asset(folder, name);
  }
  if (problem) {
    throw Error{ErrorKind::model,
                str(folder / kChatTemplateFolder, ": cannot be listed: ", problem.message())};
  }
  return files;
}

static void keep_template(ModelAssets& files, const std::string& source) {
  files["chat_template.jinja"] = source;
  std::erase_if(files, [](const auto& file) {
    return fs::path(file.first).parent_path() == kChatTemplateFolder;
  });
  const auto config = files.find("tokenizer_config.json");
  if (config == files.end() || !Json::parse(config->second).contains("chat_template")) return;
  config->second = edit_json(config->second, {{"chat_template", source}});
}

void keep_pipeline(ModelAssets& files, const TextProcessor& text) {
  if (text.given_template) keep_template(files, *text.given_template);
  if (text.tokenizer_json) files["tokenizer.json"] = *text.tokenizer_json;
  const bool has_config = files.contains("tokenizer_config.json");
  if (text.class_differs || (!has_config && !text.tokenizer_class.empty())) {
    std::string& config = files.try_emplace("tokenizer_config.json", "{}").first->second;
    const std::string name = text.class_differs ? kFollowingClass : text.tokenizer_class;
    config = config_with_class(config, name, text);
  }
}

}  // namespace laurel
