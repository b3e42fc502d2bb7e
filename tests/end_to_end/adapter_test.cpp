// A folder of PEFT's in place of a model's: scored, evaluated, exported whole, trained on.
#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <cmath>

#include "checkpoint/safetensors.h"
#include "core/files.h"
#include "core/str.h"
#include "end_to_end/program.h"

namespace laurel::adapter_test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

// ADAPTER on ../model: rank 2 on q_proj and down_proj of both layers, and a head.
void write_adapter(const fs::path& adapter, bool head) {
  fs::create_directories(adapter);
  const Json config = {{"peft_type", "LORA"},
                       {"task_type", head ? "SEQ_CLS" : "CAUSAL_LM"},
                       {"base_model_name_or_path", "../model"},
                       {"r", 2},
                       {"lora_alpha", 8},
                       {"target_modules", Json::array({"q_proj", "down_proj"})},
                       {"modules_to_save", head ? Json::array({"classifier", "score"}) : Json()}};
  write_file(adapter / "adapter_config.json", config.dump(2));
  std::vector<TensorToWrite> tensors;
  const auto add = [&](const std::string& name, int64_t rows, int64_t columns) {
    const at::Tensor values =
        at::sin(at::arange(rows * columns, at::kFloat) + static_cast<double>(tensors.size()))
            .view({rows, columns}) /
        4;
    tensors.push_back(
        {"base_model.model." + name, {rows, columns}, at::kFloat, [=] { return values; }});
  };
  for (const char* layer : {"model.layers.0.", "model.layers.1."}) {
    add(str(layer, "self_attn.q_proj.lora_A.weight"), 2, 16);
    add(str(layer, "self_attn.q_proj.lora_B.weight"), 16, 2);
    add(str(layer, "mlp.down_proj.lora_A.weight"), 2, 24);
    add(str(layer, "mlp.down_proj.lora_B.weight"), 16, 2);
  }
  if (head) add("score.weight", 1, 16);
  write_safetensors(adapter / "adapter_model.safetensors", std::move(tensors));
}

std::vector<double> rewards_of(const fs::path& file) {
  std::vector<double> rewards;
  for (const Json& row : lines_of(file)) {
    rewards.push_back(row.at("chosen_reward").get<double>());
    rewards.push_back(row.at("rejected_reward").get<double>());
  }
  return rewards;
}

TEST(Adapter, IsScoredEvaluatedAndExportedWithItsBase) {
  const fs::path folder = tiny_project("adapter");
  write_adapter(folder / "adapter", true);
  const std::string plain = " --text plain";
  const Outcome scored = run_laurel("score adapter held_out.jsonl out.jsonl" + plain, folder);
  ASSERT_EQ(scored.code, 0) << scored.err;
  EXPECT_THAT(scored.err, HasSubstr("adapter: LoRA of rank 2 on 4 linear maps, and score.weight "
                                    "whole, merged into "));
  ASSERT_EQ(run_laurel("export adapter merged", folder).code, 0);
  EXPECT_FALSE(fs::exists(folder / "merged" / "adapter_config.json"));
  ASSERT_EQ(run_laurel("score merged held_out.jsonl merged.jsonl" + plain, folder).code, 0);
  const std::vector<double> rewards = rewards_of(folder / "out.jsonl"),
                            merged = rewards_of(folder / "merged.jsonl");
  ASSERT_EQ(rewards.size(), 24u);
  for (size_t i = 0; i < rewards.size(); ++i) EXPECT_NEAR(rewards[i], merged[i], 1e-6);
  EXPECT_EQ(run_laurel("eval adapter held_out.jsonl" + plain, folder).code, 0);
  // The base alone has no head.
  EXPECT_THAT(run_laurel("score model held_out.jsonl other.jsonl", folder).err,
              HasSubstr("without a reward head"));
}

TEST(Adapter, OfAnEarlierStageIsTheBackboneOfARun) {
  const fs::path folder = tiny_project("adapter_backbone");
  write_adapter(folder / "sft", false);
  Json config = tiny_config({pair_source()}, 2);
  config["model"]["path"] = "sft";
  write_file(folder / "config.json", config.dump());
  const Outcome trained = train(folder);
  ASSERT_EQ(trained.code, 0) << trained.err;
  EXPECT_THAT(trained.err,
              AllOf(HasSubstr("adapter: LoRA of rank 2 on 4 linear maps, merged into "),
                    HasSubstr("reward head: new")));
  // What was merged is in the run's own model, and the run knows both folders of its base.
  EXPECT_EQ(run_laurel("score run held_out.jsonl out.jsonl", folder).code, 0);
  const Json run = Json::parse(read_file(folder / "run" / "run.json"));
  EXPECT_THAT(run.dump(),
              AllOf(HasSubstr("adapter_model.safetensors"), HasSubstr("\"model.safetensors\"")));
}

TEST(Adapter, OfAnotherBaseIsRefusedBeforeAnyWeightIsRead) {
  const fs::path folder = tiny_project("adapter_of_another");
  write_adapter(folder / "adapter", true);
  Json config = Json::parse(read_file(folder / "model" / "config.json"));
  config["num_hidden_layers"] = 1;
  write_file(folder / "model" / "config.json", config.dump());
  const Outcome outcome = run_laurel("score adapter held_out.jsonl out.jsonl", folder);
  EXPECT_EQ(outcome.code, 4);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("an adapter of model.layers.1."),
                                 HasSubstr("the adapter is of another base")));
}

}  // namespace
}  // namespace laurel::adapter_test
