// Compares a tokenizer.json with what transformers' class builds, and builds that.
#include "text/pipeline.h"

#include <algorithm>

#include "core/json_file.h"
#include "core/str.h"

namespace laurel {

namespace {

constexpr const char* kFollow =
    "set model.tokenizer to \"file\" (--tokenizer file) to follow tokenizer.json as it is";

bool has_own_code(const Json& tokenizer_config) {
  const auto map = tokenizer_config.find("auto_map");
  if (map == tokenizer_config.end()) return false;
  return map->is_array() || (map->is_object() && map->contains("AutoTokenizer"));
}

[[noreturn]] void refuse_folder(const std::string& where, const std::string& what) {
  throw Error{ErrorKind::model, str(where, ": ", what, "; ", kFollow)};
}

// The class takes vocabulary, merges and added tokens from the file, not always as that has them.
void refuse_other_vocabulary(const std::string& name, const Tokenizer& tokenizer,
                             const Json& pipeline, const Json& parts, const Json& tokenizer_config,
                             const std::string& where) {
  const std::string type = pipeline["model"].value("type", "");
  const std::string expected = parts["model"].value("type", "");
  if (type != expected) {
    refuse_folder(where, str("found a model of the type ", type, ", expected ", expected,
                             ", of which transformers' ", name, " makes its own"));
  }
  const auto decoder = tokenizer_config.find("added_tokens_decoder");
  if (decoder == tokenizer_config.end() || !decoder->is_object()) return;
  for (const AddedToken& token : tokenizer.added_tokens()) {
    const bool is_kept = std::ranges::any_of(*decoder, [&](const Json& kept) {
      return kept.is_object() && kept.value("content", "") == token.text;
    });
    if (is_kept) continue;
    refuse_folder(where, str("found the added token ", token.text,
                             ", expected it in added_tokens_decoder of tokenizer_config.json too: "
                             "transformers' ",
                             name, " drops it otherwise"));
  }
}

void check_unk(const std::string& name, const Tokenizer& tokenizer, const Json& parts,
               const std::string& where) {
  const Json unk = parts["model"].value("unk_token", Json());
  if (!unk.is_string() || tokenizer.id_of(unk.get<std::string>())) return;
  refuse_folder(where, str("found no token ", unk.get<std::string>(), ", which transformers' ",
                           name, " needs as its unk_token"));
}

std::string reason(const std::string& name, const TokenizerFolder& about) {
  const auto type = about.config.find("model_type");
  const bool typed = type != about.config.end() && type->is_string();
  return str("transformers 5 tokenises this folder with its class ", name,
             typed ? str(" (model_type ", type->get<std::string>(), ")") : "");
}

// What the class builds; null where it follows the file, or builds the same.
Json other_parts(const std::filesystem::path& folder, const Pipeline& pipeline,
                 const TokenizerFolder& about) {
  if (pipeline.class_name.empty()) return nullptr;
  const Json parts = class_parts(pipeline.class_name, about, pipeline.tokenizer,
                                 (folder / "tokenizer_config.json").string());
  const bool differs = !differing_parts(pipeline.tokenizer.pipeline(), parts).empty();
  return differs ? parts : Json();
}

// Under TokenizerRule::file nothing is refused.
bool differs_from_class(const std::filesystem::path& folder, const Pipeline& pipeline,
                        const TokenizerFolder& about) {
  try {
    return !other_parts(folder, pipeline, about).is_null();
  } catch (const Error&) {
    return true;
  }
}

void rebuild(const std::filesystem::path& folder, const std::string& json,
             const TokenizerFolder& about, Pipeline& pipeline) {
  const std::string file = (folder / "tokenizer.json").string();
  const Json own = pipeline.tokenizer.pipeline();
  const std::vector<std::string> names = differing_parts(own, pipeline.parts);
  refuse_other_vocabulary(pipeline.class_name, pipeline.tokenizer, own, pipeline.parts,
                          about.tokenizer_config, file);
  check_unk(pipeline.class_name, pipeline.tokenizer, pipeline.parts, file);
  pipeline.rebuilt_json = with_parts(json, pipeline.parts, file);
  pipeline.tokenizer = Tokenizer(*pipeline.rebuilt_json, file);
  pipeline.warnings.push_back(
      str(reason(pipeline.class_name, about), ", which builds another ", join(names, " and "),
          " than tokenizer.json has; laurel does the same, and what it saves has a tokenizer.json "
          "that says so. model.tokenizer \"file\" (--tokenizer file) follows tokenizer.json"));
}

}  // namespace

Json read_config_json(const std::filesystem::path& folder) {
  const std::optional<Json> config = read_json_if_there(folder / "config.json", ErrorKind::model);
  return config && config->is_object() ? *config : Json::object();
}

Pipeline choose_pipeline(const std::filesystem::path& folder, const std::string& json,
                         const TokenizerFolder& about, TokenizerRule rule) {
  Pipeline pipeline{.tokenizer = Tokenizer(json, (folder / "tokenizer.json").string()),
                    .class_name = tokenizer_class(about)};
  if (rule == TokenizerRule::file) {
    pipeline.class_differs = differs_from_class(folder, pipeline, about);
    TokenizerFolder told = about;
    told.tokenizer_config["tokenizer_class"] = kFollowingClass;
    pipeline.auto_tokenizer = !pipeline.class_differs || tokenizer_class(told).empty();
    if (!pipeline.auto_tokenizer) {
      pipeline.warnings.push_back(
          str(reason(pipeline.class_name, about),
              " whatever tokenizer_class says: load what is "
              "saved with PreTrainedTokenizerFast.from_pretrained there, not with AutoTokenizer"));
    }
    return pipeline;
  }
  if (has_own_code(about.tokenizer_config)) {
    refuse_folder((folder / "tokenizer_config.json").string(),
                  "found code of its own under \"auto_map\", which laurel does not run");
  }
  if (about.tokenizer_config.value("fix_mistral_regex", Json()) == true) {
    refuse_folder((folder / "tokenizer_config.json").string(),
                  "found true as \"fix_mistral_regex\", with which transformers may replace the "
                  "regex of tokenizer.json");
  }
  pipeline.parts = other_parts(folder, pipeline, about);
  if (!pipeline.parts.is_null()) rebuild(folder, json, about, pipeline);
  return pipeline;
}

}  // namespace laurel
