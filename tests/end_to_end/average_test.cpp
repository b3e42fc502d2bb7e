// laurel average: means of the weights of runs that began alike, and what is refused.
#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "checkpoint/safetensors.h"
#include "core/files.h"
#include "core/str.h"
#include "end_to_end/program.h"

namespace laurel::average_test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

// A run of this name; `change` of its config.
void train_as(const fs::path& folder, const std::string& run, const Json& change = Json::object(),
              const Json& source = pair_source()) {
  Json config = tiny_config({source}, 3);
  config["run"]["folder"] = run;
  config["train"]["shuffle"] = true;
  config.merge_patch(change);
  write_file(folder / "config.json", config.dump());
  run_ok("train config.json", folder);
}

// "a" and "b" in other orders of their rows.
fs::path trained_runs(const std::string& name, const Json& change = Json::object()) {
  const fs::path folder = tiny_project(name);
  train_as(folder, "a", change);
  Json other = change;
  other["train"]["seed"] = 7;
  train_as(folder, "b", other);
  return folder;
}

// A copy of a project with them, which are trained once, for the first test.
fs::path two_runs(const std::string& name) {
  static const fs::path project = trained_runs(name + "_project");
  return copy_of(project, name);
}

using Tensors = std::map<std::string, at::Tensor>;

Tensors tensors_of(const fs::path& folder) {
  Tensors tensors;
  const ShardedSafetensors files(folder);
  for (const std::string& name : files.names()) {
    at::Tensor& tensor = tensors[name] = at::empty(files.find(name)->shape);
    files.read(name, tensor);
  }
  return tensors;
}

void expect_means(const Tensors& found, const Tensors& a, const Tensors& b) {
  ASSERT_EQ(found.size(), a.size());
  for (const auto& [name, tensor] : found) {
    const at::Tensor expected = (a.at(name).to(at::kDouble) + b.at(name).to(at::kDouble)) / 2;
    EXPECT_TRUE(at::equal(tensor, expected.to(at::kFloat))) << name;
  }
}

TEST(Average, HasTheMeansOfTheWeightsAndCanBeUsedAsAnExport) {
  const fs::path folder = two_runs("average");
  const Outcome outcome = run_laurel("average a b mean", folder);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("the mean of 2 models of "));
  const Tensors a = tensors_of(folder / "a/final"), b = tensors_of(folder / "b/final");
  EXPECT_FALSE(at::equal(a.at("score.weight"), b.at("score.weight"))) << "they differ";
  expect_means(tensors_of(folder / "mean"), a, b);
  run_ok("eval mean held_out.jsonl", folder);
  run_ok("score mean held_out.jsonl scored.jsonl", folder);
  run_ok("export mean narrow --dtype bf16", folder);
  EXPECT_THAT(read_file(folder / "mean/README.md"),
              HasSubstr("The weights are fp32, the means of those of 2 models that began alike."));
  const Json config = Json::parse(read_file(folder / "mean/reward_config.json"));
  EXPECT_EQ(config["sources"][0]["train_sha256"].size(), 1u) << "both read one file";
  EXPECT_EQ(Json::parse(read_file(folder / "mean/config.json")),
            Json::parse(read_file(folder / "a/export/config.json")));
}

TEST(Average, OfAdaptersIsThatOfTheMergedWeights) {
  const fs::path folder =
      trained_runs("average_lora", {{"model", {{"train", {{"lora", {{"rank", 2}}}}}}}});
  run_ok("average a b mean", folder);
  const Tensors found = tensors_of(folder / "mean"), a = tensors_of(folder / "a/export"),
                b = tensors_of(folder / "b/export");
  const char* const q = "model.layers.0.self_attn.q_proj.weight";
  EXPECT_FALSE(at::equal(a.at(q), b.at(q)));
  expect_means(found, a, b);
}

TEST(Average, OfCheckpointsOfOneRunIsTheirMean) {
  const fs::path folder = tiny_project("average_checkpoints");
  train_as(folder, "a", {{"train", {{"save_every", 1}}}});
  run_ok("average a/checkpoints/step-00000002 a mean", folder);
  expect_means(tensors_of(folder / "mean"), tensors_of(folder / "a/checkpoints/step-00000002"),
               tensors_of(folder / "a/final"));
}

