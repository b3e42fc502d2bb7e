// What the program says and returns when something is wrong, and its help.
#include <gmock/gmock.h>

#include "core/files.h"
#include "end_to_end/program.h"

namespace laurel::errors_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

namespace fs = std::filesystem;

struct Mistake {
  std::string arguments;
  int code;
  std::string message;
};

TEST(Program, CommandLineMistakesAreNamed) {
  const fs::path folder = tiny_project("mistakes");
  write_file(folder / "config.json", tiny_config({pair_source()}, 1).dump());
  const std::vector<Mistake> mistakes = {
      {"trian config.json", 2,
       "error: unknown command \"trian\"; did you mean train?; see laurel --help"},
      {"frobnicate", 2, "error: unknown command \"frobnicate\"; see laurel --help"},
      {"train", 2,
       "error: found 0 arguments, expected: laurel train CONFIG; see laurel train --help"},
      {"train a b", 2, "error: found 2 arguments, expected: laurel train CONFIG"},
      {"train config.json --st a=1", 2,
       "error: unknown option --st; did you mean --set?; options of the config are set with --set "
       "PATH=VALUE; see laurel train --help"},
      {"train config.json --lr 1", 2,
       "error: unknown option --lr; options of the config are set with --set PATH=VALUE; see laurel "
       "train --help"},
      {"train config.json --set", 2,
       "error: --set: found no value, expected one; see laurel train"},
      {"train config.json --set --overwrite", 2, "error: --set: found no value, expected one"},
      {"train config.json --overwrite=yes", 2,
       "error: --overwrite: found the value \"yes\", expected none; see laurel train --help"},
      {"eval model ratings.jsonl --threads two", 2,
       "error: --threads: found \"two\", expected a whole number; see laurel eval --help"},
      {"describe train.lrr", 2, "error: found no option \"train.lrr\"; did you mean \"train.lr\"?"},
      {"train nothing.json", 2, "error: nothing.json: no such file"},
      {"train config.json --set train.stpes=1", 2,
       "train.stpes: unknown option; did you mean \"steps\"?"},
      {"train config.json --set model.path=nowhere/at/all", 4,
       "/nowhere/at/all: no such folder; it was given relative to the current directory, as of --set; "
       "a model of the Hub cache is named ORGANISATION/NAME"},
      {"train config.json --set sources.pairs.train='[\"no.jsonl\"]'", 3,
       "no.jsonl: no such file; it was given relative to the current directory, as of --set"},
      {"train config.json --set sources.pairs.train=no.jsonl", 3, "/no.jsonl: no such file"},
      {"train config.json --set sources.pairs.text=chat --set model.max_length=4", 3, "over"},
      {"train config.json --set sources.pairs.train='[\"*.none\"]'", 3,
       "*.none: found no file that matches, expected at least one"},
      {"eval model rows.csv", 3, "rows.csv: no such file"},
      {"eval model", 2, "error: found 1 argument, expected: laurel eval MODEL DATA..."},
      {"eval model ratings.jsonl --format wide", 2,
       "--format: found \"wide\", expected one of: pairwise, pointwise"},
      {"score model ratings.jsonl out --threads 0", 2, "--threads: found 0, expected 1 to 1024"},
      {"score model ratings.jsonl out --device gpu", 2,
       "--device: found \"gpu\", expected one of: auto, cpu, cuda"},
      {"train config.json --set run.device=cuda", 2,
       "run.device: found cuda, which cannot be used ("},
      {"eval model ratings.jsonl --device cuda", 2, "--device: found cuda, which cannot be used ("},
      {"export model out --dtype int8", 2,
       "--dtype: found \"int8\", expected one of: fp32, bf16, fp16"},
  };
  for (const Mistake& mistake : mistakes) {
    const Outcome outcome = run_laurel(mistake.arguments, folder);
    EXPECT_EQ(outcome.code, mistake.code) << mistake.arguments << "\n" << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(mistake.message)) << mistake.arguments;
    EXPECT_FALSE(fs::exists(folder / "run")) << mistake.arguments;
  }
}

