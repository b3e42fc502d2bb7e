// An encoder from its backbone to an export, by the program.
#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "core/files.h"
#include "core/str.h"
#include "end_to_end/program.h"

namespace laurel::encoder_test {
namespace {

using testing::HasSubstr;

namespace fs = std::filesystem;

const Json kModernBert = {{"model_type", "modernbert"},
                          {"hidden_size", 16},
                          {"intermediate_size", 24},
                          {"num_hidden_layers", 3},
                          {"num_attention_heads", 4},
                          {"local_attention", 8},
                          {"classifier_pooling", "mean"},
                          {"max_position_embeddings", 256},
                          {"architectures", {"ModernBertModel"}}};

fs::path encoder_project(const std::string& name, const Json& backbone) {
  const fs::path folder = tiny_project(name);
  write_backbone(folder / "model", backbone);
  Json config = tiny_config({pair_source()}, 12);
  config["train"]["save_every"] = 6;
  config["train"]["keep_last"] = 10;
  write_file(folder / "config.json", config.dump());
  return folder;
}

std::vector<double> scores_of(const fs::path& folder, const std::string& model) {
  const Outcome outcome = run_laurel("score " + model + " held_out.jsonl - --device cpu", folder);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  write_file(folder / "scored.jsonl", outcome.out);
  std::vector<double> scores;
  for (const Json& row : lines_of(folder / "scored.jsonl")) {
    scores.push_back(row["chosen_reward"]);
    scores.push_back(row["rejected_reward"]);
  }
  return scores;
}

void expect_trains_resumes_and_exports(const fs::path& folder) {
  const Outcome outcome = train(folder);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("layers behind the pooling ("));
  EXPECT_THAT(outcome.err, HasSubstr("reward head: new, initialised from seed 1"));
  const std::vector<Json> steps = lines_of(folder / "run/metrics.jsonl", "step");
  ASSERT_EQ(steps.size(), 12u);
  EXPECT_LT(steps.back()["loss"].get<double>(), steps.front()["loss"].get<double>());

  const std::string expected = weights(folder / "run/final");
  fs::remove_all(folder / "run/final");
  fs::remove_all(folder / "run/checkpoints/step-00000012");
  const Outcome again = train(folder, "--set run.resume=auto");
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_THAT(again.err, HasSubstr("starts at step 6"));
  EXPECT_EQ(weights(folder / "run/final"), expected);

  const Outcome exported = run_laurel("export run out", folder);
  ASSERT_EQ(exported.code, 0) << exported.err;
  EXPECT_EQ(scores_of(folder, "out"), scores_of(folder, "run"));
  const Outcome evaluated = run_laurel("eval run held_out.jsonl --device cpu", folder);
  EXPECT_EQ(evaluated.code, 0) << evaluated.err;
}

TEST(EncoderRun, OfABertTrainsResumesAndExports) {
  const fs::path folder = encoder_project("encoder_bert", tiny_bert());
  const Outcome check = run_laurel("check config.json", folder);
  EXPECT_EQ(check.code, 0) << check.err;
  EXPECT_THAT(check.err,
              HasSubstr("an encoder: a text is read at its first token, every token sees "
                        "the whole of it, so prompts are not shared"));
  EXPECT_THAT(check.err,
              HasSubstr("dropout is not applied (model.dropout); transformers' Trainer would train "
                        "with 0.1, as config.json says"));
  expect_trains_resumes_and_exports(folder);
  EXPECT_THAT(read_file(folder / "out/README.md"),
              HasSubstr("read at the first token of the text"));
  EXPECT_EQ(Json::parse(read_file(folder / "out/reward_config.json"))["pooling"], "first");
}

TEST(EncoderRun, OfAModernBertTrainsResumesAndExports) {
  const fs::path folder = encoder_project("encoder_modernbert", kModernBert);
  const Outcome check = run_laurel("check config.json", folder);
  EXPECT_THAT(check.err, HasSubstr("an encoder: a text is read as the mean of its tokens"));
  EXPECT_THAT(check.err, testing::Not(HasSubstr("dropout")));
  expect_trains_resumes_and_exports(folder);
  EXPECT_THAT(read_file(folder / "out/README.md"),
              HasSubstr("read as the mean of all tokens of the text"));
}

TEST(EncoderRun, ReadsPairsOfTextsWhereItHasNoChatTemplate) {
  const fs::path folder = tiny_project("encoder_pairs");
  fs::remove_all(folder / "model");
  fs::copy(fs::path(LAUREL_SOURCE_DIR) / "tests/golden/text/pairs/cls", folder / "model");
  write_backbone(folder / "model", tiny_bert());
  Json source = pair_source();
  source.erase("text");
  write_file(folder / "config.json", tiny_config({source}, 2).dump());
  const Outcome check = run_laurel("check config.json", folder);
  ASSERT_EQ(check.code, 0) << check.err;
  EXPECT_THAT(check.err, HasSubstr("source pairs: rows are strings, so their text rule is pair"));
  EXPECT_THAT(check.out, HasSubstr("[CLS] [pooled here] "));
  const Outcome chat = run_laurel("check config.json --set sources.pairs.text=chat", folder);
  EXPECT_EQ(chat.code, 2);
  EXPECT_THAT(chat.err,
              HasSubstr("source pairs: text: found \"chat\", but the model's folder has no "
                        "chat template; set it to \"pair\""));
  const Outcome outcome = train(folder);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(Json::parse(read_file(folder / "run/export/reward_config.json"))["text"], "pair");
  EXPECT_THAT(read_file(folder / "run/export/README.md"),
              HasSubstr("tokenizer([prompt], [response], return_tensors=\"pt\")"));
  EXPECT_EQ(scores_of(folder, "run/export"), scores_of(folder, "run --text pair"));
  EXPECT_NE(scores_of(folder, "run/export"), scores_of(folder, "run --text plain"));
}

TEST(EncoderRun, RefusesRowsThatArePositionsOrSegmentsTooMany) {
  const fs::path folder = encoder_project("encoder_refused", tiny_bert());
  const Outcome length = run_laurel("check config.json --set model.max_length=300", folder);
  EXPECT_EQ(length.code, 2);
  EXPECT_THAT(length.err, HasSubstr("model.max_length: found 300, expected at most 256, the "
                                    "positions of the backbone, which are learned"));
  write_lines(folder / "steps.jsonl",
              {{{"prompt", "p"}, {"completions", {"a", "b"}}, {"labels", {1, 0}}}});
  Json source = rating_source();
  source["format"] = "segments";
  source["train"] = {"steps.jsonl"};
  write_file(folder / "config.json", tiny_config({source}, 2).dump());
  const Outcome segments = run_laurel("check config.json", folder);
  EXPECT_EQ(segments.code, 2);
  EXPECT_THAT(segments.err,
              HasSubstr("source ratings: found format segments, but the backbone reads a text once "
                        "(pooling first), expected one label of the whole answer"));
}

}  // namespace
}  // namespace laurel::encoder_test
