// Chooses a tokenizer class as AutoTokenizer of transformers 5.23 does, and builds its pipeline.
#include "text/tokenizer_class.h"

#include <algorithm>
#include <optional>
#include <sstream>

#include "core/str.h"
#include "text/encoder_class.h"

namespace laurel {

namespace {

// Without "Tokenizer" at the end. scripts/make_golden_tokenizer_classes.py lists them, and a test
// compares.
constexpr const char* kOwnClasses =
    "Albert Bart Barthez Bartpho Basic BertGeneration BertJapanese Bert Bertweet BigBird BioGpt "
    "BlenderbotSmall Blenderbot ByT5 CLIP CTRL Camembert Canine Character Clvp CodeGen CodeLlama "
    "Cohere ConvBert CpmAnt Cpm DPRContextEncoder DPRQuestionEncoder DPRReader Deberta DebertaV2 "
    "Dia DistilBert Esm Esmc FNet FSMT FastSpeech2Conformer Flaubert Funnel GPT2 GPTNeoXJapanese "
    "GPTNeoX GPTSw3 Gemma Herbert LED Lasr LayoutLMv2 LayoutLMv3 LayoutXLM Llama Luke Lxmert "
    "M2M100 MBart50 MBart MLuke MPNet Marian MarkupLM Mecab Mgpstr MobileBert Mvp MyT5 Nllb "
    "Nougat OpenAIGPT PLBart Parakeet Pegasus Perceiver Phobert Pop2Piano ProphetNet Qwen2 "
    "Qwen3_5 Rag Reformer RemBert RoCBert RoFormer Roberta SeamlessM4T Siglip2 Siglip Speech2Text "
    "SpeechT5 Splinter SqueezeBert T5 Tapas Tipsv2 Udop VideoPrism Vits Wav2Vec2CTC "
    "Wav2Vec2PhonemeCTC Whisper Wordpiece XGLM XLMRoberta XLM XLNet ";

// Where a folder names no class.
std::string class_of_type(const std::string& model_type) {
  if (model_type == "qwen3") return "Qwen2Tokenizer";
  if (model_type == "bert") return "BertTokenizer";
  if (model_type == "roberta") return "RobertaTokenizer";
  if (model_type == "xlm-roberta") return "XLMRobertaTokenizer";
  for (const char* const gemma : {"gemma", "gemma2", "gemma3", "gemma3_text"}) {
    if (model_type == gemma) return "GemmaTokenizer";
  }
  return "";
}

constexpr const char* kQwen2Split =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*)"
    R"(|\s*[\r\n]+|\s+(?!\S)|\s+)";

std::string text_of_member(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string without_fast(std::string name) {
  if (name.ends_with("Fast")) name.resize(name.size() - 4);
  return name;
}

Json byte_level(bool prefix, bool use_regex) {
  return {{"type", "ByteLevel"},
          {"add_prefix_space", prefix},
          {"trim_offsets", true},
          {"use_regex", use_regex}};
}

Json sequence(const char* member, Json parts) {
  return {{"type", "Sequence"}, {member, std::move(parts)}};
}

Json bpe(Json unk_token, bool is_byte_fallback) {
  return {{"type", "BPE"},
          {"dropout", nullptr},
          {"unk_token", std::move(unk_token)},
          {"continuing_subword_prefix", nullptr},
          {"end_of_word_suffix", nullptr},
          {"fuse_unk", is_byte_fallback},
          {"byte_fallback", is_byte_fallback},
          {"ignore_merges", false}};
}

Json metaspace_decoder(bool strips) {
  Json parts = {{{"type", "Replace"}, {"pattern", {{"String", "▁"}}}, {"content", " "}},
                {{"type", "ByteFallback"}},
                {{"type", "Fuse"}}};
  if (strips) {
    parts.push_back({{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}});
  }
  return sequence("decoders", parts);
}

Json byte_level_parts(Json normalizer, Json pre_tokenizer) {
  return {{"normalizer", std::move(normalizer)},
          {"pre_tokenizer", std::move(pre_tokenizer)},
          {"decoder", byte_level(true, true)},
          {"model", bpe(nullptr, false)}};
}

Json llama_parts(const TokenizerFolder& folder, const std::string& where) {
  const bool prefix = class_flag(folder, "add_prefix_space", where).value_or(true);
  const bool legacy = class_flag(folder, "legacy", where).value_or(false);
  const char* scheme = !prefix ? "never" : legacy ? "always" : "first";
  return {
      {"normalizer", nullptr},
      {"pre_tokenizer",
       {{"type", "Metaspace"}, {"replacement", "▁"}, {"prepend_scheme", scheme}, {"split", false}}},
      {"decoder", metaspace_decoder(prefix)},
      {"model", bpe(nullptr, true)}};
}

Json gemma_parts(const std::string& unk_token) {
  return {{"normalizer", {{"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", "▁"}}},
          {"pre_tokenizer",
           {{"type", "Split"},
            {"pattern", {{"String", " "}}},
            {"behavior", "MergedWithPrevious"},
            {"invert", false}}},
          {"decoder", metaspace_decoder(false)},
          {"model", bpe(unk_token, true)}};
}

Json qwen2_parts(bool prefix) {
  const Json split = {{"type", "Split"},
                      {"pattern", {{"Regex", kQwen2Split}}},
                      {"behavior", "Isolated"},
                      {"invert", false}};
  return byte_level_parts({{"type", "NFC"}},
                          sequence("pretokenizers", {split, byte_level(prefix, false)}));
}

Json cohere_parts(bool prefix) {
  const Json digits = {{"type", "Digits"}, {"individual_digits", true}};
  return byte_level_parts({{"type", "NFC"}},
                          sequence("pretokenizers", {digits, byte_level(prefix, true)}));
}

// It drops what tokenizer.json adds to a text.
Json gpt_neox_parts(bool prefix) {
  const auto piece = [](const char* id, int type) {
    return Json{{"Sequence", {{"id", id}, {"type_id", type}}}};
  };
  Json parts = byte_level_parts({{"type", "NFC"}}, byte_level(prefix, true));
  parts["post_processor"] = {{"type", "TemplateProcessing"},
                             {"single", Json::array({piece("A", 0)})},
                             {"pair", Json::array({piece("A", 0), piece("B", 1)})},
                             {"special_tokens", Json::object()}};
  return parts;
}

// Options that change no id: offsets into the text, and what an empty affix of a BPE does.
Json without_offsets(Json part) {
  if (part.is_object()) part.erase("trim_offsets");
  if (part.is_object() && part.value("type", Json()) == "RobertaProcessing") {
    part.erase("add_prefix_space");
  }
  if (part.is_structured()) {
    for (Json& inner : part) inner = without_offsets(inner);
  }
  for (const char* name : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    if (part.is_object() && part.contains(name) && part[name] == "") part[name] = nullptr;
  }
  return part;
}

// The order of members says nothing.
nlohmann::json sorted(const Json& part) { return nlohmann::json::parse(part.dump()); }

}  // namespace

void refuse_tokenizer(const std::string& where, const std::string& found, const std::string& why) {
  throw Error{ErrorKind::model,
              str(where, ": found ", found, ", ", why,
                  "; set model.tokenizer to \"file\" (--tokenizer file) to follow tokenizer.json "
                  "as it is")};
}

std::optional<bool> class_flag(const TokenizerFolder& folder, const char* name,
                               const std::string& where) {
  const auto found = folder.tokenizer_config.find(name);
  if (found == folder.tokenizer_config.end() || found->is_null()) return std::nullopt;
  if (!found->is_boolean()) {
    refuse_tokenizer(where, str(describe_json(*found), " as \"", name, "\""),
                     "expected true or false");
  }
  return found->get<bool>();
}

std::string named_token(const TokenizerFolder& folder, const char* name, const char* otherwise) {
  const auto found = folder.tokenizer_config.find(name);
  if (found == folder.tokenizer_config.end() || found->is_null()) return otherwise;
  if (found->is_object()) return found->value("content", "");
  return found->is_string() ? found->get<std::string>() : "";
}

bool is_own_class(const std::string& name) {
  std::istringstream names(kOwnClasses);
  std::string own;
  while (names >> own) {
    if (name == own + "Tokenizer") return true;
  }
  return false;
}

std::string tokenizer_class(const TokenizerFolder& folder) {
  const std::string type = text_of_member(folder.config, "model_type");
  // Its table of classes by model type; of llama it has none.
  if (type == "mistral" || type == "modernbert") return "";
  if (type == "qwen2") return "Qwen2Tokenizer";  // whatever the folder says
  std::string name = text_of_member(folder.tokenizer_config, "tokenizer_class");
  if (name.empty()) name = text_of_member(folder.config, "tokenizer_class");
  if (name.empty()) return class_of_type(type);
  name = without_fast(name);
  if (name == "LlamaTokenizer" && folder.byte_level) return "";
  return is_own_class(name) ? name : "";
}

Json class_parts(const std::string& name, const TokenizerFolder& folder, const Tokenizer& tokenizer,
                 const std::string& where) {
  if (name == "LlamaTokenizer") return llama_parts(folder, where);
  if (name == "GemmaTokenizer") return gemma_parts(named_token(folder, "unk_token", "<unk>"));
  if (const auto parts = encoder_class_parts(name, folder, tokenizer, where)) return *parts;
  const bool prefix = class_flag(folder, "add_prefix_space", where).value_or(false);
  if (name == "Qwen2Tokenizer") return qwen2_parts(prefix);
  if (name == "GPT2Tokenizer") return byte_level_parts(nullptr, byte_level(prefix, true));
  if (name == "GPTNeoXTokenizer") return gpt_neox_parts(prefix);
  if (name == "CohereTokenizer") return cohere_parts(prefix);
  refuse_tokenizer(
      where, str("the tokenizer class ", name),
      "expected one of LlamaTokenizer, Qwen2Tokenizer, GPT2Tokenizer, GemmaTokenizer, "
      "GPTNeoXTokenizer, CohereTokenizer, BertTokenizer, RobertaTokenizer, XLMRobertaTokenizer and "
      "PreTrainedTokenizerFast: transformers builds a pipeline of its own for it, which laurel does "
      "not know");
}

bool class_has_token_types(const std::string& name, const TokenizerFolder& folder) {
  const auto inputs = folder.tokenizer_config.find("model_input_names");
  if (inputs != folder.tokenizer_config.end() && inputs->is_array()) {
    return std::ranges::find(*inputs, Json("token_type_ids")) != inputs->end();
  }
  return name == "BertTokenizer";  // of the classes that class_parts knows
}

std::vector<std::string> differing_parts(const Json& pipeline, const Json& parts) {
  std::vector<std::string> names;
  for (const auto& [name, part] : parts.items()) {
    if (name == "decoder") continue;
    if (sorted(without_offsets(pipeline[name])) != sorted(without_offsets(part)))
      names.push_back(name);
  }
  return names;
}

}  // namespace laurel
