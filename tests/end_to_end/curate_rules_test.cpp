// laurel curate: duplicates and decontamination, and what rules for labels do not touch or refuse.
#include <gmock/gmock.h>

#include "core/files.h"
#include "core/str.h"
#include "end_to_end/program.h"

namespace laurel::curate_rules_test {
namespace {

using testing::HasSubstr;

namespace fs = std::filesystem;

constexpr int kRows = 240;

fs::path project(const std::string& name, const Json& curation) {
  const fs::path folder = tiny_project(name);
  std::vector<Json> rows = tiny_pairs(kRows);
  for (int i = 0; i < kRows; ++i) rows[i]["id"] = i;
  write_lines(folder / "pairs.jsonl", rows);
  Json config = tiny_config({pair_source()}, 2);
  config["sources"][0].erase("eval");
  config["curation"] = curation;
  write_file(folder / "config.json", config.dump());
  return folder;
}

// The same with some pairs turned round: of three in each topic.
fs::path noisy_project(const std::string& name, const Json& curation) {
  fs::path folder = project(name, curation);
  std::vector<Json> rows = lines_of(folder / "pairs.jsonl");
  for (int i = 0; i < kRows; ++i) {
    if (i / 8 % 10 == 3) std::swap(rows[i]["chosen"], rows[i]["rejected"]);
  }
  write_lines(folder / "pairs.jsonl", rows);
  return folder;
}

std::vector<Json> fates_in(const fs::path& out) { return lines_of(out / "rows.jsonl"); }

TEST(CurateRules, DuplicatesAreDroppedAndContradictionsAreNot) {
  const fs::path folder = project("curate_duplicates", {{"duplicates", "exact"}});
  std::vector<Json> rows = tiny_pairs(6);
  rows.push_back(rows[2]);
  rows.push_back(rows[4]);
  std::swap(rows.back()["chosen"], rows.back()["rejected"]);
  write_lines(folder / "pairs.jsonl", rows);
  const Outcome run = run_laurel("curate config.json out", folder);
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("pairs: 8 rows: 1 dropped: duplicates, 7 kept"));
  const std::vector<Json> fates = fates_in(folder / "out");
  EXPECT_EQ(fates[6]["fate"], "dropped");
  EXPECT_THAT(fates[6]["of"].get<std::string>(), HasSubstr("pairs.jsonl:3"));
  EXPECT_EQ(fates[7]["fate"], "kept");
  EXPECT_THAT(fates[7]["contradicts"].get<std::string>(), HasSubstr("pairs.jsonl:5"));
}

TEST(CurateRules, PromptsOfABenchmarkAreDropped) {
  const fs::path folder =
      project("curate_benchmark", {{"decontaminate", {{"against", {"bench.jsonl"}}}}});
  const Json taken = lines_of(folder / "pairs.jsonl")[7];
  write_lines(folder / "bench.jsonl", {{{"question", taken["prompt"]}, {"answer", 1}}});
  const Outcome run = run_laurel("curate config.json out", folder);
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("decontaminate: bench: 1 row\n"));
  const Json fate = fates_in(folder / "out")[7];
  EXPECT_EQ(fate["fate"], "dropped");
  EXPECT_EQ(fate["rule"], "decontaminate");
  EXPECT_EQ(fate["benchmark"], "bench");
}

TEST(CurateRules, RowsOfABenchmarkWithoutAPromptAreCounted) {
  const fs::path folder =
      project("curate_no_prompt", {{"decontaminate", {{"against", {"bench.jsonl"}}}}});
  const Json taken = lines_of(folder / "pairs.jsonl")[7];
  write_lines(folder / "bench.jsonl", {{{"prompt", ""}, {"question", nullptr}},
                                       {{"prompt", ""}, {"question", taken["prompt"]}}});
  const Outcome run = run_laurel("curate config.json out", folder);
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("decontaminate: bench: 1 row\n"));
  EXPECT_THAT(run.err, HasSubstr("bench.jsonl: found 1 of 2 rows without text in the fields of a "
                                 "prompt (first: "));
}

TEST(CurateRules, AShortPromptOfABenchmarkIsFoundBehindASystemMessage) {
  const fs::path folder =
      project("curate_system", {{"decontaminate", {{"against", {"bench.jsonl"}}}}});
  Json row = lines_of(folder / "pairs.jsonl")[7];
  row["prompt"] = {{{"role", "system"}, {"content", "You are a helpful assistant."}},
                   {{"role", "user"}, {"content", "Name three rivers in southern France please"}}};
  write_lines(folder / "pairs.jsonl", {row, tiny_pairs(1)[0]});
  write_lines(folder / "bench.jsonl",
              {{{"prompt", "Name three rivers in southern France, please!"}}});
  const Outcome run = run_laurel("curate config.json out", folder);
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("decontaminate: bench: 1 row\n"));
  EXPECT_EQ(fates_in(folder / "out")[0]["rule"], "decontaminate");
}

