// Runs that train adapters, the head, or the last layers alone, through the real binary.
#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "checkpoint/safetensors.h"
#include "core/files.h"
#include "core/str.h"
#include "end_to_end/program.h"

namespace laurel::adapters_test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

namespace fs = std::filesystem;

// Every step is saved and all are kept; bf16 where the CPU has it; the order of rows is drawn.
Json parts_config(const Json& parts, int steps) {
  Json config = tiny_config({pair_source()}, steps);
  config["model"]["train"] = parts;
  Json& train = config["train"];
  train["shuffle"] = true;
  train["precision"] = "auto";
  train["schedule"] = {{"type", "cosine"}};
  train["save_every"] = 1;
  train["keep_last"] = 1000;
  return config;
}

fs::path trained(const std::string& name, const Json& parts, int steps = 6) {
  const fs::path folder = tiny_project(name);
  write_file(folder / "config.json", parts_config(parts, steps).dump());
  const Outcome outcome = train(folder);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  return folder;
}

const Json kLora = {{"lora", {{"rank", 4}, {"alpha", 8}}}};

std::vector<std::string> tensors_in(const fs::path& folder) {
  return ShardedSafetensors(folder).names();
}

std::vector<double> rewards_of(const fs::path& folder, const std::string& model) {
  fs::remove(folder / "scores.jsonl");
  const Outcome outcome =
      run_laurel(str("score ", model, " held_out.jsonl scores.jsonl --precision fp32"), folder);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  std::vector<double> rewards;
  for (const Json& row : lines_of(folder / "scores.jsonl")) {
    rewards.push_back(row.at("chosen_reward"));
    rewards.push_back(row.at("rejected_reward"));
  }
  return rewards;
}

void expect_same_rewards(const std::vector<double>& a, const std::vector<double>& b,
                         double tolerance) {
  ASSERT_EQ(a.size(), b.size());
  ASSERT_FALSE(a.empty());
  for (size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], tolerance);
}

TEST(AdapterRun, SavesAdaptersAndHeadAloneAndExportsAWholeModelWithTheSameRewards) {
  const fs::path folder = trained("lora_run", kLora);
  const std::vector<std::string> names = tensors_in(folder / "run/final");
  EXPECT_EQ(names.size(), 2u * 7 * 2 + 1);
  EXPECT_THAT(names, Contains("model.layers.1.mlp.down_proj.lora_B.weight"));
  EXPECT_THAT(names, Contains("score.weight"));
  EXPECT_EQ(tensors_in(folder / "run/checkpoints/step-00000006"), names);
  const Json base = Json::parse(read_file(folder / "run/final/base.json"));
  EXPECT_EQ(base["base"]["folder"], (folder / "model").string());
  EXPECT_EQ(base["base"]["sha256"]["model.safetensors"].get<std::string>().size(), 64u);
  EXPECT_EQ(base["train"]["lora"]["rank"], 4);
  for (const std::string& name : tensors_in(folder / "run/export")) {
    EXPECT_THAT(name, Not(HasSubstr("lora")));
  }
  EXPECT_FALSE(fs::exists(folder / "run/export/base.json"));
  const std::vector<double> of_run = rewards_of(folder, "run");
  expect_same_rewards(of_run, rewards_of(folder, "run/export"), 1e-5);
  EXPECT_NE(of_run[0], rewards_of(folder, "run/checkpoints/step-00000001")[0]);
  const Outcome eval = run_laurel("eval run held_out.jsonl", folder);
  EXPECT_EQ(eval.code, 0) << eval.err;
  const Outcome narrow = run_laurel("export run narrow --dtype bf16", folder);
  EXPECT_EQ(narrow.code, 0) << narrow.err;
  EXPECT_THAT(narrow.err, HasSubstr("% of the training's update survives"));
}

TEST(AdapterRun, LearnsAndTheBackboneStays) {
  const fs::path folder = tiny_project("lora_learns");
  Json config = parts_config(kLora, 60);
  config["train"]["save_every"] = 0;
  write_file(folder / "config.json", config.dump());
  ASSERT_EQ(train(folder).code, 0);
  const std::vector<Json> steps = lines_of(folder / "run/metrics.jsonl", "step");
  EXPECT_LT(steps.back()["loss"].get<double>(), 0.5 * steps.front()["loss"].get<double>());
}

