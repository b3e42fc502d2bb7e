// The tiny model: small enough to be written anew in every test.
#include "tiny.h"

#include <unistd.h>

#include "core/files.h"

namespace laurel::test {

namespace fs = std::filesystem;

Scratch::Scratch() {
  std::string name = (fs::temp_directory_path() / "laurel_checkpoint_XXXXXX").string();
  path = ::mkdtemp(name.data());
}

Scratch::~Scratch() {
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

std::string safetensors_bytes(const std::string& header, size_t data_bytes) {
  const uint64_t length = header.size();
  std::string out(reinterpret_cast<const char*>(&length), 8);
  return out + header + std::string(data_bytes, '\0');
}

Json tiny_config() {
  return Json::parse(R"({
    "architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": 16,
    "hidden_size": 8, "intermediate_size": 12, "num_hidden_layers": 1, "num_attention_heads": 2,
    "num_key_value_heads": 1, "head_dim": 4, "max_position_embeddings": 64, "rms_norm_eps": 1e-05,
    "rope_theta": 10000.0, "hidden_act": "silu", "tie_word_embeddings": true, "bos_token_id": 1,
    "eos_token_id": 2, "pad_token_id": 14, "torch_dtype": "float32"})");
}

Tensors tiny_tensors() {
  const std::map<std::string, std::vector<int64_t>> shapes = {
      {"model.embed_tokens.weight", {16, 8}},
      {"model.norm.weight", {8}},
      {"model.layers.0.input_layernorm.weight", {8}},
      {"model.layers.0.post_attention_layernorm.weight", {8}},
      {"model.layers.0.self_attn.q_proj.weight", {8, 8}},
      {"model.layers.0.self_attn.k_proj.weight", {4, 8}},
      {"model.layers.0.self_attn.v_proj.weight", {4, 8}},
      {"model.layers.0.self_attn.o_proj.weight", {8, 8}},
      {"model.layers.0.mlp.gate_proj.weight", {12, 8}},
      {"model.layers.0.mlp.up_proj.weight", {12, 8}},
      {"model.layers.0.mlp.down_proj.weight", {8, 12}},
      {"score.weight", {1, 8}}};
  Tensors out;
  int64_t count = 0;
  for (const auto& [name, shape] : shapes) {
    int64_t size = 1;
    for (const int64_t n : shape) size *= n;
    out[name] = at::sin(at::arange(count, count + size, at::kFloat) * 1.7).reshape(shape) * 0.5;
    count += size;
  }
  return out;
}

Json tiny_tokenizer() {
  Json tokenizer = Json::parse(R"({"version": "1.0", "truncation": null, "padding": null,
    "added_tokens": [], "normalizer": null, "pre_tokenizer": {"type": "WhitespaceSplit"},
    "post_processor": null, "decoder": null,
    "model": {"type": "WordLevel", "vocab": {}, "unk_token": "<unk>"}})");
  const std::map<std::string, int> special = {
      {"<unk>", 0},           {"<s>", 1},           {"</s>", 2}, {"<|extra|>", 12},
      {"<|reserved_1|>", 13}, {"<|right_pad|>", 14}};
  for (const auto& [text, id] : special) {
    tokenizer["added_tokens"].push_back({{"id", id},
                                         {"content", text},
                                         {"single_word", false},
                                         {"lstrip", false},
                                         {"rstrip", false},
                                         {"normalized", false},
                                         {"special", true}});
    tokenizer["model"]["vocab"][text] = id;
  }
  for (int id = 3; id < 12; ++id) tokenizer["model"]["vocab"]["w" + std::to_string(id)] = id;
  return tokenizer;
}

Json tiny_tokenizer_config() {
  return {{"tokenizer_class", "PreTrainedTokenizerFast"},
          {"model_max_length", 1000},
          {"bos_token", "<s>"},
          {"eos_token", "</s>"},
          {"unk_token", "<unk>"},
          {"pad_token", "<|right_pad|>"},
          {"chat_template",
           "{% for m in messages %}{{ '<|extra|> ' + m['content'] + ' ' + eos_token }}"
           "{% endfor %}"}};
}

void write_tensors(const fs::path& folder, const Tensors& tensors) {
  std::vector<TensorToWrite> out;
  for (const auto& [name, tensor] : tensors) {
    out.push_back({name, tensor.sizes().vec(), tensor.scalar_type(), [t = tensor] { return t; }});
  }
  write_safetensors(folder / "model.safetensors", std::move(out));
}

void write_json(const fs::path& file, const Json& json) { write_file(file, json.dump(2) + "\n"); }

void write_tiny_model(const fs::path& folder) {
  fs::create_directories(folder);
  write_json(folder / "config.json", tiny_config());
  write_json(folder / "tokenizer.json", tiny_tokenizer());
  write_json(folder / "tokenizer_config.json", tiny_tokenizer_config());
  write_tensors(folder, tiny_tensors());
}

LoadOptions from(const fs::path& folder, std::optional<Head> head) {
  LoadOptions options;
  options.path.value = folder.string();
  options.head = head;
  return options;
}

std::map<std::string, std::string> contents_of(const fs::path& folder) {
  std::map<std::string, std::string> out;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    out[fs::relative(entry.path(), folder).string()] = read_file(entry.path());
  }
  return out;
}

}  // namespace laurel::test
