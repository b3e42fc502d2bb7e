// Adapters written in PEFT's layout: what the files say, and that they are read back as written.
#include "checkpoint/peft_folder.h"

#include "adapters.h"
#include "checkpoint/hub_cache.h"

namespace laurel::test::peft_folder_test {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

static const std::string kLayer = "model.layers.0.";

// Of rank 2 on these maps of the tiny model, with numbers of their own.
static AdapterSet adapters_on(const std::vector<std::string>& modules) {
  AdapterSet set{.options = {.rank = 2, .alpha = 3}, .adapters = {}};
  double seed = 1;
  for (const std::string& module : modules) {
    const std::string name = kLayer + module + ".weight";
    const at::Tensor weight = tiny_tensors().at(name);
    set.adapters.push_back(
        {.weight = name,
         .a = at::sin(at::arange(2 * weight.size(1), at::kFloat) + seed).view({2, -1}),
         .b = at::cos(at::arange(2 * weight.size(0), at::kFloat) + seed).view({-1, 2}),
         .scale = 1.5});
    seed += 0.7;
  }
  return set;
}

// Writes ROOT/adapter on ROOT/base (or `base`), with a head of as many rows as there are names.
static fs::path write(const fs::path& root, const AdapterSet& adapters, fs::path base = {},
                      const std::vector<std::string>& names = {}) {
  if (base.empty()) {
    base = root / "base";
    write_tiny_model(base);
  }
  const ModelFolder model = open_model(from(base, Head::fresh));
  const TextProcessor text = open_text(model);
  const auto rows = std::max<int64_t>(std::ssize(names), 1);
  RewardConfig reward;
  reward.attributes = names;
  Outputs outputs{.names = names, .weights = {}, .config = reward, .note = ""};
  for (int64_t i = 0; i < rows; ++i) {
    outputs.weights.emplace_back(rows);
    outputs.weights.back()[i] = 1;
  }
  const at::Tensor head = at::arange(8 * rows, at::kFloat).view({rows, 8});
  const PadToken pad = choose_pad_token(model, text);
  write_peft_folder(root / "adapter",
                    {.base = model,
                     .adapters = adapters,
                     .whole = {{kHeadName, {rows, 8}, at::kFloat, [=] { return head; }}},
                     .files = model.files,
                     .pad = pad,
                     .outputs = outputs});
  return root / "adapter";
}

static Json config_of(const fs::path& adapter) {
  return Json::parse(read_file(adapter / "adapter_config.json"));
}

TEST(PeftFolder, WhatIsWrittenIsReadBackAsTheMergedModel) {
  const Scratch scratch;
  const AdapterSet adapters = adapters_on({"self_attn.q_proj", "mlp.down_proj"});
  const fs::path folder = write(scratch.path, adapters);
  const LoadedModel model = load_model(open_model(from(folder)), false);
  const Layout& layout = model.parameters.backbone.layout;
  for (const Adapter& adapter : adapters.adapters) {
    const at::Tensor expected = tiny_tensors().at(adapter.weight).clone();
    merge_adapter(adapter, expected);
    const at::Tensor found = view(model.parameters.backbone.weights, layout.at(adapter.weight));
    EXPECT_TRUE(at::allclose(found, expected, 1e-6, 1e-6)) << adapter.weight;
  }
  const std::string other = kLayer + "mlp.up_proj.weight";
  EXPECT_TRUE(at::equal(view(model.parameters.backbone.weights, layout.at(other)),
                        tiny_tensors().at(other)));
  EXPECT_TRUE(at::equal(model.parameters.head.weights.narrow(0, 0, 8), at::arange(8, at::kFloat)));
  EXPECT_TRUE(model.folder.reward_config.has_value());
  EXPECT_EQ(model.folder.tokenizer, TokenizerRule::file);
  EXPECT_EQ(model.folder.text_folder, folder);
}

TEST(PeftFolder, ItsConfigIsThatOfASequenceClassifier) {
  const Scratch scratch;
  AdapterSet adapters = adapters_on({"self_attn.q_proj", "self_attn.v_proj"});
  adapters.options.scaling = AdapterScaling::by_root_of_rank;
  const Json config = config_of(write(scratch.path, adapters));
  EXPECT_EQ(config["peft_type"], "LORA");
  EXPECT_EQ(config["task_type"], "SEQ_CLS");
  EXPECT_EQ(config["r"], 2);
  EXPECT_EQ(config["lora_alpha"].dump(), "3");
  EXPECT_EQ(config["use_rslora"], true);
  EXPECT_EQ(config["modules_to_save"], Json::array({"classifier", "score"}));
  EXPECT_EQ(config["target_modules"], Json::array({"q_proj", "v_proj"}));
  EXPECT_EQ(config["base_model_name_or_path"], (scratch.path / "base").string());
  EXPECT_EQ(config["revision"], nullptr);
  std::vector<std::string> names;
  const SafetensorsFile file(scratch.path / "adapter" / "adapter_model.safetensors");
  for (const TensorInfo& tensor : file.tensors()) names.push_back(tensor.name);
  EXPECT_THAT(names, ElementsAre("base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight",
                                 "base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight",
                                 "base_model.model.model.layers.0.self_attn.v_proj.lora_A.weight",
                                 "base_model.model.model.layers.0.self_attn.v_proj.lora_B.weight",
                                 "base_model.model.score.weight"));
}

// Short names where they mean just these maps; a run's own where it gave some.
TEST(PeftFolder, TargetsSelectNoOtherMap) {
  const Scratch scratch;
  AdapterSet adapters = adapters_on({"mlp.up_proj"});
  adapters.options.targets = {"mlp.up_proj"};
  EXPECT_EQ(config_of(write(scratch.path, adapters))["target_modules"],
            Json::array({"mlp.up_proj"}));
  fs::remove_all(scratch.path / "adapter");
  adapters.options.targets = {"proj"};  // as nothing that PEFT would find
  EXPECT_EQ(config_of(write(scratch.path, adapters))["target_modules"], Json::array({"up_proj"}));
}

TEST(PeftFolder, ABaseOfTheHubCacheIsNamedByItsNameAndRevision) {
  const Scratch scratch;
  const fs::path base = scratch.path / "hub" / "models--org--tiny" / "snapshots" / "0a1b2c";
  write_tiny_model(base);
  const fs::path folder = write(scratch.path, adapters_on({"mlp.up_proj"}), base);
  const Json config = config_of(folder);
  EXPECT_EQ(config["base_model_name_or_path"], "org/tiny");
  EXPECT_EQ(config["revision"], "0a1b2c");
  const std::string card = read_file(folder / "README.md");
  EXPECT_THAT(card, AllOf(HasSubstr("base_model: \"org/tiny\"\n"),
                          HasSubstr("AutoPeftModelForSequenceClassification.from_pretrained(\n"
                                    "    FOLDER, num_labels=1, dtype=torch.float32).eval()\n"
                                    "model.config.pad_token_id = tokenizer.pad_token_id\n"),
                          Not(HasSubstr(scratch.path.string()))));
  EXPECT_EQ(hub_snapshot_of(base / "")->name, "org/tiny");
  EXPECT_FALSE(hub_snapshot_of(scratch.path / "base").has_value());
}

TEST(PeftFolder, ABaseOutsideOfTheHubIsNamedByItsFolderWithoutWhereItLies) {
  const Scratch scratch;
  const std::string card =
      read_file(write(scratch.path, adapters_on({"mlp.up_proj"})) / "README.md");
  EXPECT_THAT(card, AllOf(HasSubstr("base_model: \"base\"\n"), HasSubstr("\nFOLDER = \".\"  #"),
                          Not(HasSubstr(scratch.path.string()))));
}

TEST(PeftFolder, AHeadOfSeveralRowsNamesThem) {
  const Scratch scratch;
  const fs::path folder = write(scratch.path, adapters_on({"mlp.up_proj"}), {}, {"help", "truth"});
  EXPECT_THAT(read_file(folder / "README.md"),
              AllOf(HasSubstr("num_labels=2"),
                    HasSubstr(R"(model.config.id2label = dict(enumerate(["help","truth"])))")));
  EXPECT_EQ(open_model(from(folder)).head.columns, 2);
}

TEST(PeftFolder, AnAdapterOfAnAdapterIsRefused) {
  const Scratch scratch;
  const fs::path first = write_tiny_adapter(scratch.path / "first");
  EXPECT_THAT(
      error_of(ErrorKind::model, [&] { write(scratch.path, adapters_on({"mlp.up_proj"}), first); }),
      HasSubstr("found a base that is an adapter itself"));
  EXPECT_FALSE(fs::exists(scratch.path / "adapter"));
}

}  // namespace laurel::test::peft_folder_test
