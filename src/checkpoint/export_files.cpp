// Edits config.json and tokenizer files as text, so that every other byte stays.
#include "checkpoint/export_files.h"

#include "checkpoint/json_edit.h"
#include "core/files.h"
#include "core/str.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

using JsonMembers = std::vector<std::pair<std::string, Json>>;

std::string dtype_name(at::ScalarType dtype) {
  if (dtype == at::kBFloat16) return "bfloat16";
  return dtype == at::kHalf ? "float16" : "float32";
}

// What the pad token spells: a string, or an object with one. Empty where none is named.
std::string pad_token_text(const Json& json, const std::string& where) {
  const auto token = json.find("pad_token");
  if (token == json.end()) return "";
  if (token->is_string()) return token->get<std::string>();
  const auto content = token->find("content");
  if (content == token->end()) return "";
  if (content->is_string()) return content->get<std::string>();
  throw Error{ErrorKind::model, str(where, ": \"pad_token\": found ", describe_json(*content),
                                    " as its \"content\", expected a string")};
}

std::string with_pad_token(const std::string& text, const std::string& where, const PadToken& pad) {
  const Json json = parse_json(text, where, ErrorKind::model);
  if (!json.is_object()) {
    throw Error{ErrorKind::model,
                str(where, ": found ", describe_json(json), ", expected an object")};
  }
  JsonMembers members;
  if (pad_token_text(json, where) != pad.text) members.emplace_back("pad_token", pad.text);
  if (json.value("tokenizer_class", Json()) == "TokenizersBackend") {
    members.emplace_back("tokenizer_class", "PreTrainedTokenizerFast");
  }
  return edit_json(text, members);
}

// `folder` is for messages.
ModelAssets edited_tokenizer(const ModelAssets& from, const fs::path& folder, const PadToken& pad) {
  constexpr const char *kMap = "special_tokens_map.json", *kConfig = "tokenizer_config.json";
  ModelAssets files = from;
  files.erase("config.json");
  files.try_emplace(kConfig, "{\n  \"tokenizer_class\": \"PreTrainedTokenizerFast\"\n}\n");
  for (const char* name : {kMap, kConfig}) {
    const auto file = files.find(name);
    if (file == files.end()) continue;
    file->second = with_pad_token(file->second, (folder / name).string(), pad);
  }
  return files;
}

std::string edited_config(const std::string& text, const std::string& where,
                          const ClassifierConfig& classifier) {
  const Json config = parse_json(text, where, ErrorKind::model);
  std::vector<std::string> labels = classifier.labels;
  if (labels.empty()) labels = {"LABEL_0"};
  Json names = Json::object(), numbers = Json::object();
  for (size_t i = 0; i < labels.size(); ++i) {
    names[str(i)] = labels[i];
    numbers[labels[i]] = i;
  }
  JsonMembers members = {
      {"architectures", Json::array({backbone_info(classifier.backbone).classifier_class})},
      {"id2label", names},
      {"label2id", numbers},
      {"pad_token_id", classifier.pad_id},
      {"problem_type", "regression"},
      {"use_cache", false},
      {"torch_dtype", dtype_name(classifier.dtype)},
      {"dtype", dtype_name(classifier.dtype)}};
  if (config.contains("num_labels")) members.emplace_back("num_labels", labels.size());
  // Where the backbone lay on some machine is nobody's business.
  if (config.contains("_name_or_path")) members.emplace_back("_name_or_path", "");
  for (auto& member : export_keys(classifier.backbone, config, where))
    members.push_back(std::move(member));
  return edit_json(text, members);
}

}  // namespace

std::string export_config(const std::string& text, const ClassifierConfig& classifier) {
  return edited_config(text, "config.json", classifier);
}

void copy_tokenizer(const ModelAssets& from, const fs::path& to, const PadToken& pad) {
  for (const auto& [name, bytes] : edited_tokenizer(from, "", pad)) {
    create_folders((to / name).parent_path());
    write_file(to / name, bytes);
  }
}

void check_export_files(const ModelFolder& model, const PadToken& pad) {
  edited_config(model.files.at("config.json"), (model.base_folder / "config.json").string(),
                {.backbone = model.backbone, .pad_id = pad.id, .labels = {}, .dtype = at::kFloat});
  edited_tokenizer(model.files, model.text_folder, pad);
}

}  // namespace laurel
