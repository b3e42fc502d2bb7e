// Makes tiny projects and runs the binary on them.
#include "end_to_end/program.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>

#include "checkpoint/checkpoints.h"
#include "checkpoint/safetensors.h"
#include "core/files.h"
#include "core/random.h"
#include "core/str.h"
#include "end_to_end/forked.h"
#include "model/backbone.h"
#include "text/text_processor.h"

namespace laurel {

namespace fs = std::filesystem;

Outcome run_laurel(const std::string& arguments, const fs::path& folder,
                   const std::string& stdin_text, const std::string& limits) {
  write_file(folder / "stdin.txt", stdin_text);
  const std::string command =
      str("cd '", folder, "' && ", limits, "CUDA_VISIBLE_DEVICES= XDG_CACHE_HOME=\"$PWD/cache\" '",
          program_under(limits), "' ", arguments, " <stdin.txt >stdout.txt 2>stderr.txt");
  const int status = std::system(command.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
          read_file(folder / "stdout.txt"), read_file(folder / "stderr.txt")};
}

void run_ok(const std::string& arguments, const fs::path& folder) {
  const Outcome outcome = run_laurel(arguments, folder);
  ASSERT_EQ(outcome.code, 0) << arguments << ": " << outcome.err;
}

std::string errors_of(const std::string& arguments, const fs::path& folder, int code) {
  const Outcome outcome = run_laurel(arguments, folder);
  EXPECT_EQ(outcome.code, code) << arguments << ": " << outcome.err;
  return outcome.err;
}

Outcome train(const fs::path& folder, const std::string& arguments) {
  return run_laurel("train config.json " + arguments, folder);
}

Outcome train_until(const std::string& ready, const std::string& signal, const fs::path& folder,
                    const std::string& arguments) {
  const std::string command =
      str("cd '", folder, "' && { CUDA_VISIBLE_DEVICES= XDG_CACHE_HOME=\"$PWD/cache\" '",
          LAUREL_BINARY_DIR, "/laurel' train config.json ", arguments,
          " >stdout.txt 2>stderr.txt & pid=$!; n=0; until ", ready,
          " || [ $n -ge 5000 ]; do n=$((n+1)); done; kill -", signal, " $pid; wait $pid; }");
  const int status = std::system(command.c_str());
  return {WEXITSTATUS(status), read_file(folder / "stdout.txt"), read_file(folder / "stderr.txt")};
}

Json tiny_bert() {
  return {{"model_type", "bert"},          {"hidden_size", 16},
          {"intermediate_size", 24},       {"num_hidden_layers", 2},
          {"num_attention_heads", 4},      {"max_position_embeddings", 256},
          {"architectures", {"BertModel"}}};
}

void write_backbone(const fs::path& folder, Json config) {
  const TextProcessor text = load_text_processor(folder);
  config["vocab_size"] = text.tokenizer.vocabulary_size();
  config["pad_token_id"] = text.pad ? text.pad->id : 0;
  write_file(folder / "config.json", config.dump(2));
  const Backbone backbone = read_backbone(config, "config.json");
  const std::string prefix = backbone_info(backbone).tensor_prefix;
  std::vector<TensorToWrite> tensors;
  at::manual_seed(5);
  for (const TensorSpec& spec : backbone_layout(backbone).tensors) {
    if (!spec.name.starts_with(prefix) || spec.name.starts_with("bert.pooler")) continue;
    at::Tensor tensor = at::randn(spec.shape);
    if (spec.shape.size() == 2) tensor /= std::sqrt(static_cast<double>(spec.shape[1]));
    if (spec.shape.size() == 1)
      tensor = spec.name.ends_with("bias") ? 0.1 * tensor : 1 + 0.1 * tensor;
    tensors.push_back(
        {spec.name.substr(prefix.size()), spec.shape, at::kFloat, [tensor] { return tensor; }});
  }
  write_sharded_safetensors(folder, tensors);
}

void make_tiny_encoder(const fs::path& folder) {
  fs::remove_all(folder);
  fs::copy(fs::path(LAUREL_SOURCE_DIR) / "tests/golden/text/pairs/cls", folder);
  write_backbone(folder, tiny_bert());
}

std::string weights(const fs::path& model) { return read_file(model / "model.safetensors"); }

fs::path scratch_folder(const std::string& name) {
  const fs::path folder = fs::path(LAUREL_BINARY_DIR) / "end_to_end_scratch" / name;
  fs::remove_all(folder);
  fs::create_directories(folder);
  return folder;
}

static at::Tensor random_tensor(const std::vector<int64_t>& shape, uint64_t seed) {
  Random random(seed);
  at::Tensor tensor = at::empty(shape);
  float* values = tensor.data_ptr<float>();
  const double scale = shape.size() == 1 ? 0.1 : 1 / std::sqrt(static_cast<double>(shape[1]));
  for (int64_t i = 0; i < tensor.numel(); ++i) {
    values[i] = static_cast<float>((shape.size() == 1 ? 1.0 : 0.0) + scale * random.normal());
  }
  return tensor;
}

fs::path make_tiny_model(const fs::path& folder, const std::string& tokenizer, bool head) {
  const fs::path golden = fs::path(LAUREL_SOURCE_DIR) / "tests/golden/text" / tokenizer;
  fs::create_directories(folder);
  for (const char* file : {"tokenizer.json", "tokenizer_config.json", "chat_template.jinja",
                           "special_tokens_map.json"}) {
    if (fs::exists(golden / file)) fs::copy_file(golden / file, folder / file);
  }
  const TextProcessor text = load_text_processor(folder);
  Json config = {{"architectures", {head ? "LlamaForSequenceClassification" : "LlamaForCausalLM"}},
                 {"model_type", "llama"},
                 {"vocab_size", text.tokenizer.vocabulary_size()},
                 {"hidden_size", 16},
                 {"intermediate_size", 24},
                 {"num_hidden_layers", 2},
                 {"num_attention_heads", 4},
                 {"num_key_value_heads", 2},
                 {"max_position_embeddings", 2048},
                 {"rms_norm_eps", 1e-6},
                 {"rope_theta", 10000.0},
                 {"hidden_act", "silu"},
                 {"tie_word_embeddings", false}};
  if (head) config["id2label"] = {{"0", "LABEL_0"}};
  if (text.pad) config["pad_token_id"] = text.pad->id;
  write_file(folder / "config.json", config.dump(2));
  std::vector<TensorToWrite> tensors;
  const Layout layout = backbone_layout(read_backbone(config, "config.json"));
  const auto add = [&](const std::string& name, const std::vector<int64_t>& shape) {
    const uint64_t seed = tensors.size();
    tensors.push_back({name, shape, at::kFloat, [=] { return random_tensor(shape, seed); }});
  };
  for (const TensorSpec& entry : layout.tensors) add(entry.name, entry.shape);
  add(head ? "score.weight" : "lm_head.weight", {head ? 1 : text.tokenizer.vocabulary_size(), 16});
  write_sharded_safetensors(folder, tensors);
  return folder;
}

std::vector<Json> lines_of(const fs::path& file, const std::string& kind) {
  std::ifstream in(file);
  std::vector<Json> lines;
  for (std::string line; std::getline(in, line);) {
    Json json = Json::parse(line);
    if (kind.empty() || json["kind"] == kind) lines.push_back(json);
  }
  return lines;
}

std::vector<std::string> checkpoints_in(const fs::path& run) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(run / "checkpoints")) {
    names.push_back(entry.path().filename());
  }
  std::ranges::sort(names);
  return names;
}

