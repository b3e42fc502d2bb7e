// What a command writes is never what it reads, whatever the names, links and descriptors.
#include <gmock/gmock.h>
#include <sys/wait.h>

#include <cstdlib>

#include "core/files.h"
#include "core/str.h"
#include "end_to_end/program.h"

namespace laurel::outputs_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

namespace fs = std::filesystem;

// A reward model in reward/, and files that are ratings.jsonl under other names.
fs::path project_with_links(const std::string& name) {
  const fs::path folder = tiny_project(name);
  make_tiny_model(folder / "reward", "marks", true);
  fs::create_hard_link(folder / "ratings.jsonl", folder / "hard.jsonl");
  fs::create_symlink("ratings.jsonl", folder / "soft.jsonl");
  fs::create_symlink("reward", folder / "link");
  fs::create_directories(folder / "rows");
  fs::copy_file(folder / "ratings.jsonl", folder / "rows" / "a.jsonl");
  return folder;
}

struct Mistake {
  std::string arguments, message;
};

// Each of these lost a file of the run that the model is of, with exit code 0.
TEST(Outputs, AreNoFilesOfTheModelsRun) {
  const fs::path folder = tiny_project("outputs_of_run");
  write_file(folder / "config.json", tiny_config({pair_source()}, 1).dump());
  ASSERT_EQ(train(folder).code, 0);
  const std::string metrics = read_file(folder / "run/metrics.jsonl");
  for (const char* output : {"metrics.jsonl", "run.json", "export/model.safetensors",
                             "checkpoints/step-00000001/training.safetensors", "final/new"}) {
    for (const std::string& arguments : {str("score run held_out.jsonl run/", output),
                                         str("eval run held_out.jsonl --json run/", output)}) {
      const Outcome outcome = run_laurel(arguments, folder);
      EXPECT_EQ(outcome.code, 2) << arguments;
      EXPECT_THAT(outcome.err, HasSubstr("nothing was written")) << arguments;
    }
  }
  EXPECT_EQ(read_file(folder / "run/metrics.jsonl"), metrics);
  EXPECT_EQ(run_laurel("score run held_out.jsonl run/scored.jsonl", folder).code, 0);
}

// Each of these was written into a run that another process may be training.
TEST(Outputs, AreInNoOtherRunsPlaces) {
  const fs::path folder = tiny_project("outputs_of_other_run");
  write_file(folder / "config.json", tiny_config({pair_source()}, 1).dump());
  ASSERT_EQ(train(folder).code, 0);
  fs::create_directories(folder / "other/final");
  write_file(folder / "other/run.lock", "");
  for (const char* output : {"other/final", "other/export", "other/checkpoints/step-00000001"}) {
    for (const std::string& arguments :
         {str("export run ", output), str("score run held_out.jsonl ", output, "/rows.jsonl")}) {
      const Outcome outcome = run_laurel(arguments, folder);
      EXPECT_EQ(outcome.code, 2) << arguments;
      EXPECT_THAT(outcome.err,
                  AllOf(HasSubstr(str("found ", output)), HasSubstr(", which only the run in "),
                        HasSubstr("other writes; expected another place; nothing was written")))
          << arguments;
    }
  }
  for (const char* output : {"other/x", "other/x/y", "run/x"}) {
    const Outcome outcome = run_laurel(str("export run ", output), folder);
    EXPECT_EQ(outcome.code, 2) << output;
    EXPECT_THAT(outcome.err, AllOf(HasSubstr(str("OUTPUT: found ", output, ", in the folder of ")),
                                   HasSubstr("expected a place outside it")));
  }
  const Outcome nested = run_laurel("train config.json --set run.folder=other/export", folder);
  EXPECT_EQ(nested.code, 2) << nested.err;
  EXPECT_THAT(nested.err, HasSubstr("run.folder: found "));
  EXPECT_EQ(run_laurel("export run apart/x", folder).code, 0);
}

