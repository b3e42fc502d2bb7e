// Loads the tokenizer files of a folder, as transformers 5 does when tokenizer.json is present.
#include "text/text_processor.h"

#include <charconv>
#include <map>

#include "core/files.h"
#include "core/str.h"
#include "text/tokenizer_class.h"

namespace laurel {

namespace {

// What tokenizer_config.json and its older companions say.
struct Config {
  Json json = Json::object();
  std::map<std::string, NewToken> named;  // "bos_token" -> token
  std::vector<NewToken> added;            // in the order in which they are added
};

// Reads the folder's files, each once, and keeps the hashes of what it read.
class Files {
 public:
  explicit Files(std::filesystem::path folder) : folder_(std::move(folder)) {}

  std::filesystem::path path(const char* name) const { return folder_ / name; }
  bool has(const char* name) const { return path_exists(path(name)); }

  std::string read(const char* name) {
    std::string bytes = read_file(path(name));
    hashes_[name] = sha256(bytes);
    return bytes;
  }

  Json read_object(const char* name) {
    if (!has(name)) return Json::object();
    const std::string file = path(name).string();
    Json json = parse_json(read(name), file, ErrorKind::model);
    if (!json.is_object()) {
      throw Error{ErrorKind::model,
                  str(file, ": found ", describe_json(json), ", expected an object")};
    }
    return json;
  }

  std::string identity(const TemplateOptions& options) const {
    const Json date = options.template_date ? Json(*options.template_date) : Json();
    return sha256(Json{hashes_, Json::parse(options.template_kwargs.dump()), date}.dump());
  }