TEST(PartsOfAModel, ResumedAfterAStepEndBitForBitAsUninterrupted) {
  for (const auto& [name, parts] : {std::pair<std::string, Json>{"lora", kLora},
                                    {"last", {{"last_layers", 1}}},
                                    {"head", "head"}}) {
    const fs::path folder = trained("resume_" + name, parts, 5);
    const std::string last = "checkpoints/step-00000005/training.safetensors";
    const std::string final_weights = read_file(folder / "run/final/model.safetensors");
    fs::rename(folder / "run", folder / "whole");
    for (const int step : name == "lora" ? std::vector{1, 2, 3, 4} : std::vector{2}) {
      make_killed_run(folder, step);
      const Outcome outcome = train(folder, "--set run.resume=auto");
      ASSERT_EQ(outcome.code, 0) << outcome.err;
      EXPECT_EQ(read_file(folder / "run/final/model.safetensors"), final_weights) << name << step;
      EXPECT_EQ(read_file(folder / "run" / last), read_file(folder / "whole" / last));
    }
  }
}

at::Tensor tensor_of(const fs::path& folder, const std::string& name) {
  const ShardedSafetensors tensors(folder);
  const at::Tensor values = at::empty(tensors.find(name)->shape);
  tensors.read(name, values);
  return values;
}

TEST(PartsOfAModel, TheLastLayersAndTheHeadChangeAndNothingElse) {
  const std::string first = "model.layers.0.mlp.up_proj.weight",
                    second = "model.layers.1.mlp.up_proj.weight";
  const fs::path folder = trained("last_layer", {{"last_layers", 1}});
  EXPECT_EQ(tensors_in(folder / "run/final").size(), 9u + 1 + 1);
  const auto changed = [&](const fs::path& of, const std::string& name) {
    return !at::equal(tensor_of(of / "run/export", name), tensor_of(of / "model", name));
  };
  EXPECT_FALSE(changed(folder, first));
  EXPECT_FALSE(changed(folder, "model.embed_tokens.weight"));
  EXPECT_TRUE(changed(folder, second));
  EXPECT_TRUE(changed(folder, "model.norm.weight"));
  expect_same_rewards(rewards_of(folder, "run"), rewards_of(folder, "run/export"), 1e-5);
  const fs::path head = trained("head_alone", "head");
  EXPECT_EQ(tensors_in(head / "run/final"), std::vector<std::string>{"score.weight"});
  EXPECT_FALSE(changed(head, second));
}

TEST(PartsOfAModel, AreRefusedWhereTheirBaseChangedOrIsGone) {
  const fs::path folder = trained("base_changed", kLora, 3);
  keep_steps(folder / "run", 2);
  ASSERT_EQ(train(folder, "--set run.resume=auto").code, 0);
  fs::copy(folder / "model", folder / "kept", fs::copy_options::recursive);
  make_tiny_model(folder / "other", "blocks", true);
  fs::copy_file(folder / "other/model.safetensors", folder / "model/model.safetensors",
                fs::copy_options::overwrite_existing);
  for (const std::string command :
       {"eval run held_out.jsonl", "export run out", "score run held_out.jsonl out.jsonl"}) {
    const Outcome outcome = run_laurel(command, folder);
    EXPECT_NE(outcome.code, 0);
    EXPECT_THAT(outcome.err, AllOf(HasSubstr("holds only what was trained on"),
                                   HasSubstr("the base has changed since")));
  }
  keep_steps(folder / "run", 2);
  const Outcome resumed = train(folder, "--set run.resume=auto");
  EXPECT_EQ(resumed.code, 8);
  EXPECT_THAT(resumed.err, HasSubstr("model.safetensors: is not the base that the run began with"));
  fs::remove_all(folder / "model");
  EXPECT_THAT(run_laurel("eval run/checkpoints/step-00000002 held_out.jsonl", folder).err,
              HasSubstr("the base is not there any more"));
}

