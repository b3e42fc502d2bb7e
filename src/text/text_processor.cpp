// Loads the tokenizer files of a folder, as transformers 5 does when tokenizer.json is present.
#include "text/text_processor.h"

#include <map>
#include <set>

#include "core/files.h"
#include "core/str.h"
#include "text/named_tokens.h"
#include "text/pipeline.h"

namespace laurel {

namespace {

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

  // `given`: a template in place of the folder's. `parts`: of the pipeline, where they are not those
  // of tokenizer.json.
  std::string identity(const TemplateOptions& options, const std::optional<std::string>& given,
                       const Json& parts) const {
    const Json date = options.template_date ? Json(*options.template_date) : Json();
    Json all = {hashes_, Json::parse(options.template_kwargs.dump()), date};
    if (given) all.push_back(*given);
    if (!parts.is_null()) all.push_back(parts);
    return sha256(all.dump());
  }

 private:
  std::filesystem::path folder_;
  std::map<std::string, std::string> hashes_;
};

NamedTokens read_tokens(const Files& files, const TokenFiles& token_files,
                        const Tokenizer& tokenizer, const std::string& class_name) {
  try {
    return read_named_tokens(token_files, tokenizer, class_name);
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

// The text that the option gives, or that of its file.
std::string given_template(const Path& path) {
  if (is_template_text(path.value)) return path.value;
  if (!path_exists(path.value)) {
    throw Error{
        ErrorKind::model,
        str("model.chat_template: ", path.value, ": no such file",
            path.relative_to.empty() ? "" : str("; it was given relative to ", path.relative_to),
            "; the text of a template has {{ or {% in it")};
  }
  return read_file(path.value);
}

// The folder's template and, where it names one for dialogues with tools, that.
void read_templates(Files& files, const Json& config, const NamedTokens& tokens,
                    const TemplateOptions& options, TextProcessor& text) {
  Json variables = Json::object();
  for (const auto& [name, token] : tokens.named) variables[name] = token.text;
  if (options.chat_template) {
    text.given_template = given_template(*options.chat_template);
    text.chat_template.emplace(*text.given_template, "model.chat_template", variables, options);
    return;
  }
  if (const char* name = "chat_template.jinja"; files.has(name)) {
    text.chat_template.emplace(files.read(name), files.path(name).string(), variables, options);
    const char* for_tools = "additional_chat_templates/tool_use.jinja";
    if (!files.has(for_tools)) return;
    text.tool_template.emplace(files.read(for_tools), files.path(for_tools).string(), variables,
                               options);
    return;
  }
  const auto where = str(files.path("tokenizer_config.json"), ": chat_template");
  if (const auto source = template_in(config, options)) {
    text.chat_template.emplace(*source, where, variables, options);
  }
  const auto all = config.find("chat_template");
  if (all == config.end() || all->is_string()) return;
  if (const auto for_tools = named_template(*all, "tool_use")) {
    text.tool_template.emplace(*for_tools, where, variables, options);
  }
}

std::optional<SpecialToken> named(const NamedTokens& tokens, const char* name,
                                  const Tokenizer& tokenizer) {
  const auto found = tokens.named.find(name);
  if (found == tokens.named.end()) return std::nullopt;
  const auto id = tokenizer.id_of(found->second.text);
  if (!id) return std::nullopt;
  return SpecialToken{found->second.text, *id};
}

// Tokens that the folder names but tokenizer.json lacks get ids after its vocabulary.
void warn_of_new_tokens(const NamedTokens& tokens, const Tokenizer& tokenizer,
                        std::vector<std::string>& warnings) {
  std::set<std::string> told;
  for (const NewToken& token : tokens.added) {
    if (tokenizer.id_of(token.text) || !told.insert(token.text).second) continue;
    warnings.push_back(str("the token ", token.text,
                           " of tokenizer_config.json is not in "
                           "tokenizer.json; it gets a new id, as in transformers"));
  }
}

// What would make every id another one than laurel's.
void refuse_options(const Json& config, const std::string& where) {
  const auto split = config.find("split_special_tokens");
  if (split == config.end() || *split == false || split->is_null()) return;
  throw Error{ErrorKind::model,
              str(where, ": found ", describe_json(*split),
                  " as \"split_special_tokens\", expected false: it would make ordinary text of "
                  "the marks of the chat template; set it to false")};
}

}  // namespace

TextProcessor load_text_processor(const std::filesystem::path& folder,
                                  const TemplateOptions& options, TokenizerRule rule,
                                  const std::filesystem::path& config_folder) {
  Files files(folder);
  const std::string bytes = files.read("tokenizer.json");
  const Json config = files.read_object("tokenizer_config.json");
  refuse_options(config, files.path("tokenizer_config.json").string());
  const bool has_decoder = config.contains("added_tokens_decoder");
  TokenFiles token_files{.tokenizer_config = config};
  token_files.special_tokens_map =
      has_decoder ? Json::object() : files.read_object("special_tokens_map.json");
  token_files.added_tokens = has_decoder ? Json::object() : files.read_object("added_tokens.json");

  const Json model = read_config_json(config_folder.empty() ? folder : config_folder);
  const TokenizerFolder about{.config = model,
                              .tokenizer_config = config,
                              .byte_level = bytes.find("\"ByteLevel\"") != std::string::npos};
  Pipeline pipeline = choose_pipeline(folder, bytes, about, rule);
  Tokenizer& tokenizer = pipeline.tokenizer;
  const NamedTokens tokens = read_tokens(files, token_files, tokenizer, pipeline.class_name);
  warn_of_new_tokens(tokens, tokenizer, pipeline.warnings);
  tokenizer.add(tokens.added);
  TextProcessor text{.tokenizer = std::move(tokenizer), .warnings = std::move(pipeline.warnings)};
  read_templates(files, config, tokens, options, text);
  text.bos = named(tokens, "bos_token", text.tokenizer);
  text.eos = named(tokens, "eos_token", text.tokenizer);
  text.pad = named(tokens, "pad_token", text.tokenizer);
  text.unk = named(tokens, "unk_token", text.tokenizer);
  text.identity = files.identity(options, text.given_template, pipeline.parts);
  text.tokenizer_json = std::move(pipeline.rebuilt_json);
  text.tokenizer_class = pipeline.class_name;
  text.class_differs = pipeline.class_differs;
  text.auto_tokenizer = pipeline.auto_tokenizer;
  text.has_token_types = class_has_token_types(pipeline.class_name, about);
  return text;
}

}  // namespace laurel
