// Gemma folders: the text part of one that also reads images, and exports that give the same
// weights.
#include <gmock/gmock.h>

#include "checkpoint/export.h"
#include "core/files.h"
#include "tiny.h"

namespace laurel::test::gemma_test {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::HasSubstr;

static fs::path golden(const std::string& name) {
  return fs::path(LAUREL_SOURCE_DIR) / "tests" / "golden" / "models" / name;
}

static void expect_backbone_of(const LoadedModel& model, const std::string& name) {
  const LoadedModel expected = load_model(open_model(from(golden(name))), false);
  ASSERT_EQ(model.parameters.backbone.weights.sizes(),
            expected.parameters.backbone.weights.sizes());
  EXPECT_TRUE(at::equal(model.parameters.backbone.weights, expected.parameters.backbone.weights));
}

// A golden model with a tokenizer of few tokens.
static void write_golden(const fs::path& folder, const std::string& name) {
  write_tiny_model(folder);
  for (const char* const file : {"config.json", "model.safetensors"}) {
    fs::copy_file(golden(name) / file, folder / file, fs::copy_options::overwrite_existing);
  }
}

TEST(GemmaFolder, OfAModelThatReadsImagesTheTextPartIsUsed) {
  for (const char* const name : {"gemma3_vision", "gemma3_vision_old"}) {
    SCOPED_TRACE(name);
    const LoadedModel model = load_model(open_model(from(golden(name), Head::fresh)), false);
    EXPECT_THAT(model.folder.notes,
                Contains(HasSubstr("only the text part of " + golden(name).string() + " is used")));
    EXPECT_EQ(model.folder.config.at("model_type"), "gemma3_text");
    expect_backbone_of(model, "gemma3");
  }
}

TEST(GemmaFolder, AModelThatReadsImagesWithoutATextPartIsRefused) {
  const Scratch scratch;
  write_golden(scratch.path, "gemma3_vision");
  Json config = parse_json(read_file(scratch.path / "config.json"), "", ErrorKind::model);
  config["text_config"] = nullptr;
  write_json(scratch.path / "config.json", config);
  EXPECT_THAT(error_of(ErrorKind::model, [&] { open_model(from(scratch.path)); }),
              HasSubstr((scratch.path / "config.json").string() +
                        ": \"text_config\" is missing, expected"));
}

TEST(GemmaFolder, AnExportGivesTheSameWeightsUnderTheClassifiersName) {
  const std::map<std::string, std::string> classes = {
      {"gemma", "GemmaForSequenceClassification"},
      {"gemma2", "Gemma2ForSequenceClassification"},
      {"gemma3", "Gemma3TextForSequenceClassification"}};
  for (const auto& [name, classifier] : classes) {
    SCOPED_TRACE(name);
    const Scratch scratch;
    write_golden(scratch.path / "model", name);
    const ModelFolder model = open_model(from(scratch.path / "model"));
    export_model(model, choose_outputs(model, {}), scratch.path / "export",
                 {.rounding = {.dtype = at::kFloat}, .verify = {}});
    const LoadedModel exported = load_model(open_model(from(scratch.path / "export")), false);
    EXPECT_EQ(exported.folder.config.at("architectures"), Json::array({classifier}));
    EXPECT_TRUE(exported.folder.config.contains("rope_theta"));
    expect_backbone_of(exported, name);
  }
}

TEST(GemmaFolder, TheExportOfATextPartIsATextModel) {
  const Scratch scratch;
  write_golden(scratch.path / "model", "gemma3_vision");
  Tensors tensors;
  const LoadedModel whole =
      load_model(open_model(from(scratch.path / "model", Head::fresh)), false);
  for (const TensorSpec& spec : whole.parameters.backbone.layout.tensors) {
    tensors["language_model." + spec.name] = view(whole.parameters.backbone.weights, spec);
  }
  tensors["score.weight"] = at::ones({1, 32});
  tensors["vision_tower.embeddings.patch_embedding.weight"] = at::ones({8});
  write_tensors(scratch.path / "model", tensors);
  const ModelFolder model = open_model(from(scratch.path / "model"));
  export_model(model, choose_outputs(model, {}), scratch.path / "export",
               {.rounding = {.dtype = at::kFloat}, .verify = {}});
  const LoadedModel exported = load_model(open_model(from(scratch.path / "export")), false);
  EXPECT_EQ(exported.folder.config.at("model_type"), "gemma3_text");
  EXPECT_FALSE(exported.folder.config.contains("text_config"));
  expect_backbone_of(exported, "gemma3");
}

}  // namespace laurel::test::gemma_test