TEST(AdapterRun, GoesOnInAnotherRunFromItsMergedWeights) {
  const fs::path folder = trained("lora_chain", kLora, 4);
  const std::vector<double> before = rewards_of(folder, "run");
  Json config = parts_config(kLora, 1);
  config["model"]["path"] = "run/final";
  config["train"]["lr"] = 0.0;
  config["run"]["folder"] = "second";
  write_file(folder / "config.json", config.dump());
  const Outcome outcome = train(folder);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  expect_same_rewards(rewards_of(folder, "second"), before, 1e-5);
  config["model"]["train"] = "all";
  config["run"]["folder"] = "third";
  write_file(folder / "config.json", config.dump());
  ASSERT_EQ(train(folder).code, 0);
  EXPECT_FALSE(fs::exists(folder / "third/final/base.json"));
  expect_same_rewards(rewards_of(folder, "third"), before, 1e-5);
}

TEST(AdapterRun, ThatIsFinishedWritesADamagedOrMissingAdapterAgain) {
  const fs::path folder = trained("adapter_again", kLora, 2);
  const fs::path file = folder / "run/adapter/adapter_model.safetensors";
  const std::string expected = read_file(file);
  fs::resize_file(file, fs::file_size(file) - 1);
  const Outcome damaged = train(folder, "--set run.resume=auto");
  ASSERT_EQ(damaged.code, 0) << damaged.err;
  EXPECT_THAT(damaged.err,
              AllOf(HasSubstr("renamed to adapter.earlier-1"), HasSubstr("adapter for PEFT in "),
                    HasSubstr("nothing is left to do")));
  EXPECT_EQ(read_file(file), expected);
  fs::remove_all(folder / "run/adapter");
  EXPECT_THAT(train(folder, "--set run.resume=auto").err, HasSubstr("adapter for PEFT in "));
  EXPECT_EQ(read_file(file), expected);
  EXPECT_THAT(train(folder, "--set run.resume=auto").err, Not(HasSubstr("adapter for PEFT in ")));
}

TEST(AdapterRun, OnABaseThatPeftCannotLoadIsToldBeforeItThatItHasNoAdapterFolder) {
  const fs::path folder = trained("adapter_of_adapter", kLora, 2);
  Json config = parts_config(kLora, 2);
  config["model"]["path"] = "run/final";
  config["run"]["folder"] = "second";
  write_file(folder / "second.json", config.dump());
  const Outcome check = run_laurel("check second.json", folder);
  EXPECT_EQ(check.code, 0) << check.err;
  EXPECT_THAT(check.err, HasSubstr("the run will have no adapter/ beside export/: its base, "));
  EXPECT_THAT(check.err, HasSubstr("holds only what a run trained (base.json)"));
  EXPECT_THAT(run_laurel("check config.json --overwrite", folder).err,
              Not(HasSubstr("no adapter/")));
}

TEST(AdapterRun, IsEvaluatedAndScoredAtAnyOfItsCheckpoints) {
  const fs::path folder = trained("adapter_steps", kLora, 3);
  const auto rewards = [&](const std::string& model) { return rewards_of(folder, model); };
  EXPECT_EQ(rewards("run --step 2"), rewards("run/checkpoints/step-00000002"));
  EXPECT_EQ(rewards("run --step last"), rewards("run"));
  EXPECT_NE(rewards("run --step 2"), rewards("run"));
  const auto metrics = [&](const std::string& model) {
    const Outcome outcome =
        run_laurel("eval " + model + " held_out.jsonl --precision fp32", folder);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return outcome.out;
  };
  EXPECT_EQ(metrics("run --step 1"), metrics("run/checkpoints/step-00000001"));
  EXPECT_NE(metrics("run --step 1"), metrics("run"));
  const Outcome none = run_laurel("eval run held_out.jsonl --step 9", folder);
  EXPECT_EQ(none.code, 8);
  EXPECT_THAT(none.err,
              HasSubstr("has no checkpoint of step 9; its checkpoints are of the steps 1, 2, 3"));
  EXPECT_THAT(run_laurel("eval model held_out.jsonl --step 1", folder).err,
              HasSubstr("is not the folder of a run"));
}