 private:
  std::filesystem::path folder_;
  std::map<std::string, std::string> hashes_;
};

// A token as a string or as {"content": ..., flags}; nullopt for anything else.
std::optional<NewToken> token_of(const Json& value) {
  if (value.is_string()) return NewToken{.text = value.get<std::string>()};
  if (!value.is_object() || !value.contains("content")) return std::nullopt;
  const bool special = value.value("special", false);
  return NewToken{.text = value["content"].get<std::string>(),
                  .special = special,
                  .normalized = value.value("normalized", !special),
                  .lstrip = value.value("lstrip", false),
                  .rstrip = value.value("rstrip", false),
                  .single_word = value.value("single_word", false)};
}

// Every "..._token" that names a token: the standard ones and those of this model.
void read_named(const Json& json, Config& config) {
  for (const auto& [name, value] : json.items()) {
    if (!name.ends_with("_token")) continue;
    auto token = token_of(value);
    if (!token) continue;
    token->special = true;
    config.named.insert_or_assign(name, *token);
  }
}

void read_extra(const Json& json, Config& config) {
  for (const char* name : {"extra_special_tokens", "additional_special_tokens"}) {
    const auto list = json.find(name);
    if (list == json.end() || list->empty()) continue;
    for (const auto& [key, value] : list->items()) {
      auto token = token_of(value);
      if (!token) continue;
      token->special = true;
      if (list->is_object()) config.named.insert_or_assign(key, *token);
      config.added.push_back(*token);
    }
    return;
  }
}

int64_t id_of(const std::string& digits) {
  int64_t id = 0;
  const char* const end = digits.data() + digits.size();
  const auto [last, error] = std::from_chars(digits.data(), end, id);
  if (error == std::errc() && last == end) return id;
  throw Json::other_error::create(501, str("\"", digits, "\" is no id"), nullptr);
}

void read_added_decoder(const Json& json, Config& config) {
  const auto decoder = json.find("added_tokens_decoder");
  if (decoder == json.end() || !decoder->is_object()) return;
  std::map<int64_t, NewToken> by_id;
  for (const auto& [id, value] : decoder->items()) {
    if (auto token = token_of(value)) by_id.insert_or_assign(id_of(id), *token);
  }
  for (auto& [id, token] : by_id) {
    token.replace = true;
    for (auto& [name, named] : config.named) {
      if (named.text != token.text) continue;
      token.special = true;
      named = token;
    }
    config.added.push_back(token);
  }
}

// What a class adds to a config that does not name its tokens (transformers' defaults).
void add_class_defaults(Config& config, const Tokenizer& tokenizer) {
  using Names = std::map<std::string, std::string>;
  static const std::map<std::string, Names> classes = {
      {"LlamaTokenizer", {{"bos_token", "<s>"}, {"eos_token", "</s>"}, {"unk_token", "<unk>"}}},
      {"Qwen2Tokenizer",
       {{"eos_token", "<|endoftext|>"},
        {"pad_token", "<|endoftext|>"},
        {"unk_token", "<|endoftext|>"}}},
      {"GPT2Tokenizer",
       {{"bos_token", "<|endoftext|>"},
        {"eos_token", "<|endoftext|>"},
        {"unk_token", "<|endoftext|>"}}},
      {"GemmaTokenizer",
       {{"bos_token", "<bos>"},
        {"eos_token", "<eos>"},
        {"pad_token", "<pad>"},
        {"unk_token", "<unk>"}}}};
  const Json given = config.json.value("tokenizer_class", Json());
  std::string name = given.is_string() ? given.get<std::string>() : "";
  if (name.ends_with("Fast")) name.resize(name.size() - 4);
  const auto found = classes.find(name);
  if (found == classes.end()) return;
  for (const auto& [key, text] : found->second) {
    const bool known = tokenizer.id_of(text).has_value();
    if (known && !config.json.contains(key)) config.named.insert({key, NewToken{.text = text}});
  }
}

// The standard names in transformers' order, then those of this model.
std::vector<std::pair<std::string, NewToken>> in_order(std::map<std::string, NewToken> named) {
  std::vector<std::pair<std::string, NewToken>> ordered;
  for (const char* name : {"bos_token", "eos_token", "unk_token", "sep_token", "pad_token",
                           "cls_token", "mask_token"}) {
    if (auto found = named.extract(name)) ordered.emplace_back(name, found.mapped());
  }
  ordered.insert(ordered.end(), named.begin(), named.end());
  return ordered;
}

Config read_fields(Files& files, const Tokenizer& tokenizer) {
  Config config;
  config.json = files.read_object("tokenizer_config.json");
  read_named(config.json, config);
  const bool has_decoder = config.json.contains("added_tokens_decoder");
  const Json map = has_decoder ? Json::object() : files.read_object("special_tokens_map.json");
  read_named(map, config);
  add_class_defaults(config, tokenizer);
  read_added_decoder(config.json, config);
  if (const auto pad = tokenizer.pad_token(); pad && !config.json.contains("pad_token")) {
    config.named.insert({"pad_token", NewToken{.text = *pad}});
  }
  for (const auto& [name, token] : in_order(config.named)) config.added.push_back(token);
  read_extra(config.json, config);
  read_extra(map, config);
  return config;
}

Config read_config(Files& files, const Tokenizer& tokenizer) {
  try {
    return read_fields(files, tokenizer);
  } catch (const Json::exception& e) {  // a field of another type than transformers writes
    throw Error{ErrorKind::model,
                str(files.path("tokenizer_config.json"), ": found a malformed token: ", e.what())};
  }
}

// One of several named templates: transformers takes "tool_use" for tools, else "default".
std::optional<std::string> named_template(const Json& templates, const std::string& name) {
  for (const Json& entry : templates) {
    const auto text = [&](const char* key) {
      return entry.contains(key) && entry[key].is_string() ? entry[key].get<std::string>() : "";
    };
    if (entry.is_object() && text("name") == name) return text("template");
  }
  if (templates.is_object() && templates.contains(name) && templates[name].is_string()) {
    return templates[name].get<std::string>();
  }
  return std::nullopt;
}

std::optional<std::string> template_in(const Json& config, const TemplateOptions& options) {
  const auto found = config.find("chat_template");
  if (found == config.end() || found->is_null()) return std::nullopt;
  if (found->is_string()) return found->get<std::string>();
  const auto tools = options.template_kwargs.find("tools");
  if (tools != options.template_kwargs.end() && !tools->is_null()) {
    if (auto source = named_template(*found, "tool_use")) return source;
  }
  return named_template(*found, "default");
}

std::optional<ChatTemplate> read_template(Files& files, const Config& config,
                                          const TemplateOptions& options) {
  Json variables = Json::object();
  for (const auto& [name, token] : config.named) variables[name] = token.text;
  if (const char* name = "chat_template.jinja"; files.has(name)) {
    return ChatTemplate(files.read(name), files.path(name).string(), variables, options);
  }
  const auto source = template_in(config.json, options);
  if (!source) return std::nullopt;
  const auto where = str(files.path("tokenizer_config.json"), ": chat_template");
  return ChatTemplate(*source, where, variables, options);
}

std::optional<SpecialToken> named(const Config& config, const char* name,
                                  const Tokenizer& tokenizer) {
  const auto found = config.named.find(name);
  if (found == config.named.end()) return std::nullopt;
  const auto id = tokenizer.id_of(found->second.text);
  if (!id) return std::nullopt;
  return SpecialToken{found->second.text, *id};
}

// Tokens that the folder names but tokenizer.json lacks get ids after its vocabulary.
std::vector<std::string> warnings_of(const Config& config, const Tokenizer& tokenizer) {
  std::vector<std::string> warnings;
  if (auto warning = tokenizer_class_warning(config.json, tokenizer.pipeline())) {
    warnings.push_back(*warning);
  }
  for (const NewToken& token : config.added) {
    if (tokenizer.id_of(token.text)) continue;
    warnings.push_back(str("the token ", token.text,
                           " of tokenizer_config.json is not in "
                           "tokenizer.json; it gets a new id, as in transformers"));
  }
  return warnings;
}

}  // namespace

TextProcessor load_text_processor(const std::filesystem::path& folder,
                                  const TemplateOptions& options) {
  Files files(folder);
  const std::string bytes = files.read("tokenizer.json");
  Tokenizer tokenizer(bytes, files.path("tokenizer.json").string());
  const Config config = read_config(files, tokenizer);
  std::vector<std::string> warnings = warnings_of(config, tokenizer);
  tokenizer.add(config.added);
  TextProcessor text{.tokenizer = std::move(tokenizer),
                     .chat_template = read_template(files, config, options),
                     .warnings = std::move(warnings)};
  text.bos = named(config, "bos_token", text.tokenizer);
  text.eos = named(config, "eos_token", text.tokenizer);
  text.pad = named(config, "pad_token", text.tokenizer);
  text.unk = named(config, "unk_token", text.tokenizer);
  text.identity = files.identity(options);
  return text;
}

}  // namespace laurel