TEST(Program, MissingInputsAndProblemsOfTheConfigAreReportedTogether) {
  const fs::path folder = tiny_project("missing_inputs");
  write_file(folder / "config.json", tiny_config({pair_source()}, 1).dump());
  const std::string missing =
      " --set model.path=no/model/here --set sources.pairs.train=no.jsonl --set "
      "'sources.pairs.eval=[\"none.jsonl\", \"held_out.jsonl\"]'";
  const Outcome inputs = run_laurel("check config.json" + missing, folder);
  EXPECT_EQ(inputs.code, 4) << inputs.err;  // as a missing model alone
  EXPECT_THAT(
      inputs.err,
      AllOf(HasSubstr("config.json: 3 inputs are missing\n  model.path: "),
            HasSubstr("/no/model/here: no such folder; it was given relative to the current "
                      "directory, as of --set; a model of the Hub cache is named "
                      "ORGANISATION/NAME\n  sources.pairs.train: "),
            HasSubstr("/no.jsonl: no such file; "), HasSubstr("\n  sources.pairs.eval: "),
            HasSubstr("/none.jsonl: no such file")));
  const Outcome all =
      run_laurel("check config.json --set train.stpes=1 --set train.lr=-1" + missing, folder);
  EXPECT_EQ(all.code, 2) << all.err;
  EXPECT_THAT(all.err, AllOf(HasSubstr("5 problems"), HasSubstr("did you mean \"steps\""),
                             HasSubstr("train.lr: found -1"), HasSubstr("/no/model/here: no such"),
                             HasSubstr("/no.jsonl: no such file"), HasSubstr("/none.jsonl: no")));
}

TEST(Program, HelpAndVersionGoToStandardOutput) {
  const fs::path folder = scratch_folder("help");
  EXPECT_THAT(run_laurel("--help", folder).out, HasSubstr("train a reward model"));
  const Outcome no_command = run_laurel("", folder);
  EXPECT_EQ(no_command.code, 2);
  EXPECT_EQ(no_command.out, run_laurel("--help", folder).out);
  const std::string train_help = run_laurel("train --help", folder).out;
  EXPECT_THAT(train_help, HasSubstr("--set"));
  EXPECT_EQ(run_laurel("help", folder).out, run_laurel("--help", folder).out);
  EXPECT_EQ(run_laurel("help train", folder).out, train_help);
  for (const char* command : {"train", "check", "eval", "score", "export", "describe"}) {
    EXPECT_THAT(run_laurel(std::string(command) + " --help", folder).out,
                HasSubstr(std::string("\nExample:\n  laurel ") + command));
  }
  EXPECT_EQ(
      run_laurel("describe train.max_grad_norm", folder).out,
      "train.max_grad_norm\nnumber, at least 0; default `1.0`\nClip the global gradient norm to "
      "this; 0 disables.\n");
  const Outcome version = run_laurel("--version", folder);
  EXPECT_EQ(version.code, 0);
  EXPECT_THAT(version.out, StartsWith("laurel "));
  EXPECT_THAT(version.out, HasSubstr("LibTorch 2."));
  EXPECT_THAT(run_laurel("describe", folder).out, StartsWith("# Options"));
}

TEST(Program, AMalformedRowIsNamedWithFileAndLine) {
  const fs::path folder = tiny_project("bad_row");
  std::vector<Json> pairs = tiny_pairs(24);
  pairs[4].erase("rejected");
  write_lines(folder / "pairs.jsonl", pairs);
  write_file(folder / "config.json", tiny_config({pair_source()}, 1).dump());
  const Outcome outcome = run_laurel("check config.json", folder);
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("pairs.jsonl:5: "));
  EXPECT_THAT(outcome.err, HasSubstr("rejected"));
  const Outcome skipped = run_laurel("check config.json --set data.bad_rows=1", folder);
  EXPECT_EQ(skipped.code, 0) << skipped.err;
  EXPECT_THAT(skipped.err, HasSubstr("skipped 1 malformed row, the first:\n"));
}

