// A run's folder: what may be replaced, and what final/ holds.
#include "checkpoint/run_folder.h"

#include "checkpoint/export.h"
#include "core/files.h"
#include "tiny.h"

namespace laurel::test::run_folder_test {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

static const Json kConfig = {{"model", {{"path", "m"}}}};

static std::string creating(const fs::path& path, bool overwrite,
                            const std::vector<fs::path>& inputs = {}) {
  return error_of(ErrorKind::checkpoint,
                  [&] { create_run_folder(path, overwrite, kConfig, inputs); });
}

TEST(RunFolder, HoldsTheResolvedConfig) {
  const Scratch scratch;
  const RunFolder run = create_run_folder(scratch.path / "a" / "b", false, kConfig);
  EXPECT_EQ(Json::parse(read_file(run.config())), kConfig);
  EXPECT_EQ(creating(scratch.path / "a" / "c", true), "no error");
}

TEST(RunFolder, ThatIsNotEmptyIsRefused) {
  const Scratch scratch;
  create_run_folder(scratch.path, false, kConfig);
  EXPECT_THAT(
      creating(scratch.path, false),
      AllOf(HasSubstr("is not empty; choose another run.folder"), HasSubstr("--overwrite")));
  write_file(scratch.path / "file", "");
  EXPECT_THAT(creating(scratch.path / "file", true), HasSubstr("found a file, expected a folder"));
}

TEST(RunFolder, ThatHoldsNoRunIsNotOfferedToBeReplaced) {
  const Scratch scratch;
  write_file(scratch.path / "thesis.tex", "x");
  EXPECT_EQ(creating(scratch.path, false),
            scratch.path.string() +
                ": is not empty and holds no run (no laurel.json); choose another run.folder, one "
                "that is empty or does not exist yet");
}

TEST(RunFolder, IsReplacedCompletelyByOverwrite) {
  const Scratch scratch;
  const RunFolder run = create_run_folder(scratch.path, false, kConfig);
  write_file(run.metrics(), "{}");
  write_file(run.log(), "log");
  fs::create_directories(run.export_folder());
  fs::create_directories(scratch.path / "final.tmp-17");
  EXPECT_EQ(creating(scratch.path, true), "no error");
  EXPECT_EQ(contents_of(scratch.path).size(), 2u);  // laurel.json and run.json
  EXPECT_FALSE(fs::exists(run.export_folder()));
}

TEST(RunFolder, WithForeignFilesIsNeverOverwritten) {
  const Scratch scratch;
  write_file(scratch.path / "thesis.tex", "years of work");
  EXPECT_THAT(creating(scratch.path, true),
              AllOf(HasSubstr("contains files that laurel did not write (thesis.tex)"),
                    HasSubstr("--overwrite does not touch it")));
  write_file(scratch.path / "laurel.json", "{}");
  EXPECT_THAT(creating(scratch.path, true), HasSubstr("(thesis.tex)"));
  EXPECT_EQ(read_file(scratch.path / "thesis.tex"), "years of work");

  const Scratch second;
  write_file(second.path / "log.txt", "somebody's log");
  EXPECT_THAT(creating(second.path, true),
              HasSubstr("has no laurel.json, so it is not a run folder"));
  write_file(second.path / "laurel.json", "[]");
  EXPECT_THAT(creating(second.path, true), HasSubstr("its laurel.json is not a config"));
}

TEST(RunFolder, OfARunKilledBeforeWritingItsIdCanBeReused) {
  const Scratch scratch;
  EXPECT_TRUE(is_free(scratch.path));
  EXPECT_TRUE(is_free(scratch.path / "not there"));
  write_file(scratch.path / "laurel.json", "{}");
  EXPECT_FALSE(is_free(scratch.path)) << "without a lock it may be anybody's";
  write_file(scratch.path / "run.lock", "process 17 on here\n");
  write_file(scratch.path / "run.json.tmp-17-0", "{");
  EXPECT_TRUE(is_free(scratch.path));
  create_run_folder(scratch.path, false, kConfig);
  EXPECT_FALSE(is_free(scratch.path)) << "it has its id";
  EXPECT_FALSE(fs::exists(scratch.path / "run.json.tmp-17-0"));
}

TEST(RunFolder, ThatHoldsAnInputIsNotOverwritten) {
  const Scratch scratch;
  const RunFolder run = create_run_folder(scratch.path / "run", false, kConfig);
  fs::create_directories(run.final_folder());
  EXPECT_THAT(creating(run.path, true, {scratch.path / "data.jsonl", run.final_folder()}),
              HasSubstr("would be replaced, but this run reads "));
  EXPECT_TRUE(fs::exists(run.final_folder()));
  EXPECT_EQ(creating(run.path, true, {scratch.path / "run2"}), "no error");
}

TEST(RunFolder, FinalModelLoadsWithTheTrainedWeights) {
  const Scratch scratch;
  write_tiny_model(scratch.path / "model");
  LoadedModel model = load_model(open_model(from(scratch.path / "model", Head::fresh)), false);
  model.parameters.backbone.weights.mul_(1.25);
  const RunFolder run = create_run_folder(scratch.path / "run", false, kConfig);
  const PadToken pad{"<|reserved_1|>", 13, ""};
  RewardConfig reward;
  reward.text.rule = TextRule::plain;
  EXPECT_FALSE(final_facts(run));
  save_final_model(
      run,
      {.source = model.folder, .parameters = model.parameters, .pad = pad, .reward_config = reward},
      {.step = 6});
  EXPECT_EQ(final_facts(run)->step, 6);
  EXPECT_EQ(Json::parse(read_file(run.final_folder() / "run.json"))["step"], 6);
  const LoadedModel back = load_model(open_model(from(run.path)), false);
  EXPECT_TRUE(back.folder.keep_head);
  EXPECT_EQ(back.folder.pooling.rule, PoolingRule::last);
  EXPECT_EQ(back.folder.reward_config->text.rule, TextRule::plain);
  EXPECT_EQ(back.folder.reward_config->pad_id, 13);
  EXPECT_EQ(back.folder.config["pad_token_id"], 13);
  for (size_t i : {0, 1}) {
    EXPECT_TRUE(at::equal(back.parameters.buffers()[i].get().weights,
                          model.parameters.buffers()[i].get().weights));
  }
  EXPECT_EQ(open_text(back.folder).pad->id, 13);
}

TEST(RunFolder, FinalModelHoldsTheAssetsReadAtTheStart) {
  const Scratch scratch;
  write_tiny_model(scratch.path / "model");
  const LoadedModel model = load_model(open_model(from(scratch.path / "model")), false);
  const PadToken pad = choose_pad_token(model.folder, open_text(model.folder));
  const auto saved = [&](const fs::path& path) {
    const RunFolder run = create_run_folder(path, false, kConfig);
    save_final_model(run,
                     {.source = model.folder,
                      .parameters = model.parameters,
                      .pad = pad,
                      .reward_config = RewardConfig{}},
                     {.step = 1});
    return contents_of(run.final_folder());
  };
  const auto expected = saved(scratch.path / "before");
  write_file(scratch.path / "model/tokenizer.json", "cut sho");
  fs::remove(scratch.path / "model/tokenizer_config.json");
  write_file(scratch.path / "model/config.json", "{}");
  EXPECT_EQ(saved(scratch.path / "after"), expected);
}

}  // namespace laurel::test::run_folder_test