// Each of these lost its input, with exit code 0.
TEST(Outputs, AreNoInputsAndLieInNoModelsFolder) {
  const fs::path folder = project_with_links("outputs");
  const std::string rows = read_file(folder / "ratings.jsonl");
  const std::string weights_before = weights(folder / "reward");
  const std::vector<Mistake> mistakes = {
      {"eval reward ratings.jsonl --json ratings.jsonl",
       "--json: found ratings.jsonl, which is the input ratings.jsonl; expected another file; "
       "nothing was written"},
      {"eval reward ratings.jsonl --json hard.jsonl", "which is the input ratings.jsonl"},
      {"eval reward soft.jsonl --json ratings.jsonl", "which is the input soft.jsonl"},
      {"eval reward rows --json rows/a.jsonl", "which is the input rows/a.jsonl"},
      {"eval reward stdout.txt --json -",
       "--json: found standard output, which is the input stdout.txt"},
      {"eval reward ratings.jsonl --json reward/model.safetensors",
       "--json: found reward/model.safetensors, in the model's folder reward; expected a place "
       "outside it"},
      {"score reward ratings.jsonl soft.jsonl",
       "OUTPUT: found soft.jsonl, which is the input ratings.jsonl"},
      {"score reward ratings.jsonl scored.CSV",
       "OUTPUT: found scored.CSV, expected a name that ends in .jsonl: rows are written as JSON "
       "lines, not compressed; nothing was written"},
      {"score reward ratings.jsonl scored.jsonl.gz", "OUTPUT: found scored.jsonl.gz, expected"},
      {"score reward - stdin.txt", "OUTPUT: found stdin.txt, which is the input standard input"},
      {"score reward stdout.txt -", "OUTPUT: found standard output, which is the input stdout.txt"},
      {"score reward ratings.jsonl link/config.json", "in the model's folder reward"},
      {"score reward ratings.jsonl reward/new/scored.jsonl", "in the model's folder reward"},
      {"export reward link/export", "OUTPUT: found link/export, in the model's folder reward"},
  };
  for (const auto& [arguments, message] : mistakes) {
    const Outcome outcome = run_laurel(arguments, folder, rows);
    EXPECT_EQ(outcome.code, 2) << arguments << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(message)) << arguments;
    EXPECT_EQ(read_file(folder / "ratings.jsonl"), rows) << arguments;
    EXPECT_EQ(read_file(folder / "rows" / "a.jsonl"), rows) << arguments;
    EXPECT_EQ(read_file(folder / "stdin.txt"), rows) << arguments;
    EXPECT_EQ(weights(folder / "reward"), weights_before) << arguments;
    EXPECT_FALSE(fs::exists(folder / "reward" / "export")) << arguments;
  }
  EXPECT_EQ(run_laurel("eval reward ratings.jsonl --json rows/new.jsonl", folder).code, 0);
}

// Told before anything is computed: these wrote nothing, or lost one of two files, after hours.
TEST(Outputs, CanBeWrittenAndAreDifferentFiles) {
  const fs::path folder = project_with_links("outputs_twice");
  const std::string eval = "eval reward ratings.jsonl ",
                    compare = "compare reward reward --data ratings.jsonl ";
  const std::vector<Mistake> mistakes = {
      {compare + "--json a.json --rows a.json",
       "--rows: found a.json, as for --json, expected another file; nothing was written"},
      {compare + "--json a.json --rows ./rows/../a.json", "as for --json, expected another file"},
      {compare + "--json - --rows -", "--rows: found standard output, as for --json"},
      {eval + "--benchmark rm-bench --json a.json --results a.json",
       "--results: found a.json, as for --json, expected another file"},
      {eval + "--json nodir/a.json",
       "/nodir, which is no folder, expected a file in a folder that exists; nothing was written"},
      {compare + "--rows nodir/a.json", "--rows: found nodir/a.json, in "},
      {eval + "--json rows", "--json: found rows, a folder, expected the name of a file"},
      {eval + "--json ''", "--json: found \"\", expected the name of a file"},
  };
  for (const auto& [arguments, message] : mistakes) {
    const Outcome outcome = run_laurel(arguments, folder);
    EXPECT_EQ(outcome.code, 2) << arguments << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(message)) << arguments;
    EXPECT_FALSE(fs::exists(folder / "a.json")) << arguments;
  }
  EXPECT_EQ(run_laurel(eval + "--json /dev/null", folder).code, 0);
  EXPECT_TRUE(fs::is_character_file("/dev/null"));  // and no file in its place
}

TEST(Outputs, ARunFolderLiesInNoModelsFolder) {
  const fs::path folder = tiny_project("run_in_model");
  write_file(folder / "config.json", tiny_config({pair_source()}, 1).dump());
  const Outcome outcome = run_laurel("train config.json --set run.folder=model/run", folder);
  EXPECT_EQ(outcome.code, 2) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("/model/run, in the model's folder "));
  EXPECT_FALSE(fs::exists(folder / "model" / "run"));
}

// `redirections` come last, so that they count.
int score_with(const fs::path& folder, const std::string& redirections) {
  const std::string command =
      str("cd '", folder, "' && CUDA_VISIBLE_DEVICES= XDG_CACHE_HOME=\"$PWD/cache\" '",
          LAUREL_BINARY_DIR, "/laurel' score reward ratings.jsonl scored.jsonl ", redirections);
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// The first file opened would get the number of the closed one, and the log would go into it.
TEST(Outputs, AClosedStandardDescriptorBecomesNoFileOfTheProgram) {
  const fs::path folder = tiny_project("descriptors");
  make_tiny_model(folder / "reward", "marks", true);
  for (const char* closed : {"<&- 2>/dev/null", ">&- 2>/dev/null", "2>&-", "<&- >&- 2>&-"}) {
    fs::remove(folder / "scored.jsonl");
    EXPECT_EQ(score_with(folder, closed), 0) << closed;
    EXPECT_EQ(lines_of(folder / "scored.jsonl").size(), 16u) << closed;
  }
}

TEST(Outputs, AFileSizeLimitIsAWriteErrorWithItsCode) {
  const fs::path folder = tiny_project("file_size");
  make_tiny_model(folder / "reward", "marks", true);
  const Outcome outcome =
      run_laurel("score reward ratings.jsonl scored.jsonl", folder, "", "ulimit -f 2; ");
  EXPECT_EQ(outcome.code, 8) << outcome.err;
}

}  // namespace
}  // namespace laurel::outputs_test
