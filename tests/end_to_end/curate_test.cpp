// laurel curate: what it writes, what it leaves alone, and what it refuses.
#include <gmock/gmock.h>

#include <map>

#include "core/files.h"
#include "core/str.h"
#include "end_to_end/program.h"

namespace laurel::curate_test {
namespace {

using testing::HasSubstr;

namespace fs = std::filesystem;

constexpr int kRows = 240;

// Every tenth row of each of the eight topics of tiny_pairs: noise that does not depend on the text.
bool is_planted(int row) { return row / 8 % 10 == 3; }

// A project whose pairs.jsonl has a tenth of its pairs turned round.
fs::path noisy_project(const std::string& name, const Json& curation) {
  const fs::path folder = tiny_project(name);
  std::vector<Json> rows = tiny_pairs(kRows);
  for (int i = 0; i < kRows; ++i) {
    rows[i]["id"] = i;
    if (is_planted(i)) std::swap(rows[i]["chosen"], rows[i]["rejected"]);
  }
  write_lines(folder / "pairs.jsonl", rows);
  Json config = tiny_config({pair_source()}, 2);
  config["sources"][0].erase("eval");
  config["curation"] = curation;
  write_file(folder / "config.json", config.dump());
  return folder;
}

std::vector<Json> fates_in(const fs::path& out) { return lines_of(out / "rows.jsonl"); }

TEST(Curate, FoldsTurnPlantedFlipsBack) {
  const fs::path folder = noisy_project("curate_folds", {{"folds", 3}});
  const Outcome run = run_laurel("curate config.json out", folder);
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("the model disagrees with 10.0 % of the labels"));
  const Json noise = Json::parse(read_file(folder / "out/curation.json"))["noise"][0];
  EXPECT_NEAR(noise["noise"].get<double>(), 0.1, 0.02);
  EXPECT_LT(noise["noise_low"].get<double>(), 0.1);
  EXPECT_GT(noise["noise_high"].get<double>(), 0.1);
  const std::vector<Json> clean = tiny_pairs(kRows),
                          rows = lines_of(folder / "out/pairs.train.jsonl");
  const std::vector<Json> fates = fates_in(folder / "out");
  ASSERT_EQ(rows.size(), clean.size());
  ASSERT_EQ(fates.size(), clean.size());
  int flipped = 0;
  for (int i = 0; i < kRows; ++i) {
    const bool flips = fates[i]["wrong"].get<double>() >= 0.9;
    flipped += flips;
    EXPECT_EQ(fates[i]["margin"].get<double>() < 0, is_planted(i));
    EXPECT_LE(flips, is_planted(i));
    EXPECT_EQ(fates[i]["fate"] == "flipped", flips);
    EXPECT_EQ(rows[i]["chosen"] == clean[i]["chosen"], flips || !is_planted(i));
    EXPECT_EQ(rows[i]["id"], i);
    EXPECT_THAT(fates[i]["row"].get<std::string>(), HasSubstr(str("pairs.jsonl:", i + 1)));
  }
  EXPECT_GE(flipped, 22);  // of 24; margins near zero leave one or two open
  EXPECT_THAT(run.out, HasSubstr(str(flipped, " flipped: folds")));
}

TEST(Curate, RowsWithAPromptOrAResponseInCommonAreInOneFold) {
  const fs::path folder = noisy_project("curate_components", {{"folds", 3}});
  ASSERT_EQ(run_laurel("curate config.json out", folder).code, 0);
  std::map<std::string, int> fold_of;
  const std::vector<Json> fates = fates_in(folder / "out"), clean = tiny_pairs(kRows);
  for (int i = 0; i < kRows; ++i) {
    const int fold = fates[i]["fold"];
    EXPECT_GE(fold, 1);  // as the log counts them
    EXPECT_LE(fold, 3);
    EXPECT_EQ(fold_of.emplace(clean[i]["chosen"], fold).first->second, fold);
    EXPECT_EQ(fold_of.emplace(clean[i]["rejected"], fold).first->second, fold);
  }
}

TEST(Curate, RunTwiceItWritesTheSameBytesAndReadsNoFileAway) {
  const fs::path folder = noisy_project("curate_twice", {{"folds", 3}});
  const std::string before = read_file(folder / "pairs.jsonl");
  ASSERT_EQ(run_laurel("curate config.json a", folder).code, 0);
  ASSERT_EQ(run_laurel("curate config.json b", folder).code, 0);
  for (const char* const name :
       {"config.json", "curation.json", "manifest.json", "pairs.train.jsonl", "rows.jsonl"}) {
    EXPECT_EQ(read_file(folder / "a" / name), read_file(folder / "b" / name)) << name;
  }
  EXPECT_EQ(read_file(folder / "pairs.jsonl"), before);
  const Outcome again = run_laurel("curate config.json a", folder);
  EXPECT_EQ(again.code, 8);
  EXPECT_THAT(again.err, HasSubstr("a: exists and is not empty; choose another folder"));
}

TEST(Curate, ItsConfigTrainsOnWhatItWrote) {
  const fs::path folder = noisy_project("curate_train", {{"folds", 3}, {"flip", nullptr}});
  const Outcome run = run_laurel("curate config.json out", folder);
  ASSERT_EQ(run.code, 0) << run.err;
  const size_t kept = lines_of(folder / "out/pairs.train.jsonl").size();
  EXPECT_GE(kept, 216u);
  EXPECT_LE(kept, 218u);
  EXPECT_THAT(run.out,
              HasSubstr(str("pairs: 240 rows: ", 240 - kept, " dropped: folds, ", kept, " kept")));
  const Outcome trained = run_laurel("train out/config.json", folder);
  EXPECT_EQ(trained.code, 0) << trained.err;
  EXPECT_THAT(trained.err, HasSubstr(str("pairs, train: ", kept, " rows")));
}

TEST(Curate, SoftGivesTheProbabilityThatALabelIsRight) {
  const fs::path folder = noisy_project("curate_soft", {{"folds", 3}, {"soft", true}});
  const Outcome run = run_laurel("curate config.json out", folder);
  ASSERT_EQ(run.code, 0) << run.err;
  const std::vector<Json> rows = lines_of(folder / "out/pairs.train.jsonl");
  const std::vector<Json> fates = fates_in(folder / "out");
  ASSERT_EQ(rows.size(), size_t{kRows});
  for (int i = 0; i < kRows; ++i) {
    EXPECT_EQ(fates[i]["fate"], "softened");
    EXPECT_NEAR(rows[i]["preference"].get<double>(), 1 - fates[i]["wrong"].get<double>(), 1e-6);
  }
}

TEST(Curate, WhatSoftWroteIsTrainedOnWhereALabelHasAnotherName) {
  const fs::path folder = noisy_project("curate_soft_names", {{"folds", 3}, {"soft", true}});
  std::vector<Json> rows;
  for (const Json& row : lines_of(folder / "pairs.jsonl")) {
    rows.push_back({{"prompt", row["prompt"]},
                    {"response_a", row["chosen"]},
                    {"response_b", row["rejected"]},
                    {"winner", "a"}});
  }
  write_lines(folder / "pairs.jsonl", rows);
  const std::string named = " --set sources.pairs.fields.preferred=winner";
  const Outcome run = run_laurel("curate config.json out" + named, folder);
  ASSERT_EQ(run.code, 0) << run.err;
  const Json first = lines_of(folder / "out/pairs.train.jsonl")[0];
  EXPECT_TRUE(first["winner"].is_null());
  EXPECT_TRUE(first["preference"].is_number());
  const Outcome trained = run_laurel("train out/config.json", folder);
  EXPECT_EQ(trained.code, 0) << trained.err;
  const Outcome nowhere = run_laurel(
      "curate config.json other" + named + " --set sources.pairs.fields.preference=null", folder);
  EXPECT_EQ(nowhere.code, 2);
  EXPECT_THAT(nowhere.err, HasSubstr("curation.soft: found true, but fields of source pairs leaves "
                                     "\"preference\" out (null)"));
}

TEST(Curate, RowsHeldOutForEvaluationAreNotTouched) {
  const fs::path folder = noisy_project("curate_held_out", {{"folds", 3}});
  const Outcome run =
      run_laurel("curate config.json out --set sources.pairs.eval_fraction=0.25", folder);
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("60 evaluation"));
  const std::vector<Json> noisy = lines_of(folder / "pairs.jsonl");
  const std::vector<Json> held_out = lines_of(folder / "out/pairs.eval.jsonl");
  EXPECT_EQ(held_out.size(), 60u);
  for (const Json& row : held_out) EXPECT_EQ(row, noisy[row["id"].get<size_t>()]);
  const Json config = Json::parse(read_file(folder / "out/config.json"));
  EXPECT_EQ(config["sources"][0]["eval_fraction"], 0);
  EXPECT_EQ(config["sources"][0]["eval"][0], "pairs.eval.jsonl");
}

