// Exports: deterministic, complete or absent, and the same rewards when read again.
#include "checkpoint/export.h"

#include "checkpoint/run_folder.h"
#include "core/files.h"
#include "core/str.h"
#include "data/batches/pack.h"
#include "tiny.h"

namespace laurel::test::export_test {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::Not;

static Group group_of(std::vector<int32_t> ids) {
  Group group;
  const auto end = static_cast<int32_t>(ids.size());
  group.responses.push_back({std::move(ids), {{end - 1, end}}});
  group.label = Ratings{{1}, {1}};
  return group;
}

static std::vector<TokenBatch> some_batches() {
  const std::vector<Group> groups = {group_of({1, 5, 6, 7, 2}), group_of({12, 3}), group_of({4})};
  std::vector<const Group*> pointers;
  for (const Group& group : groups) pointers.push_back(&group);
  std::vector<TokenBatch> out;
  for (const Batch& batch : pack(pointers, Pooling{}, {.tokens_per_micro_batch = 6}))
    out.push_back(batch.tokens);
  return out;
}

static void export_tiny(const fs::path& model, const fs::path& output,
                        ExportDtype dtype = ExportDtype::fp32) {
  const ModelFolder folder = open_model(from(model));
  export_model(folder, choose_outputs(folder, {}), output,
               {.rounding = {.dtype = scalar_type(dtype)}, .verify = {}});
}

static RewardModel reward_model(const fs::path& folder) {
  LoadedModel model = load_model(open_model(from(folder)), false);
  return RewardModel(model.folder.backbone, std::move(model.parameters));
}

TEST(Export, GivesTheSameBytesEveryTime) {
  const Scratch scratch;
  write_tiny_model(scratch.path / "model");
  export_tiny(scratch.path / "model", scratch.path / "a");
  export_tiny(scratch.path / "model", scratch.path / "b" / "c");
  const auto files = contents_of(scratch.path / "a");
  EXPECT_EQ(files, contents_of(scratch.path / "b" / "c"));
  EXPECT_THAT(files, ElementsAre(Key("README.md"), Key("config.json"), Key("manifest.json"),
                                 Key("model.safetensors"), Key("tokenizer.json"),
                                 Key("tokenizer_config.json")));
  for (const auto& [name, bytes] : files) {
    EXPECT_THAT(bytes, Not(HasSubstr(scratch.path.string()))) << name;
  }
}

TEST(Export, OfAnExportGivesTheSameBytes) {
  const Scratch scratch;
  write_tiny_model(scratch.path / "model");
  export_tiny(scratch.path / "model", scratch.path / "a");
  export_tiny(scratch.path / "a", scratch.path / "b");
  EXPECT_EQ(contents_of(scratch.path / "a"), contents_of(scratch.path / "b"));
}

TEST(Export, OfARunDependsOnlyOnItsFinalModel) {
  const Scratch scratch;
  write_tiny_model(scratch.path / "model");
  const LoadedModel model = load_model(open_model(from(scratch.path / "model")), false);
  const RunFolder run = create_run_folder(scratch.path / "run", false, Json::object());
  const PadToken pad = choose_pad_token(model.folder, open_text(model.folder));
  save_final_model(run,
                   {.source = model.folder,
                    .parameters = model.parameters,
                    .pad = pad,
                    .reward_config = RewardConfig{}},
                   {.step = 1});
  export_tiny(run.final_folder(), run.export_folder());
  export_tiny(run.path, scratch.path / "again");
  EXPECT_EQ(contents_of(run.export_folder()), contents_of(scratch.path / "again"));
  auto expected = contents_of(run.final_folder());
  expected.erase("run.json");
  expected.erase("manifest.json");  // each lists its own files
  auto found = contents_of(run.export_folder());
  found.erase("manifest.json");
  EXPECT_EQ(found.erase("README.md"), 1u);
  EXPECT_EQ(found, expected);
}

TEST(Export, KeepsOnlyTheModelsTensorsUnderTheClassifiersNames) {
  const Scratch scratch;
  write_tiny_model(scratch.path / "model");
  Tensors tensors;
  for (const auto& [name, tensor] : tiny_tensors()) {
    tensors[name == "score.weight" ? name : name.substr(6)] = tensor.to(at::kDouble);
  }
  tensors["lm_head.weight"] = at::ones({16, 8});
  write_tensors(scratch.path / "model", tensors);
  export_tiny(scratch.path / "model", scratch.path / "out");
  const ShardedSafetensors out(scratch.path / "out");
  EXPECT_EQ(out.names().size(), tiny_tensors().size());
  for (const auto& [name, tensor] : tiny_tensors()) {
    ASSERT_NE(out.find(name), nullptr) << name;
    EXPECT_EQ(out.find(name)->dtype, "F32");
    at::Tensor read = at::empty_like(tensor);
    out.read(name, read);
    EXPECT_TRUE(at::equal(read, tensor)) << name;
  }
}

TEST(Export, RoundsToTheRequestedDtype) {
  const Scratch scratch;
  write_tiny_model(scratch.path / "model");
  const std::vector<std::tuple<ExportDtype, at::ScalarType, std::string>> table = {
      {ExportDtype::bf16, at::kBFloat16, "bfloat16"}, {ExportDtype::fp16, at::kHalf, "float16"}};
  for (const auto& [dtype, type, name] : table) {
    const fs::path folder = scratch.path / name;
    export_tiny(scratch.path / "model", folder, dtype);
    const at::Tensor expected = tiny_tensors()["score.weight"].to(type);
    at::Tensor read = at::empty({1, 8}, type);
    ShardedSafetensors(folder).read("score.weight", read);
    EXPECT_TRUE(at::equal(read, expected));
    EXPECT_EQ(Json::parse(read_file(folder / "config.json"))["dtype"], name);
  }
}

TEST(Export, LoadedAgainGivesTheSameRewards) {
  const Scratch scratch;
  write_tiny_model(scratch.path / "model");
  const auto batches = some_batches();
  const ModelFolder model = open_model(from(scratch.path / "model"));
  const Outputs outputs = choose_outputs(model, {});
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16, at::kHalf}) {
    for (const Rounding mode : {Rounding::nearest, Rounding::stochastic}) {
      const WeightRounding rounding{.dtype = type, .mode = mode, .seed = 5};
      RewardModel exact = reward_model(scratch.path / "model");
      const at::Tensor before = exact.score(batches[0]);
      const auto verify = [&](const fs::path& folder) {
        RewardModel original = reward_model(scratch.path / "model");
        RewardModel reloaded = verify_export(
            folder, expected_export(original, outputs, rounding, batches), rounding, batches);
        EXPECT_EQ(at::equal(reloaded.score(batches[0]), before), type == at::kFloat);
        return std::string();
      };
      export_model(model, outputs,
                   scratch.path / str("out", static_cast<int>(type), static_cast<int>(mode)),
                   {.rounding = rounding, .verify = verify});
    }
  }
}

