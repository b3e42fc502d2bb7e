// Chooses the pad token: transformers pools the last token that is not the pad token, so texts must
// not end in it.
#include <algorithm>
#include <cctype>
#include <set>

#include "checkpoint/export_files.h"
#include "checkpoint/load.h"
#include "core/str.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

// All chat templates of the folder, one behind the other: to see which tokens they spell.
std::string template_text(const ModelFolder& model) {
  std::string out;
  const auto text = [&](const char* name) {
    const auto found = model.files.find(name);
    return found == model.files.end() ? std::string() : found->second;
  };
  out += text("chat_template.jinja");
  if (!model.files.contains("tokenizer_config.json")) return out;
  const std::string file = (model.text_folder / "tokenizer_config.json").string();
  const Json config = parse_json(text("tokenizer_config.json"), file, ErrorKind::model);
  const auto given = config.find("chat_template");
  if (given == config.end()) return out;
  if (given->is_string()) return out + given->get<std::string>();
  for (const Json& entry : *given) {
    if (entry.is_object() && entry.contains("template")) out += entry["template"].dump();
  }
  return out;
}

// Ids that texts end in by themselves: every end of sequence, and what the tokenizer puts behind.
std::set<int32_t> ids_that_end_a_text(const ModelFolder& model, const TextProcessor& text) {
  const auto& trailing = text.tokenizer.trailing_ids();
  std::set<int32_t> ids(trailing.begin(), trailing.end());
  if (text.eos) ids.insert(text.eos->id);
  const auto eos = model.config.find("eos_token_id");
  if (eos == model.config.end()) return ids;
  if (eos->is_number_integer()) ids.insert(eos->get<int32_t>());
  if (!eos->is_array()) return ids;
  for (const Json& id : *eos) {
    if (id.is_number_integer()) ids.insert(id.get<int32_t>());
  }
  return ids;
}

// Smaller is better: named pad, reserved or unused, any other, unk, bos.
int rank(const AddedToken& token, const TextProcessor& text) {
  std::string name = token.text;
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
  if (text.bos && token.id == text.bos->id) return 4;
  if (text.unk && token.id == text.unk->id) return 3;
  if (name.find("pad") != std::string::npos) return 0;
  if (name.find("reserved") != std::string::npos || name.find("unused") != std::string::npos) {
    return 1;
  }
  return 2;
}

PadToken pad_token_of_config(const TextProcessor& text, int32_t id) {
  const auto token = text.tokenizer.token_of(id);
  if (!token) {
    throw Error{ErrorKind::model,
                str("config.json: found pad_token_id ", id,
                    ", which is not a token of tokenizer.json, expected the id of one: correct "
                    "pad_token_id, or copy the tokenizer that the model was saved with")};
  }
  PadToken pad{*token, id, ""};
  if (text.pad && text.pad->id != id) {
    pad.note = str("pad token: config.json says ", pad.text, " (id ", id,
                   ") and the tokenizer says ", text.pad->text, " (id ", text.pad->id,
                   "); the model was made for the first, which saved tokenizer files name as well");
  }
  return pad;
}

// The post-processor's ids are numbers of their own in tokenizer.json: no token need have them.
void check_token_ids(const ModelFolder& model, const Tokenizer& tokenizer) {
  const int64_t rows = backbone_info(model.backbone).vocab_size;
  if (tokenizer.vocabulary_size() > rows) {
    throw Error{ErrorKind::model,
                str(model.folder, ": found token ids up to ", tokenizer.vocabulary_size() - 1,
                    " in tokenizer.json, expected ids below vocab_size ", rows,
                    " of config.json: a token was added to the tokenizer alone; in Python: "
                    "model.resize_token_embeddings(len(tokenizer)); save both")};
  }
  std::vector<const std::vector<int32_t>*> added = {&tokenizer.leading_ids(),
                                                    &tokenizer.trailing_ids()};
  if (const auto& pair = tokenizer.pair_template(); pair && !model.pooling.causal) {
    added.insert(added.end(), {&pair->before, &pair->between, &pair->after});
  }
  for (const auto* ids : added) {
    for (const int32_t each : *ids) {
      const auto id = static_cast<uint32_t>(each);  // as the file has it
      if (id < rows) continue;
      throw Error{ErrorKind::model, str(model.text_folder / "tokenizer.json", ": found the id ", id,
                                        " in its post_processor, expected ids below ", rows,
                                        ", the rows of the embedding (vocab_size of config.json)")};
    }
  }
}

PadToken find_pad_token(const ModelFolder& model, const TextProcessor& text) {
  std::optional<int32_t> own = config_pad_id(model);
  if (model.reward_config && model.reward_config->pad_id) own = model.reward_config->pad_id;
  // Positions of RoBERTa count from its own, whatever the head is.
  if ((model.keep_head || !model.pooling.causal) && own) return pad_token_of_config(text, *own);

  const std::set<int32_t> endings = ids_that_end_a_text(model, text);
  const std::string used = template_text(model);
  const int64_t rows = backbone_info(model.backbone).vocab_size;
  const auto ends_a_text = [&](const std::string& token, int32_t id) {
    return id >= rows || endings.contains(id) || used.find(token) != std::string::npos;
  };
  std::optional<SpecialToken> own_pad = text.pad;
  if (!own_pad && own) {
    if (auto token = text.tokenizer.token_of(*own)) own_pad = SpecialToken{*token, *own};
  }
  if (own_pad && !ends_a_text(own_pad->text, own_pad->id)) return {own_pad->text, own_pad->id, ""};

  const AddedToken* best = nullptr;
  for (const AddedToken& token : text.tokenizer.added_tokens()) {
    if (!token.special || ends_a_text(token.text, token.id)) continue;
    if (!best || rank(token, text) < rank(*best, text)) best = &token;
  }
  const std::string why = own_pad ? str(own_pad->text, " may end a text") : "the model has none";
  if (!best) {
    throw Error{ErrorKind::model,
                str(model.folder, ": found no special token that can be the pad token (", why,
                    "): add one in Python: tokenizer.add_special_tokens({\"pad_token\": "
                    "\"<pad>\"}); model.resize_token_embeddings(len(tokenizer)); save both")};
  }
  return {best->text, best->id,
          str("pad token: ", best->text, " (id ", best->id, "), chosen because ", why,
              "; exports say so in config.json and the tokenizer files")};
}

}  // namespace

std::optional<int32_t> config_pad_id(const ModelFolder& model) {
  const auto found = model.config.find("pad_token_id");
  if (found == model.config.end() || !found->is_number_integer()) return std::nullopt;
  const auto id = found->get<int64_t>();
  if (id < 0 || id >= backbone_info(model.backbone).vocab_size) return std::nullopt;
  return static_cast<int32_t>(id);
}

TextProcessor open_text(const ModelFolder& model, const TemplateOptions& options) {
  TextProcessor text =
      load_text_processor(model.text_folder, options, model.tokenizer, model.base_folder);
  check_token_ids(model, text.tokenizer);
  // The tokenizer was read from the folder: what is copied later must be the same.
  if (read_model_assets(model.base_folder, model.text_folder) != model.files) {
    throw Error{ErrorKind::model, str(model.folder,
                                      ": changed while it was being read; start "
                                      "again once nothing writes to it")};
  }
  return text;
}

PadToken choose_pad_token(const ModelFolder& model, const TextProcessor& text) {
  PadToken pad = find_pad_token(model, text);
  check_export_files(model, pad);
  return pad;
}

}  // namespace laurel