void keep_steps(const fs::path& run, int last) {
  for (const std::string& name : checkpoints_in(run)) {
    if (name > checkpoint_name(last)) fs::remove_all(run / "checkpoints" / name);
  }
  for (const char* made_at_the_end : {"final", "export", "adapter"}) {
    fs::remove_all(run / made_at_the_end);
  }
}

void make_killed_run(const fs::path& project, int last) {
  fs::remove_all(project / "run");
  fs::copy(project / "whole", project / "run", fs::copy_options::recursive);
  keep_steps(project / "run", last);
}

void write_lines(const fs::path& file, const std::vector<Json>& lines) {
  std::string text;
  for (const Json& line : lines) text += line.dump() + "\n";
  write_file(file, text);
}

static const std::vector<std::string> kTopics = {"rain", "bread", "trains",   "the sea",
                                                 "maps", "snow",  "a garden", "clocks"};

std::vector<Json> tiny_pairs(int n, bool messages) {
  std::vector<Json> rows;
  for (int i = 0; i < n; ++i) {
    const std::string topic = kTopics[i % kTopics.size()];
    const std::string prompt = str("Say something about ", topic, " number ", i, ". ");
    const std::string good =
        str("A good and clear answer about ", topic, i % 3 == 0 ? ", with care." : ".");
    const std::string bad = str("No ", topic, ".");
    if (!messages) {
      rows.push_back({{"prompt", prompt}, {"chosen", good}, {"rejected", bad}});
      continue;
    }
    const Json user = {{"role", "user"}, {"content", prompt}};
    rows.push_back({{"chosen", {user, {{"role", "assistant"}, {"content", good}}}},
                    {"rejected", {user, {{"role", "assistant"}, {"content", bad}}}}});
  }
  return rows;
}

