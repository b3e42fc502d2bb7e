// Silent bugs between a trained model and the programs that load it.
#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "checkpoint/safetensors.h"
#include "core/files.h"
#include "core/str.h"
#include "silent_bugs/runs.h"

namespace laurel::export_test {
namespace {

using testing::HasSubstr;

namespace fs = std::filesystem;

// The head is lost at reload: not by the export, nor by training from the run, and it is never
// replaced without a message.
TEST(SilentBugs, HeadSurvivesReload) {
  const fs::path folder = tiny_project("silent_head");
  Json config = tiny_config({pair_source()}, 8);
  steps_of_run(folder, config);
  const std::vector<Json> rows = scored(folder, "run", "held_out.jsonl");
  EXPECT_EQ(scored(folder, "run/export", "held_out.jsonl"), rows);
  const at::Tensor head = tensors_of(folder / "run/final").at("score.weight");
  for (const char* const file : {"run", "run/export"}) {
    config["model"]["path"] = file;
    config["train"]["lr"] = 0;
    config["run"]["folder"] = "again";
    write_file(folder / "again.json", config.dump());
    const Outcome again = run_laurel("train again.json --overwrite", folder);
    ASSERT_EQ(again.code, 0) << again.err;
    EXPECT_TRUE(at::equal(tensors_of(folder / "again/final").at("score.weight"), head)) << file;
    EXPECT_EQ(scored(folder, "again", "held_out.jsonl"), rows) << file;
  }
  std::vector<TensorToWrite> headless;
  for (const auto& [name, tensor] : tensors_of(folder / "run/export")) {
    const at::Tensor values = tensor;
    if (name == "score.weight") continue;
    headless.push_back({name, values.sizes().vec(), at::kFloat, [values] { return values; }});
  }
  write_sharded_safetensors(folder / "run/export", headless);
  fs::remove(folder / "run/export/manifest.json");
  const Outcome lost = run_laurel("score run/export held_out.jsonl out.jsonl", folder);
  EXPECT_EQ(lost.code, 4);
  EXPECT_THAT(lost.err, HasSubstr("score.weight"));
}

// The export has two labels: not whatever the backbone's config says of labels.
TEST(SilentBugs, AnExportHasOneLabel) {
  const fs::path folder = tiny_project("silent_labels_of_export");
  set_member(folder / "model/config.json", "num_labels", 3);
  set_member(folder / "model/config.json", "id2label", {{"0", "x"}, {"1", "y"}, {"2", "z"}});
  steps_of_run(folder, tiny_config({pair_source()}, 1));
  for (const char* const model : {"run/final", "run/export"}) {
    const Json config = Json::parse(read_file(folder / model / "config.json"));
    EXPECT_EQ(config["architectures"], Json::array({"LlamaForSequenceClassification"}));
    EXPECT_EQ(config["id2label"].size(), 1u) << model;
    EXPECT_EQ(config["label2id"].size(), 1u);
    EXPECT_EQ(config.value("num_labels", 1), 1);
    const auto head = tensors_of(folder / model).at("score.weight");
    EXPECT_EQ(head.sizes(), at::IntArrayRef({1, 16}));
  }
}

// Without the member that names the pad token.
std::string without_pad(const fs::path& file) {
  Json json = Json::parse(read_file(file));
  json.erase("pad_token");
  return json.dump();
}

// Saving edits the chat template: every tokenizer file keeps its bytes, except for a pad token that
// had to change or be named.
TEST(SilentBugs, TokenizerAndTemplatesAreExportedAsTheyAre) {
  int changed = 0;
  for (const char* const name : {"header", "marks", "thinking", "brackets", "turns", "first"}) {
    const fs::path folder = scratch_folder(str("silent_tokenizer_", name));
    make_tiny_model(folder / "model", name);
    write_lines(folder / "pairs.jsonl", tiny_pairs(4));
    Json source = pair_source();
    source.erase("eval");
    steps_of_run(folder, tiny_config({source}, 1));
    for (const char* const file : {"tokenizer.json", "chat_template.jinja", "tokenizer_config.json",
                                   "special_tokens_map.json"}) {
      const fs::path given = folder / "model" / file, exported = folder / "run/export" / file;
      ASSERT_EQ(fs::exists(exported), fs::exists(given)) << name << " " << file;
      if (!fs::exists(given) || read_file(exported) == read_file(given)) continue;
      EXPECT_EQ(without_pad(exported), without_pad(given)) << name << " " << file;
      ++changed;
      if (!Json::parse(read_file(given)).contains("pad_token")) continue;  // it had to be named
      EXPECT_THAT(read_file(folder / "run/log.txt"), HasSubstr("pad token: ")) << name;
    }
  }
  EXPECT_GT(changed, 0);
}

uint64_t bytes_of(const std::string& dtype) { return dtype == "F32" ? 4 : 2; }

// Tied tensors are saved wrongly: a backbone that ties its embeddings, of which a classifier has no
// second copy.
TEST(SilentBugs, AnExportHoldsEveryTensorOnceInTheTypeAskedFor) {
  const fs::path folder = tiny_project("silent_dtype");
  set_member(folder / "model/config.json", "tie_word_embeddings", true);
  steps_of_run(folder, tiny_config({pair_source()}, 2));
  const auto trained = tensors_of(folder / "run/final");
  EXPECT_EQ(trained.size(), 2 + 2 * 9 + 1u);
  EXPECT_FALSE(trained.contains("lm_head.weight"));
  const std::vector<std::tuple<std::string, std::string, at::ScalarType>> types = {
      {"fp32", "F32", at::kFloat}, {"bf16", "BF16", at::kBFloat16}, {"fp16", "F16", at::kHalf}};
  for (const auto& [asked, dtype, type] : types) {
    const Outcome outcome = run_laurel(str("export run ", asked, " --dtype ", asked), folder);
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    const SafetensorsFile file(folder / asked / "model.safetensors");
    uint64_t data = 0, first = ~uint64_t{0};
    for (const TensorInfo& tensor : file.tensors()) {
      EXPECT_EQ(tensor.dtype, dtype) << tensor.name;
      first = std::min(first, tensor.begin);
      data += tensor.end - tensor.begin;
    }
    const auto exported = tensors_of(folder / asked);
    uint64_t expected = 0;
    for (const auto& [name, tensor] : exported) {
      ASSERT_TRUE(trained.contains(name)) << name;
      EXPECT_TRUE(at::equal(tensor, trained.at(name).to(type).to(at::kDouble))) << name;
      expected += bytes_of(dtype) * static_cast<uint64_t>(tensor.numel());
    }
    EXPECT_EQ(exported.size(), trained.size());
    EXPECT_EQ(data, expected);
    EXPECT_EQ(fs::file_size(folder / asked / "model.safetensors"), first + expected);
  }
}

}  // namespace
}  // namespace laurel::export_test