TEST(Program, ModelPathsAreRelativeToTheConfig) {
  const fs::path folder = tiny_project("model_elsewhere");
  fs::create_directories(folder / "configs");
  fs::create_directories(folder / "models");
  fs::rename(folder / "model", folder / "models/tiny");
  for (const char* rows : {"pairs.jsonl", "held_out.jsonl"})
    fs::copy_file(folder / rows, folder / "configs" / rows);
  Json config = tiny_config({pair_source()}, 1);
  config["model"]["path"] = "models/tiny";
  write_file(folder / "configs/a.json", config.dump());
  const Outcome outcome = run_laurel("check configs/a.json", folder);
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("a path in a config is relative to the config file's folder"));
}

TEST(Program, AFileOfMalformedRowsAloneOffersNoSkipping) {
  const fs::path folder = tiny_project("all_bad");
  write_file(folder / "pairs.jsonl", "{\"margin\": NaN}\n{\"margin\": NaN}\n");
  write_file(folder / "config.json", tiny_config({pair_source()}, 1).dump());
  const Outcome outcome = train(folder);
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("pairs.jsonl:1: found NaN, which JSON does not have"));
  EXPECT_THAT(outcome.err, HasSubstr("; the first 2 rows are all malformed: the source's format, "
                                     "fields or text may not be theirs\n"));
  EXPECT_THAT(outcome.err, testing::Not(HasSubstr("bad_rows")));
}

TEST(Program, CheckRepeatsItsOptionsInItsLastLine) {
  const fs::path folder = tiny_project("repeats");
  write_file(folder / "config.json", tiny_config({pair_source()}, 1).dump());
  const Outcome outcome = run_laurel(
      "check config.json --set train.lr=2e-5 --set sources.pairs.loss='{\"type\": \"focal\"}'",
      folder);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out,
              testing::EndsWith("train with: laurel train config.json --set train.lr=2e-5 --set "
                                "'sources.pairs.loss={\"type\": \"focal\"}'\n"));
}

TEST(Program, AMarginForALossWithoutMarginIsRefused) {
  const fs::path folder = tiny_project("margin");
  std::vector<Json> pairs = tiny_pairs(24);
  pairs[2]["margin"] = 0.5;
  write_lines(folder / "pairs.jsonl", pairs);
  Json config = tiny_config({pair_source()}, 1);
  write_file(folder / "config.json", config.dump());
  EXPECT_EQ(run_laurel("check config.json", folder).code, 0);
  const Outcome outcome =
      run_laurel("check config.json --set sources.pairs.loss='{\"type\": \"hinge\"}'", folder);
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err,
              HasSubstr("pairs.jsonl:3: found a \"margin\", which the loss hinge does not use"));
}

TEST(Program, CheckReportsThePlanAndThePooledToken) {
  const fs::path folder = tiny_project("check");
  write_file(folder / "config.json", tiny_config({pair_source(), rating_source()}, 5).dump());
  const Outcome outcome = run_laurel("check config.json", folder);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("run: 5 steps of 4 groups, 0.5 epochs (20 of 40 groups)"));
  EXPECT_THAT(outcome.out, HasSubstr("[pooled here]"));
  EXPECT_THAT(outcome.out, testing::ContainsRegex(
                               "memory: about [0-9.]+ [KM]iB, of them [0-9.]+ [KM]iB weights, "
                               "gradients and moments, [0-9.]+ [KM]iB that the program and its "
                               "tokenizer hold already; recompute: none"));
  EXPECT_THAT(outcome.err, HasSubstr("device: CPU ("));
  EXPECT_FALSE(fs::exists(folder / "run"));
}

}  // namespace
}  // namespace laurel::errors_test
