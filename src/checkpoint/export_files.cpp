// Edits are made in the files' text, so that what is not named here stays as its author wrote it.
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
void add_old_rope(const Json& config, Members& members) {
  const auto rope = config.find("rope_parameters");
  if (rope == config.end() || !rope->is_object()) return;
  if (!config.contains("rope_theta") && rope->contains("rope_theta")) {
    members.emplace_back("rope_theta", (*rope)["rope_theta"]);
  }
  if (config.contains("rope_scaling") && !config["rope_scaling"].is_null()) return;
  Json scaling = *rope;
  scaling.erase("rope_theta");
  if (scaling.value("rope_type", "default") == "default") scaling = nullptr;
  members.emplace_back("rope_scaling", scaling);
}

std::string token_text(const Json& token) {
  if (token.is_string()) return token;
  if (token.is_object() && token.contains("content")) return token["content"];
  return "";
}

std::string with_pad(const std::string& text, const std::string& where, const PadToken& pad) {
  const Json json = parse_json(text, where, ErrorKind::model);
  Members members;
  if (token_text(json.value("pad_token", Json())) != pad.text) {
    members.emplace_back("pad_token", pad.text);
  }
  if (json.value("tokenizer_class", Json()) == "TokenizersBackend") {
    members.emplace_back("tokenizer_class", "PreTrainedTokenizerFast");
  }
  return edit_json(text, members);
}

}  // namespace

std::string export_config(const std::string& text, const ClassifierConfig& classifier) {
  const Json config = parse_json(text, "config.json", ErrorKind::model);
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
  add_old_rope(config, members);
  return edit_json(text, members);
}

void copy_tokenizer(const SmallFiles& from, const fs::path& to, const PadToken& pad) {
  constexpr const char *kMap = "special_tokens_map.json", *kConfig = "tokenizer_config.json";
  SmallFiles files = from;
  files.erase("config.json");
  if (files.contains(kMap)) files[kMap] = with_pad(files[kMap], kMap, pad);
  files.try_emplace(kConfig, "{\n  \"tokenizer_class\": \"PreTrainedTokenizerFast\"\n}\n");
  files[kConfig] = with_pad(files[kConfig], kConfig, pad);
  for (const auto& [name, bytes] : files) {
    make_folders((to / name).parent_path());
    write_file(to / name, bytes);
  }
}

}  // namespace laurel
