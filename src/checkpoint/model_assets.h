// Config, tokenizer and chat templates: the files of a model folder that are copied to what is
// saved.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "text/text_processor.h"

namespace laurel {

// The one folder below a model folder that is read.
constexpr const char* kChatTemplateFolder = "additional_chat_templates";

// Bytes by name: config.json (of a model that reads more than text, its text part) and what belongs
// to the tokenizer; chat templates of a folder of their own as
// "additional_chat_templates/name.jinja".
using ModelAssets = std::map<std::string, std::string>;

// As they are now: a training run that ends in a week writes what it began with. Throws Error
// (model) without a config.json, and where one of them cannot be read or has a name that no
// manifest.json can list.
ModelAssets read_model_assets(const std::filesystem::path& folder);

// The same with config.json of one folder and all else of another: of a base and an adapter.
ModelAssets read_model_assets(const std::filesystem::path& config_folder,
                              const std::filesystem::path& text_folder);

// Has the tokenizer's files say what made the ids: tokenizer.json with the pipeline that was used,
// and a class under which transformers takes it, where there is one (TextProcessor::auto_tokenizer).
// A template that was given takes the place of the folder's, also of those for tools.
void keep_pipeline(ModelAssets& files, const TextProcessor& text);

}  // namespace laurel
