// The recipes in configs/recipes are configs that train: two steps of each on a tiny model.
#include <gmock/gmock.h>

#include <map>

#include "core/files.h"
#include "core/str.h"
#include "end_to_end/program.h"

namespace laurel::recipes_test {
namespace {

namespace fs = std::filesystem;

fs::path project_root() { return fs::path(LAUREL_SOURCE_DIR); }

// What is set in place of a recipe's own: files of the project's examples, by source.
const std::map<std::string, std::string> kFiles = {
    {"pairs", "pairs_train.jsonl pairs_eval.jsonl"},
    {"ratings", "ratings_attributes.jsonl ratings_attributes.jsonl"},
    {"steps", "segments_train.jsonl segments_eval.jsonl"}};

std::string files_of(const std::string& source) {
  const std::string& both = kFiles.at(source);
  const size_t space = both.find(' ');
  const auto option = [&](const char* part, const std::string& file) {
    return str(" --set 'sources.", source, ".", part, "=[\"", project_root() / "data" / file,
               "\"]'");
  };
  return option("train", both.substr(0, space)) + option("eval", both.substr(space + 1));
}

std::string tiny_options(const std::string& recipe) {
  std::string options =
      " --set model.path=model --set model.max_length=96 --set train.steps=2 --set train.epochs=null "
      "--set train.batch_size=4 --set train.precision=fp32 --set run.folder=run";
  if (recipe == "attributes_then_pairs") {  // the examples have two attributes
    options +=
        " --set 'sources.ratings.attributes=[\"helpfulness\",\"verbosity\"]' --set "
        "'sources.pairs.reward_weights={\"helpfulness\":0.7,\"verbosity\":-0.4}'" +
        files_of("ratings") + files_of("pairs");
  } else {
    options += files_of(recipe == "proof_steps" ? "steps" : "pairs");
  }
  return options;
}

class Recipe : public testing::TestWithParam<std::string> {};

TEST_P(Recipe, TrainsTwoStepsOfATinyModel) {
  const std::string recipe = GetParam();
  const fs::path folder = tiny_project("recipe_" + recipe);
  if (recipe == "encoder" || recipe == "few_responses") make_tiny_encoder(folder / "model");
  const Outcome outcome = run_laurel(str("train '", project_root() / "configs/recipes", "/", recipe,
                                         ".json'", tiny_options(recipe)),
                                     folder);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(lines_of(folder / "run/metrics.jsonl", "step").size(), 2u);
  EXPECT_TRUE(fs::exists(folder / "run/export/model.safetensors"));
}

INSTANTIATE_TEST_SUITE_P(Files, Recipe,
                         testing::Values("attributes_then_pairs", "encoder", "few_responses",
                                         "lora_8b", "proof_steps", "whole_1b", "whole_8b"),
                         [](const auto& info) { return info.param; });

TEST(Recipes, EachFileIsTried) {
  size_t files = 0;
  for (const auto& entry : fs::directory_iterator(project_root() / "configs/recipes")) {
    files += entry.path().extension() == ".json";
  }
  EXPECT_EQ(files, 7u);
}

}  // namespace
}  // namespace laurel::recipes_test
