// score over several files, folders and splits: one output, in the order of the inputs.
#include <gmock/gmock.h>

#include "core/files.h"
#include "end_to_end/program.h"

namespace laurel::score_files_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

namespace fs = std::filesystem;

fs::path project(const std::string& name) {
  const fs::path folder = scratch_folder(name);
  make_tiny_model(folder / "classifier", "blocks", true);
  fs::create_directories(folder / "hub/data");
  write_file(folder / "a.jsonl", "{\"prompt\": \"p\", \"response\": \"1\"}\n");
  write_file(folder / "hub/data/train-00000-of-00001.csv", "prompt,response\np,2\n\"p, q\",3\n");
  write_file(folder / "hub/data/test-00000-of-00001.csv", "prompt,response\np,4\n");
  return folder;
}

std::vector<std::string> responses(const fs::path& file) {
  std::vector<std::string> found;
  for (const Json& row : lines_of(file)) {
    EXPECT_TRUE(row.at("reward").is_number());
    found.push_back(row.at("response"));
  }
  return found;
}

TEST(ScoreFiles, AFileOfRowsIsNotWrittenOverButAnEarlierOutputIs) {
  const fs::path folder = tiny_project("score_over_rows");
  write_file(folder / "config.json", tiny_config({pair_source()}, 1).dump());
  ASSERT_EQ(train(folder).code, 0);
  const std::string rows = read_file(folder / "held_out.jsonl");
  const Outcome over = run_laurel("score run pairs.jsonl held_out.jsonl", folder);
  EXPECT_EQ(over.code, 2);
  EXPECT_THAT(over.err, testing::HasSubstr("OUTPUT: found held_out.jsonl, which exists, and whose "
                                           "rows have no rewards"));
  EXPECT_EQ(read_file(folder / "held_out.jsonl"), rows);
  ASSERT_EQ(run_laurel("score run pairs.jsonl out.jsonl", folder).code, 0);
  EXPECT_EQ(run_laurel("score run pairs.jsonl out.jsonl", folder).code, 0);
}

TEST(ScoreFiles, RowsOfAllInputsComeInTheirOrder) {
  const fs::path folder = project("score_files");
  const Outcome outcome = run_laurel(
      "score classifier hub/data/test* a.jsonl hub/data/train* out.jsonl --device cpu --text plain",
      folder);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(responses(folder / "out.jsonl"), ElementsAre("4", "1", "2", "3"));
}

TEST(ScoreFiles, ASplitOfAFolderIsScored) {
  const fs::path folder = project("score_split");
  const Outcome both = run_laurel("score classifier hub out.jsonl --device cpu", folder);
  EXPECT_EQ(both.code, 3);
  EXPECT_THAT(both.err, HasSubstr("expected those of one; set --split to one of them"));
  const Outcome outcome =
      run_laurel("score classifier hub out.jsonl --split train --device cpu --text plain", folder);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(responses(folder / "out.jsonl"), ElementsAre("2", "3"));
}

TEST(ScoreFiles, AForgottenOutputDoesNotCostAnInput) {
  const fs::path folder = project("score_forgotten");
  write_file(folder / "b.jsonl", "{\"prompt\": \"p\", \"response\": \"5\"}\n");
  const Outcome outcome = run_laurel(
      "score classifier a.jsonl hub/data/train-00000-of-00001.csv b.jsonl --device cpu", folder);
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("OUTPUT: found b.jsonl, which exists, after 2 inputs"));
  EXPECT_EQ(lines_of(folder / "b.jsonl").size(), 1u);
}

TEST(ScoreFiles, AMissingInputIsSaidBeforeAnythingIsScored) {
  const fs::path folder = project("score_missing");
  const Outcome outcome =
      run_laurel("score classifier a.jsonl nowhere.csv out.jsonl --device cpu", folder);
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("nowhere.csv: no such file"));
  EXPECT_FALSE(fs::exists(folder / "out.jsonl"));
}

}  // namespace
}  // namespace laurel::score_files_test
