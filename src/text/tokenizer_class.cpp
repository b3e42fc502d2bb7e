// The normalizers and pre-tokenizers that tokenizer classes of transformers 5.23 build.
#include "text/tokenizer_class.h"

#include <vector>

#include "core/str.h"

namespace laurel {

namespace {

// The types of a normalizer or pre-tokenizer, those inside a Sequence one by one.
std::vector<std::string> types_of(const Json& part) {
  if (!part.is_object()) return {};
  if (part.value("type", "") != "Sequence") return {part.value("type", "")};
  std::vector<std::string> types;
  for (const char* name : {"normalizers", "pretokenizers"}) {
    const Json inner = part.value(name, Json::array());
    for (const Json& one : inner) types.push_back(one.value("type", ""));
  }
  return types;
}

// LlamaTokenizer reads byte-level files as they are and makes Metaspace of all others.
bool llama_keeps(const Json& config, const Json& pipeline) {
  const Json& pre_tokenizer = pipeline["pre_tokenizer"];
  const std::vector<std::string> types = types_of(pre_tokenizer);
  if (!types.empty() && types.back() == "ByteLevel") return true;
  const bool prefix = !config.contains("add_prefix_space") || config["add_prefix_space"] != false;
  const bool legacy = config.contains("legacy") && config["legacy"] == true;
  const char* scheme = !prefix ? "never" : legacy ? "always" : "first";
  return pipeline["normalizer"].is_null() && types == std::vector<std::string>{"Metaspace"} &&
         pre_tokenizer.value("prepend_scheme", "always") == scheme &&
         pre_tokenizer.value("split", true) == false;
}

bool keeps(const std::string& name, const Json& config, const Json& pipeline) {
  using Types = std::vector<std::string>;
  const Types normalizer = types_of(pipeline["normalizer"]);
  const Types pre_tokenizer = types_of(pipeline["pre_tokenizer"]);
  if (name == "LlamaTokenizer") return llama_keeps(config, pipeline);
  if (name == "GPT2Tokenizer") return normalizer.empty() && pre_tokenizer == Types{"ByteLevel"};
  if (name == "Qwen2Tokenizer") {
    return normalizer == Types{"NFC"} && pre_tokenizer == Types{"Split", "ByteLevel"};
  }
  if (name == "GemmaTokenizer") {
    return normalizer == Types{"Replace"} && pre_tokenizer == Types{"Split"};
  }
  return true;
}

}  // namespace

std::optional<std::string> tokenizer_class_warning(const Json& tokenizer_config,
                                                   const Json& pipeline) {
  const auto found = tokenizer_config.find("tokenizer_class");
  if (found == tokenizer_config.end() || !found->is_string()) return std::nullopt;
  std::string name = found->get<std::string>();
  if (name.ends_with("Fast")) name.resize(name.size() - 4);
  if (keeps(name, tokenizer_config, pipeline)) return std::nullopt;
  return str("tokenizer_config.json names the class ", name,
             ", with which transformers 5 tokenises differently from tokenizer.json; laurel "
             "follows tokenizer.json. With \"tokenizer_class\": \"PreTrainedTokenizerFast\" "
             "every program gives the same ids");
}

}  // namespace laurel
