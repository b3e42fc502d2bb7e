// Edits config.json and tokenizer files as text, so that every other byte stays.
#include "checkpoint/export_files.h"

#include "checkpoint/json_edit.h"
#include "core/files.h"
#include "core/str.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

using Members = std::vector<std::pair<std::string, Json>>;

std::string class_name(const std::string& model_type) {
  if (model_type == "llama") return "LlamaForSequenceClassification";
  if (model_type == "mistral") return "MistralForSequenceClassification";
  if (model_type == "qwen2") return "Qwen2ForSequenceClassification";
  TORCH_INTERNAL_ASSERT(model_type == "qwen3");
  return "Qwen3ForSequenceClassification";
}

std::string dtype_name(at::ScalarType dtype) {
  if (dtype == at::kBFloat16) return "bfloat16";
  return dtype == at::kHalf ? "float16" : "float32";
}

// rope_theta and rope_scaling, where the source has only rope_parameters.
void add_old_rope(const Json& config, const std::string& where, Members& members) {
  const auto rope = config.find("rope_parameters");
  if (rope == config.end() || !rope->is_object()) return;
  const auto theta = rope->find("rope_theta");
  if (!config.contains("rope_theta") && theta != rope->end() && theta->is_number()) {
    members.emplace_back("rope_theta", *theta);
  }
  const auto old = config.find("rope_scaling");
  if (old != config.end() && !old->empty()) return;  // null is empty too
  const char* const key = rope->contains("rope_type") ? "rope_type" : "type";
  const auto type = rope->find(key);
  if (type != rope->end() && !type->is_string()) {
    throw Error{ErrorKind::model, str(where, ": rope_parameters: found ", describe_json(*type),
                                      " as \"", key, "\", expected a string")};
  }
  Json scaling = *rope;
  scaling.erase("rope_theta");
  if (type == rope->end() || *type == "default") scaling = nullptr;
  members.emplace_back("rope_scaling", scaling);
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
  Members members;
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
  Members members = {{"architectures", Json::array({class_name(classifier.model_type)})},
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
  add_old_rope(config, where, members);
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
  edited_config(
      model.files.at("config.json"), (model.folder / "config.json").string(),
      {.model_type = model.llama.model_type, .pad_id = pad.id, .labels = {}, .dtype = at::kFloat});
  edited_tokenizer(model.files, model.folder, pad);
}

}  // namespace laurel