TEST(Curate, AJudgeThatLearnedFromTheFilesIsRefused) {
  const fs::path folder = noisy_project("curate_judge", {{"duplicates", "exact"}});
  ASSERT_EQ(train(folder, "--set train.steps=1").code, 0);
  const Outcome same = run_laurel("curate config.json out --judge run", folder);
  EXPECT_EQ(same.code, 2);
  EXPECT_THAT(same.err, HasSubstr("curation.judge: found "));
  EXPECT_THAT(same.err, HasSubstr("whose source pairs was trained on "));
  EXPECT_THAT(same.err, HasSubstr("(the same SHA-256); expected a model that has not learned"));
  // Another file with some of its rows.
  std::vector<Json> some = lines_of(folder / "pairs.jsonl");
  some.resize(kRows / 2);
  write_lines(folder / "some.jsonl", some);
  const Outcome part = run_laurel(
      "curate config.json out --judge run --set sources.pairs.train='[\"some.jsonl\"]'", folder);
  EXPECT_EQ(part.code, 2);
  EXPECT_THAT(part.err, HasSubstr("whose run was trained on 120 rows with the same texts"));
  EXPECT_FALSE(fs::exists(folder / "out"));
}

TEST(Curate, AJudgeThatHasNotSeenThemJudges) {
  const fs::path folder = noisy_project("curate_other_judge", {{"noise", 0.1}});
  const std::vector<Json> more = tiny_pairs(kRows + 36);
  write_lines(folder / "other.jsonl", {more.begin() + kRows, more.end()});
  ASSERT_EQ(train(folder, "--set sources.pairs.train='[\"other.jsonl\"]' --set train.steps=8").code,
            0);
  const Outcome run = run_laurel("curate config.json out --judge run", folder);
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.err, HasSubstr("was not trained on these files, by their SHA-256, nor on rows "
                                 "with the same texts"));
  EXPECT_THAT(run.out, HasSubstr("240 pairs judged: 10.0 % of their labels are wrong "
                                 "(curation.noise)"));
  for (const Json& fate : fates_in(folder / "out")) EXPECT_EQ(fate["rule"], "judge");
}