TEST(Export, IsUndoneIfItsRewardsDiffer) {
  const Scratch scratch;
  write_tiny_model(scratch.path / "model");
  const auto batches = some_batches();
  const ModelFolder model = open_model(from(scratch.path / "model"));
  const Outputs outputs = choose_outputs(model, {});
  const auto message = [&](at::ScalarType type, auto damage) {
    const WeightRounding rounding{.dtype = type};
    RewardModel original = reward_model(scratch.path / "model");
    damage(original.parameters());
    const auto verify = [&](const fs::path& folder) {
      verify_export(folder, expected_export(original, outputs, rounding, batches), rounding,
                    batches);
      return std::string();
    };
    return error_of(ErrorKind::checkpoint, [&] {
      export_model(model, outputs, scratch.path / "out", {.rounding = rounding, .verify = verify});
    });
  };
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16, at::kHalf}) {
    EXPECT_THAT(message(type, [](Parameters& all) { all.head.weights.mul_(2); }),
                HasSubstr("read again, its head is not the model's; nothing was exported"));
    EXPECT_THAT(message(type, [](Parameters& all) { all.backbone.weights.mul_(1.5); }),
                HasSubstr("read again, its rewards differ by up to "));
  }
  EXPECT_EQ(contents_of(scratch.path).size(), 4u) << "the model, and nothing left of the export";
  EXPECT_FALSE(fs::exists(scratch.path / "out"));
}

TEST(Export, RefusesAnExistingFolderAndAModelWithoutHead) {
  const Scratch scratch;
  write_tiny_model(scratch.path / "model");
  const std::string taken = error_of(
      ErrorKind::checkpoint, [&] { export_tiny(scratch.path / "model", scratch.path / "model"); });
  EXPECT_THAT(taken, HasSubstr("model: exists and is not empty; choose another folder"));
  fs::create_directory(scratch.path / "empty");
  EXPECT_NO_THROW(export_tiny(scratch.path / "model", scratch.path / "empty/"));

  Tensors tensors = tiny_tensors();
  tensors.erase("score.weight");
  write_tensors(scratch.path / "model", tensors);
  const std::string headless = error_of(
      ErrorKind::model, [&] { export_tiny(scratch.path / "model", scratch.path / "out"); });
  EXPECT_THAT(headless, HasSubstr("found no score.weight, expected a model with a reward head"));
}

TEST(Export, ReportsWhyAFolderCannotBeMade) {
  const Scratch scratch;
  write_tiny_model(scratch.path / "model");
  write_file(scratch.path / "file", "");
  EXPECT_THAT(error_of(ErrorKind::checkpoint,
                       [&] { export_tiny(scratch.path / "model", scratch.path / "file" / "out"); }),
              HasSubstr("cannot be created: Not a directory"));
}

}  // namespace laurel::test::export_test
