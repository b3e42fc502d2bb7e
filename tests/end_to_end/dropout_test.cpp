// Runs that drop something, through the real binary: the same bits when they go on, the same masks
// for any threads and micro-batches, and nothing dropped when they evaluate.
#include <gmock/gmock.h>

#include "core/files.h"
#include "core/str.h"
#include "end_to_end/program.h"

namespace laurel::dropout_test {
namespace {

using testing::DoubleNear;
using testing::HasSubstr;
using testing::Not;
using testing::Pointwise;

namespace fs = std::filesystem;

const Json kLora = {{"lora", {{"rank", 4}, {"alpha", 8}, {"dropout", 0.1}}}};

fs::path project(const std::string& name, const Json& model_options, bool encoder = false) {
  const fs::path folder = tiny_project(name);
  if (encoder) write_backbone(folder / "model", tiny_bert());
  Json config = tiny_config({pair_source()}, 8);
  for (const auto& [key, value] : model_options.items()) config["model"][key] = value;
  config["train"]["save_every"] = 4;
  config["train"]["keep_last"] = 10;
  config["train"]["shuffle"] = true;
  write_file(folder / "config.json", config.dump());
  return folder;
}

std::vector<double> losses(const fs::path& folder, const std::string& arguments) {
  const Outcome outcome = train(folder, "--overwrite " + arguments);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  std::vector<double> all;
  for (const Json& step : lines_of(folder / "run/metrics.jsonl", "step"))
    all.push_back(step["loss"]);
  return all;
}

void expect_resumes_bit_for_bit(const fs::path& folder) {
  const Outcome outcome = train(folder);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const std::string expected = weights(folder / "run/export");
  for (const char* const name : {"final", "export", "checkpoints/step-00000008"}) {
    fs::remove_all(folder / "run" / name);
  }
  const Outcome again = train(folder, "--set run.resume=auto");
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_THAT(again.err, HasSubstr("starts at step 4"));
  EXPECT_EQ(weights(folder / "run/export"), expected);
}

TEST(DropoutRun, OfAnEncoderGoesOnWithTheSameBits) {
  const fs::path folder = project("dropout_encoder", {{"dropout", 0.1}}, true);
  const Outcome check = run_laurel("check config.json", folder);
  EXPECT_EQ(check.code, 0) << check.err;
  EXPECT_THAT(check.err,
              HasSubstr("dropout 0.1 of the embedding, attention probabilities, the output of "
                        "attention and MLP, and what the head takes"));
  EXPECT_THAT(check.err, Not(HasSubstr("mask for all of them")));
  EXPECT_THAT(check.err, Not(HasSubstr("is not applied")));
  expect_resumes_bit_for_bit(folder);
}

TEST(DropoutRun, OfAdaptersGoesOnWithTheSameBitsAndIsInAdapterConfig) {
  const fs::path folder = project("dropout_adapters", {{"train", kLora}, {"dropout", 0.2}});
  const Outcome check = run_laurel("check config.json", folder);
  EXPECT_THAT(check.err, HasSubstr("dropout 0.2 of attention probabilities"));
  EXPECT_THAT(check.err, HasSubstr("dropout 0.1 of what adapters take"));
  EXPECT_THAT(check.err, HasSubstr("what responses of a prompt begin with has one mask"));
  expect_resumes_bit_for_bit(folder);
  const Json adapter = Json::parse(read_file(folder / "run/adapter/adapter_config.json"));
  EXPECT_EQ(adapter["lora_dropout"], 0.1);
}

TEST(DropoutRun, MasksAreTheSameForAnyThreadsAndMicroBatches) {
  for (const bool encoder : {false, true}) {
    const fs::path folder =
        project(str("dropout_workers_", encoder), {{"train", kLora}, {"dropout", 0.2}}, encoder);
    const std::vector<double> expected = losses(folder, "--set run.threads=1");
    const std::vector<double> without = losses(
        folder, "--set run.threads=1 --set model.dropout=0 --set model.train.lora.dropout=0");
    EXPECT_THAT(without, Not(Pointwise(DoubleNear(1e-3), expected)));
    EXPECT_THAT(losses(folder, "--set run.threads=2"), Pointwise(DoubleNear(1e-4), expected));
    EXPECT_THAT(losses(folder, "--set run.threads=1 --set train.tokens_per_micro_batch=64"),
                Pointwise(DoubleNear(1e-4), expected));
    const std::vector<double> other = losses(folder, "--set run.threads=1 --set train.seed=2");
    EXPECT_THAT(other, Not(Pointwise(DoubleNear(1e-4), expected)));
  }
}

TEST(DropoutRun, EvaluationsDropNothingAndTrainingGoesOnDropping) {
  const fs::path folder = project("dropout_evaluation", {{"dropout", 0.3}}, true);
  const std::vector<double> never = losses(folder, "--set train.eval_every=0");
  EXPECT_EQ(losses(folder, "--set train.eval_every=1"), never);
  const std::vector<Json> evaluations = lines_of(folder / "run/metrics.jsonl", "eval");
  ASSERT_EQ(evaluations.size(), 8u);
  const Outcome outcome =
      run_laurel("eval run held_out.jsonl --json - --device cpu", folder);  // of final/
  const Outcome twice = run_laurel("eval run held_out.jsonl --json - --device cpu", folder);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const Json metrics = Json::parse(outcome.out).at("metrics");
  EXPECT_EQ(metrics, Json::parse(twice.out).at("metrics"));
  EXPECT_TRUE(metrics.contains("log_loss")) << metrics;
}

}  // namespace
}  // namespace laurel::dropout_test