TEST(AdapterRun, HasAFolderOfPeftsThatReadsAsTheRun) {
  const fs::path folder = trained("adapter_folder", kLora, 2);
  expect_same_rewards(rewards_of(folder, "run/adapter"), rewards_of(folder, "run"), 1e-5);
}

// Its base is a bare BERT, whose pooler is drawn, trained and saved whole.
TEST(AdapterRun, OfABareBertHasItsPoolerInTheFolder) {
  const fs::path folder = tiny_project("adapter_bert");
  make_tiny_encoder(folder / "model");
  Json source = pair_source();
  source.erase("text");
  Json config = tiny_config({source}, 2);
  config["model"]["train"] = kLora;
  write_file(folder / "config.json", config.dump());
  const Outcome outcome = train(folder);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(tensors_in(folder / "run/final"), Contains("bert.pooler.dense.weight"));
  expect_same_rewards(rewards_of(folder, "run/adapter"), rewards_of(folder, "run"), 1e-5);
}

TEST(AdapterRun, OnPartsOfAModelHasNoFolderOfPeftsAndKeepsItsBasesBase) {
  const fs::path folder = trained("adapter_on_parts", kLora, 2);
  Json config = parts_config(kLora, 2);
  config["model"]["path"] = "run/final";
  config["run"]["folder"] = "second";
  write_file(folder / "config.json", config.dump());
  const Outcome second = train(folder);
  ASSERT_EQ(second.code, 0) << second.err;
  EXPECT_THAT(second.err, HasSubstr("holds only what a run trained"));
  EXPECT_FALSE(fs::exists(folder / "second/adapter"));
  config["model"]["path"] = "second/final";
  config["run"]["folder"] = "run";
  write_file(folder / "config.json", config.dump());
  const Outcome third = train(folder, "--overwrite");
  EXPECT_NE(third.code, 0);
  EXPECT_THAT(third.err, HasSubstr("would be replaced, but this run reads"));
  EXPECT_TRUE(fs::exists(folder / "run/final/model.safetensors"));
}

TEST(AdapterRun, IsPlannedByCheck) {
  const fs::path folder = tiny_project("lora_check");
  Json config = parts_config(kLora, 3);
  config["train"].erase("lr");
  write_file(folder / "config.json", config.dump());
  const Outcome outcome = run_laurel("check config.json", folder);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("adapters of rank 4 on all linear maps of the blocks, "
                              "and the head"),
                    HasSubstr("train.lr: 0.0002, the default for adapters of a model")));
  EXPECT_THAT(outcome.out, HasSubstr(" if all were trained)"));
  EXPECT_THAT(run_laurel("check config.json --set train.lr=1e-5", folder).err,
              HasSubstr("adapters will hardly move below 3e-05"));
  EXPECT_THAT(run_laurel("check config.json --set train.lr=2e-3", folder).err,
              HasSubstr("adapters rarely train well above 0.001"));
  const Outcome named = run_laurel("check config.json --set model.train=lora", folder);
  EXPECT_THAT(named.err, HasSubstr("adapters of rank 16"));
  const Outcome target =
      run_laurel("check config.json --set model.train.lora.targets=query_key_value", folder);
  EXPECT_EQ(target.code, 2);
  EXPECT_THAT(target.err, HasSubstr("found \"query_key_value\", which no linear map of the blocks "
                                    "is called, expected one of: q_proj"));
}

TEST(AdapterRun, TrainsItsHeadAtARateOfItsOwn) {
  const fs::path folder = tiny_project("head_rate");
  Json config = parts_config(kLora, 2);
  config["train"]["head_lr"] = 0.0;
  config["model"]["head_seed"] = 5;
  write_file(folder / "config.json", config.dump());
  ASSERT_EQ(train(folder).code, 0);
  EXPECT_TRUE(at::equal(tensor_of(folder / "run/checkpoints/step-00000001", "score.weight"),
                        tensor_of(folder / "run/final", "score.weight")));
  EXPECT_FALSE(
      at::equal(tensor_of(folder / "run/checkpoints/step-00000001",
                          "model.layers.0.mlp.up_proj.lora_B.weight"),
                tensor_of(folder / "run/final", "model.layers.0.mlp.up_proj.lora_B.weight")));
}

}  // namespace
}  // namespace laurel::adapters_test
