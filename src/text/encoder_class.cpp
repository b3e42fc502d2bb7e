// Pipelines of encoders as transformers 5.23 builds them.
#include "text/encoder_class.h"

#include "core/str.h"

namespace laurel {

namespace {

struct NamedId {
  std::string text;
  int32_t id;
};

// A piece of a post-processor's template: a token, or one of the two texts.
struct Piece {
  const NamedId* token = nullptr;  // none: `text`
  const char* text = "";
  int type = 0;
};

Json pieces(const std::vector<Piece>& list) {
  Json out = Json::array();
  for (const auto& [token, text, type] : list) {
    const std::string id = token ? token->text : text;
    out.push_back({{token ? "SpecialToken" : "Sequence", {{"id", id}, {"type_id", type}}}});
  }
  return out;
}

Json template_of(const std::vector<Piece>& single, const std::vector<Piece>& pair) {
  Json tokens = Json::object();
  for (const Piece& piece : pair) {
    if (!piece.token) continue;
    const auto& [text, id] = *piece.token;
    tokens[text] = {{"id", text}, {"ids", Json::array({id})}, {"tokens", Json::array({text})}};
  }
  return {{"type", "TemplateProcessing"},
          {"single", pieces(single)},
          {"pair", pieces(pair)},
          {"special_tokens", std::move(tokens)}};
}

Json bert_parts(const TokenizerFolder& folder, const NamedId& cls, const NamedId& sep,
                const std::string& where) {
  const auto strip_accents = class_flag(folder, "strip_accents", where);
  return {{"normalizer",
           {{"type", "BertNormalizer"},
            {"clean_text", true},
            {"handle_chinese_chars",
             class_flag(folder, "tokenize_chinese_chars", where).value_or(true)},
            {"strip_accents", strip_accents ? Json(*strip_accents) : Json()},
            {"lowercase", class_flag(folder, "do_lower_case", where).value_or(true)}}},
          {"pre_tokenizer", {{"type", "BertPreTokenizer"}}},
          {"decoder", {{"type", "WordPiece"}, {"prefix", "##"}, {"cleanup", true}}},
          {"model",
           {{"type", "WordPiece"},
            {"unk_token", named_token(folder, "unk_token", "[UNK]")},
            {"continuing_subword_prefix", "##"},
            {"max_input_chars_per_word", 100}}},
          {"post_processor",
           template_of({{&cls}, {nullptr, "A"}, {&sep}},
                       {{&cls}, {nullptr, "A"}, {&sep}, {nullptr, "B", 1}, {&sep, "", 1}})}};
}

Json roberta_parts(bool prefix, const NamedId& cls, const NamedId& sep) {
  const Json byte_level = {{"type", "ByteLevel"},
                           {"add_prefix_space", prefix},
                           {"trim_offsets", true},
                           {"use_regex", true}};
  return {{"normalizer", nullptr},
          {"pre_tokenizer", byte_level},
          {"decoder", byte_level},
          {"model",
           {{"type", "BPE"},
            {"dropout", nullptr},
            {"unk_token", nullptr},
            {"continuing_subword_prefix", ""},
            {"end_of_word_suffix", ""},
            {"fuse_unk", false},
            {"byte_fallback", false},
            {"ignore_merges", false}}},
          {"post_processor",
           {{"type", "RobertaProcessing"},
            {"sep", Json::array({sep.text, sep.id})},
            {"cls", Json::array({cls.text, cls.id})},
            {"trim_offsets", true},
            {"add_prefix_space", prefix}}}};
}

// The first table of a SentencePiece model in the normalizer of tokenizer.json; null without one.
Json charsmap_of(const Json& normalizer) {
  if (!normalizer.is_object()) return nullptr;
  const Json type = normalizer.value("type", Json());
  if (type == "Precompiled") return normalizer;
  if (type != "Sequence") return nullptr;
  for (const Json& part : normalizer["normalizers"]) {
    if (part.value("type", Json()) == "Precompiled") return part;
  }
  return nullptr;
}

Json xlm_roberta_parts(bool prefix, const Json& normalizer, const NamedId& bos,
                       const NamedId& eos) {
  const Json metaspace = {{"type", "Metaspace"},
                          {"replacement", "▁"},
                          {"prepend_scheme", prefix ? "always" : "never"},
                          {"split", true}};
  return {{"normalizer", charsmap_of(normalizer)},
          {"pre_tokenizer",
           {{"type", "Sequence"},
            {"pretokenizers", Json::array({{{"type", "WhitespaceSplit"}}, metaspace})}}},
          {"decoder", metaspace},
          {"model", {{"type", "Unigram"}, {"unk_id", 3}, {"byte_fallback", false}}},
          {"post_processor",
           template_of({{&bos}, {nullptr, "A"}, {&eos}},
                       {{&bos}, {nullptr, "A"}, {&eos}, {&eos}, {nullptr, "B"}, {&eos}})}};
}

}  // namespace

std::optional<Json> encoder_class_parts(const std::string& name, const TokenizerFolder& folder,
                                        const Tokenizer& tokenizer, const std::string& where) {
  const auto token = [&](const char* key, const char* otherwise) {
    const std::string text = named_token(folder, key, otherwise);
    if (const auto id = tokenizer.id_of(text)) return NamedId{text, *id};
    refuse_tokenizer(where, str("no token ", text, " in tokenizer.json"),
                     str("which transformers' ", name, " needs as its ", key));
  };
  if (name == "BertTokenizer") {
    return bert_parts(folder, token("cls_token", "[CLS]"), token("sep_token", "[SEP]"), where);
  }
  if (name == "RobertaTokenizer") {
    const bool prefix = class_flag(folder, "add_prefix_space", where).value_or(false);
    return roberta_parts(prefix, token("cls_token", "<s>"), token("sep_token", "</s>"));
  }
  if (name == "XLMRobertaTokenizer") {
    const bool prefix = class_flag(folder, "add_prefix_space", where).value_or(true);
    return xlm_roberta_parts(prefix, tokenizer.pipeline()["normalizer"], token("bos_token", "<s>"),
                             token("eos_token", "</s>"));
  }
  return std::nullopt;
}

}  // namespace laurel