TEST(Average, KeepsAllRowsOfTheHeadAndDropsWhatWasMeasured) {
  const fs::path folder = two_runs("average_measured");
  write_lines(folder / "answers.jsonl", {{{"prompt", "p"}, {"responses", {"Yes.", "No."}}}});
  run_ok("normalize a answers.jsonl", folder);
  const Outcome outcome = run_laurel("average a b mean", folder);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("calibration and normalization of the parts are left out"));
  const Json config = Json::parse(read_file(folder / "mean/reward_config.json"));
  EXPECT_TRUE(config["normalization"].is_null());
  Json source = rating_source();
  source["attributes"] = {"help", "truth"};
  source["loss"] = {{"type", "gaussian"}};
  std::vector<Json> rows = tiny_ratings(16);
  for (Json& row : rows) {
    row["help"] = row["truth"] = row["score"];
    row.erase("score");
  }
  write_lines(folder / "ratings.jsonl", rows);
  train_as(folder, "c", Json::object(), source);
  train_as(folder, "d", {{"train", {{"seed", 7}}}}, source);
  run_ok("average c d rows", folder);
  expect_means(tensors_of(folder / "rows"), tensors_of(folder / "c/final"),
               tensors_of(folder / "d/final"));
  run_ok("export rows one --reward truth", folder);
}

TEST(Average, RefusesWhatDidNotBeginAlike) {
  const fs::path folder = two_runs("average_refused");
  const auto message = [&](const std::string& models) {
    const std::string errors = errors_of(str("average ", models, " mean"), folder, 2);
    EXPECT_FALSE(fs::exists(folder / "mean"));
    return errors;
  };
  train_as(folder, "seed", {{"model", {{"head_seed", 9}}}});
  EXPECT_THAT(message("a seed"),
              AllOf(HasSubstr("a and seed: model of laurel.json: head_seed: found 1 and 9, "),
                    HasSubstr("weights can be averaged where both began with the same model")));
  train_as(folder, "later", {{"model", {{"path", "a"}}}});
  EXPECT_THAT(message("a b later"), AllOf(HasSubstr("a and later: found other backbones, "),
                                          HasSubstr("whose model.safetensors differs")));
  EXPECT_THAT(message("a a/final"), HasSubstr("a/final: found it twice, expected once"));
  std::string last;
  for (const auto& checkpoint : fs::directory_iterator(folder / "a/checkpoints")) {
    last = std::max(last, checkpoint.path().filename().string());
  }
  EXPECT_THAT(message(str("a a/checkpoints/", last, " b")),
              HasSubstr(str(last, ": found the weights of a, which would count twice")));
  EXPECT_THAT(message("a b/export"),
              HasSubstr("b/export: found a folder that is not in a run's, expected a run or a"));
  EXPECT_THAT(message("a"), HasSubstr("expected: laurel average MODEL MODEL... OUTPUT"));
  EXPECT_EQ(run_laurel("average a b a/final/mean", folder).code, 2);
  EXPECT_THAT(run_laurel("average a b later/mean", folder).err,
              HasSubstr("OUTPUT: found later/mean, in the folder of the run in "));
}

TEST(Average, RefusesWhatLearnedSomethingElse) {
  const fs::path folder = two_runs("average_other");
  const auto message = [&](const std::string& models) {
    return errors_of(str("average ", models, " mean"), folder, 2);
  };
  Json hinge = pair_source();
  hinge["loss"] = {{"type", "hinge"}};
  train_as(folder, "hinge", Json::object(), hinge);
  EXPECT_THAT(message("a hinge"),
              AllOf(HasSubstr("a and hinge: reward_config.json: sources.pairs.loss"),
                    HasSubstr("expected the same")));
  Json ordinal = rating_source();
  ordinal["loss"] = {{"type", "ordinal"}, {"levels", 5}};
  train_as(folder, "c", Json::object(), ordinal);
  train_as(folder, "d", {{"train", {{"seed", 7}}}}, ordinal);
  EXPECT_THAT(message("c d"), HasSubstr("reward_config.json: sources.ratings.loss_parameters.0: "
                                        "found "));
  train_as(folder, "short", {{"model", {{"max_length", 100}}}});
  EXPECT_THAT(message("a short"), HasSubstr("reward_config.json: max_length: found 128 and 100"));
  fs::remove(folder / "b/final/manifest.json");
  write_file(folder / "b/final/tokenizer.json", read_file(folder / "b/final/tokenizer.json") + " ");
  EXPECT_THAT(message("a b"),
              HasSubstr("a and b: found other bytes in tokenizer.json, expected the same"));
  Json config = Json::parse(read_file(folder / "b/final/config.json"));
  config["rms_norm_eps"] = 1e-5;
  write_file(folder / "b/final/config.json", config.dump());
  EXPECT_THAT(message("a b"),
              HasSubstr("a and b: config.json: rms_norm_eps: found 1e-06 and 1e-05"));
}

}  // namespace
}  // namespace laurel::average_test