TEST(Curate, WhatTrainingLeavesOutAndWhatTheJudgeCannotReadAreToldApart) {
  const fs::path folder = noisy_project("curate_judge_lengths", {{"noise", 0.1}});
  const auto long_row = [](int words) {  // of two tokens each
    std::string prompt;
    for (int i = 0; i < words; ++i) prompt += "x ";
    return Json{{"prompt", prompt}, {"chosen", "y"}, {"rejected", "z"}};
  };
  std::vector<Json> rows = lines_of(folder / "pairs.jsonl");
  rows[0] = long_row(50);
  rows[1] = long_row(80);
  write_lines(folder / "pairs.jsonl", rows);
  const std::vector<Json> more = tiny_pairs(kRows + 36);
  write_lines(folder / "other.jsonl", {more.begin() + kRows, more.end()});
  ASSERT_EQ(train(folder, "--set sources.pairs.train='[\"other.jsonl\"]' --set train.steps=8").code,
            0);  // reads 128 tokens
  const Outcome longer =
      run_laurel("curate config.json a --judge run --set model.max_length=256", folder);
  ASSERT_EQ(longer.code, 0) << longer.err;
  EXPECT_THAT(longer.err, HasSubstr("curation.judge: found 1 pair that training uses and the judge "
                                    "cannot read, expected rows of at most 128 tokens"));
  std::vector<Json> fates = fates_in(folder / "a");
  EXPECT_EQ(fates[0]["rule"], "judge");
  EXPECT_EQ(fates[1]["fate"], "kept");
  EXPECT_EQ(fates[1]["not_judged"], "too long for the judge");
  const Outcome shorter =
      run_laurel("curate config.json b --judge run --set model.max_length=96", folder);
  ASSERT_EQ(shorter.code, 0) << shorter.err;
  fates = fates_in(folder / "b");
  for (const int row : {0, 1}) {
    EXPECT_EQ(fates[row]["fate"], "kept");
    EXPECT_EQ(fates[row]["not_judged"], "not used in training");
  }
}