TEST(CurateRules, BenchmarksOfOneNameAreToldByTheirFolders) {
  const fs::path folder = project(
      "curate_benchmark_names",
      {{"decontaminate", {{"against", {"arc.easy.jsonl", "gsm/test.jsonl", "mmlu/test.jsonl"}}}}});
  const std::vector<Json> rows = lines_of(folder / "pairs.jsonl");
  for (const char* name : {"gsm", "mmlu"}) fs::create_directory(folder / name);
  write_lines(folder / "gsm/test.jsonl", {{{"question", rows[1]["prompt"]}}});
  write_lines(folder / "mmlu/test.jsonl",
              {{{"question", "What is the name of that river there?"}}});
  write_lines(folder / "arc.easy.jsonl", {{{"question", "Who wrote the long book of the sea?"}}});
  const Outcome run = run_laurel("curate config.json out", folder);
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("decontaminate: arc.easy: 0 rows\ndecontaminate: gsm/test: 1 row\n"
                                 "decontaminate: mmlu/test: 0 rows\n"));
}

TEST(CurateRules, TextOfTheTemplateIsNoBenchmarks) {
  const std::string system =
      "You are a helpful assistant that answers every question as briefly as it possibly can.";
  const fs::path folder =
      project("curate_template", {{"decontaminate", {{"against", {"bench.jsonl"}}}}});
  const auto question = [&](const char* text) {
    return Json::array(
        {{{"role", "system"}, {"content", system}}, {{"role", "user"}, {"content", text}}});
  };
  Json row = lines_of(folder / "pairs.jsonl")[7];
  row["prompt"] = question("What is love?");
  write_lines(folder / "pairs.jsonl", {row, tiny_pairs(1)[0]});
  write_lines(folder / "bench.jsonl", {{{"messages", question("Who wrote Faust?")}}});
  const Outcome contaminated = run_laurel("curate config.json a", folder);
  ASSERT_EQ(contaminated.code, 0) << contaminated.err;
  EXPECT_THAT(contaminated.out, HasSubstr("decontaminate: bench: 1 row\n"));
  Json config = Json::parse(read_file(folder / "config.json"));
  config["model"]["chat_template"] =
      "{{ '" + system + "\\n' }}{% for m in messages %}{{ m['content'] }}{% endfor %}";
  write_file(folder / "config.json", config.dump());
  const Outcome clean = run_laurel("curate config.json b", folder);
  ASSERT_EQ(clean.code, 0) << clean.err;
  EXPECT_THAT(clean.out, HasSubstr("decontaminate: bench: 0 rows\n"));
  EXPECT_THAT(clean.out, HasSubstr("ignored as common text"));
}

TEST(CurateRules, RowsThatTheFilterDropsAreInTheTable) {
  const fs::path folder = project("curate_filter", {{"duplicates", "exact"}});
  const Outcome run =
      run_laurel("curate config.json out --set sources.pairs.filter='id < 100'", folder);
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("pairs: 240 rows: 140 filtered, 100 kept"));
  const std::vector<Json> fates = fates_in(folder / "out");
  ASSERT_EQ(fates.size(), size_t{kRows});
  EXPECT_EQ(fates[99]["fate"], "kept");
  EXPECT_EQ(fates[100]["fate"], "filtered");
  EXPECT_EQ(lines_of(folder / "out/pairs.train.jsonl").size(), 100u);
}

TEST(CurateRules, AFilterOverLabelsThatChangeNeedsEvalFilesOfItsOwn) {
  const fs::path folder = noisy_project("curate_filter_labels", {{"folds", 3}});
  const std::string filter =
      " --set sources.pairs.filter='chosen != \"\"' --set sources.pairs.eval='[\"held_out.jsonl\"]'";
  const Outcome run = run_laurel("curate config.json out" + filter, folder);
  EXPECT_EQ(run.code, 2);
  EXPECT_THAT(run.err, HasSubstr("sources.pairs.filter: found \"chosen\", which curation changes, "
                                 "together with eval files"));
}

TEST(CurateRules, CovariatesOfTheResponseAloneMayBeTurnedRound) {
  const fs::path folder = noisy_project("curate_covariates", {{"folds", 3}});
  const std::string covariate = " --set sources.pairs.covariates.n=";
  const Outcome flips =
      run_laurel("curate config.json a" + covariate + "'response | length'", folder);
  EXPECT_EQ(flips.code, 0) << flips.err;
  const Outcome drops =
      run_laurel("curate config.json b --set curation.flip=null" + covariate + "index", folder);
  EXPECT_EQ(drops.code, 0) << drops.err;
}

TEST(CurateRules, TiesAndUncertainLabelsAreNotJudged) {
  const fs::path folder = noisy_project("curate_ties", {{"folds", 3}});
  std::vector<Json> rows = lines_of(folder / "pairs.jsonl");
  rows[0]["tie"] = true;
  rows[1]["preference"] = 0.7;
  write_lines(folder / "pairs.jsonl", rows);
  const Outcome run = run_laurel("curate config.json out", folder);
  ASSERT_EQ(run.code, 0) << run.err;
  const std::vector<Json> fates = fates_in(folder / "out");
  for (const int row : {0, 1}) {
    EXPECT_EQ(fates[row]["fate"], "kept");
    EXPECT_EQ(fates[row]["not_judged"], "a tie or an uncertain label");
  }
}

}  // namespace
}  // namespace laurel::curate_rules_test