std::vector<Json> tiny_ratings(int n) {
  const std::vector<std::string> words = {"bad", "poor", "fair", "good", "great"};
  std::vector<Json> rows;
  for (int i = 0; i < n; ++i) {
    rows.push_back({{"prompt", str("Rate ", kTopics[i % kTopics.size()], ". ")},
                    {"response", str("It is a ", words[i % 5], " one.")},
                    {"score", i % 5 + 1}});
  }
  return rows;
}

Json pair_source() {
  return {{"name", "pairs"},
          {"format", "pairwise"},
          {"text", "plain"},
          {"train", {"pairs.jsonl"}},
          {"eval", {"held_out.jsonl"}},
          {"loss", {{"type", "bradley_terry"}}}};
}

Json rating_source() {
  return {{"name", "ratings"},
          {"format", "pointwise"},
          {"text", "plain"},
          {"train", {"ratings.jsonl"}},
          {"loss", {{"type", "squared_error"}}}};
}

Json tiny_config(const std::vector<Json>& sources, int steps) {
  return {{"model", {{"path", "model"}, {"max_length", 128}}},
          {"sources", sources},
          {"train",
           {{"steps", steps},
            {"batch_size", 4},
            {"shuffle", false},
            {"lr", 0.01},
            {"schedule", {{"type", "constant"}}}}},
          {"run", {{"folder", "run"}, {"threads", 2}}}};
}

fs::path tiny_project(const std::string& name) {
  const fs::path folder = scratch_folder(name);
  make_tiny_model(folder / "model", "blocks");
  std::vector<Json> pairs = tiny_pairs(36);
  write_lines(folder / "held_out.jsonl", {pairs.begin() + 24, pairs.end()});
  pairs.resize(24);
  write_lines(folder / "pairs.jsonl", pairs);
  write_lines(folder / "ratings.jsonl", tiny_ratings(16));
  return folder;
}

fs::path trained_project(const std::string& name, const Json& config) {
  const fs::path folder = tiny_project(name);
  write_file(folder / "config.json", config.dump());
  run_ok("train config.json", folder);
  return folder;
}

fs::path copy_of(const fs::path& project, const std::string& name) {
  const fs::path folder = scratch_folder(name);
  fs::copy(project, folder, fs::copy_options::recursive);
  return folder;
}

}  // namespace laurel