struct Mistake {
  std::string arguments, message;
};

TEST(Curate, MistakesAreNamedBeforeAnythingIsWritten) {
  const fs::path folder = noisy_project("curate_mistakes", Json::object());
  const std::string ratings =
      "--set sources.pairs.format=pointwise --set sources.pairs.loss.type=squared_error "
      "--set sources.pairs.train='[\"ratings.jsonl\"]'";
  const std::vector<Mistake> mistakes = {
      {"",
       "curation: found no rule that says anything of a row, expected one or more of "
       "duplicates, decontaminate, judge, folds"},
      {"--folds 2", "curation.folds: found 2, expected"},
      {"--folds 5 --judge model", "curation.folds: found together with curation.judge"},
      {"--folds 5 --set curation.flip=0.5 --set curation.drop=0.7",
       "curation.flip: found 0.5, less than curation.drop (0.7), expected at least that"},
      {"--folds 5 --set curation.judged='[\"other\"]'",
       "curation.judged: found \"other\", expected names of sources"},
      {"--folds 5 " + ratings,
       "curation.folds: found no source of pairs that is trained on, expected one or more"},
      {"--folds 5 --set curation.judged='[\"pairs\"]' " + ratings,
       "curation.judged: found \"pairs\", a source of format pointwise, expected sources of pairs"},
      {"--folds 5 --set curation.soft=true --set sources.pairs.loss.type=margin_squared_error",
       "curation.soft: found true, but the loss margin_squared_error of source pairs takes no "
       "probabilities"},
      {"--folds 5 --set sources.pairs.loss.type=margin_squared_error",
       "curation.flip: found 0.9, but the loss margin_squared_error of source pairs needs a margin"},
      {"--folds 100", "curation.folds: found "},
      {"--folds 5 --set sources.pairs.fields.chosen='chosen ~ prompt'",
       "curation.flip: found 0.9, but source pairs makes answers or labels of its pairs by "
       "expressions (fields), expected names of fields"},
      {"--folds 5 --set sources.pairs.covariates.n='lengths[index]'",
       "curation.flip: found 0.9, but covariates.n of source pairs (\"lengths[index]\") takes "
       "numbers by `index`"},
  };
  for (const Mistake& mistake : mistakes) {
    const Outcome run = run_laurel("curate config.json out " + mistake.arguments, folder);
    EXPECT_NE(run.code, 0) << mistake.arguments;
    EXPECT_THAT(run.err, HasSubstr(mistake.message));
    EXPECT_FALSE(fs::exists(folder / "out")) << mistake.arguments;
  }
}

TEST(Curate, FewPairsThatLeaveTheNoiseOpenAreAnError) {
  const fs::path folder = noisy_project("curate_open", {{"folds", 3}});
  std::vector<Json> rows = tiny_pairs(12);
  for (int i = 0; i < 12; i += 3) std::swap(rows[i]["chosen"], rows[i]["rejected"]);
  write_lines(folder / "pairs.jsonl", rows);
  const Outcome run = run_laurel("curate config.json out", folder);
  EXPECT_EQ(run.code, 3);
  EXPECT_THAT(run.err, HasSubstr("source pairs: the margins of 12 pairs do not say how many labels "
                                 "are wrong: between "));
  EXPECT_THAT(run.err, HasSubstr("give curation.noise, use a better judge, or more pairs"));
}

}  // namespace
}  // namespace laurel::curate_test
