// A step whose numbers were not finite, computed again from its dump.
#include <gmock/gmock.h>

#include "checkpoint/step_dump.h"
#include "core/files.h"
#include "end_to_end/program.h"

namespace laurel::replay_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

namespace fs = std::filesystem;

Group rating(uint64_t id, float score) {
  const auto token = static_cast<int32_t>(id);
  return {.responses = {{{5, 6, token}, {{2, 3}}}}, .label = Ratings{{score}, {1}}, .id = id};
}

// A project with a trained model of ratings in run/, and the dump of a step of three ratings.
StepDump dump_of_three(float second_score) {
  return {.laurel = "0.1.0",
          .step = 3,
          .checkpoint = "final",
          .precision = "fp32",
          .tokens_per_micro_batch = 64,
          .lr = 0.01,
          .loss = 1,
          .grad_norm = 1,
          .sources = {{"ratings", 1.0 / 3, 1}},
          .groups = {{"ratings.jsonl:1", rating(1, 2)},
                     {"ratings.jsonl:2", rating(2, second_score)},
                     {"ratings.jsonl:9", rating(9, 4)}}};
}

fs::path trained_on_ratings(const std::string& name) {
  return trained_project(name, tiny_config({rating_source()}, 2));
}

TEST(Replay, NamesTheRowWhoseLossIsNotFinite) {
  const fs::path folder = trained_on_ratings("replay_overflow");
  write_step_dump(folder / "run/dump.json", dump_of_three(3e38f));
  const Outcome outcome = run_laurel("check --replay run/dump.json", folder);
  EXPECT_EQ(outcome.code, 6) << outcome.err;
  EXPECT_THAT(
      outcome.out,
      AllOf(HasSubstr("step 3 found loss 1, gradient norm 1; weights before it: run/final"),
            HasSubstr("whole step: loss inf, gradient norm "),
            HasSubstr("not finite: ratings.jsonl:2: the rewards are finite, the loss is not"),
            Not(HasSubstr("not finite: ratings.jsonl:1"))));
}

TEST(Replay, OfAFiniteStepShowsTheLargestGradients) {
  const fs::path folder = trained_on_ratings("replay_finite");
  write_step_dump(folder / "run/dump.json", dump_of_three(1000));
  const Outcome outcome = run_laurel("check --replay run/dump.json --threads 1", folder);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const size_t largest = outcome.out.find("the largest gradient norms:");
  ASSERT_NE(largest, std::string::npos) << outcome.out;
  const std::string list = outcome.out.substr(largest);
  EXPECT_LT(list.find("ratings.jsonl:2"), list.find("ratings.jsonl:1"));
}

TEST(Replay, MismatchesWithTheCheckpointAreNamed) {
  const fs::path folder = trained_on_ratings("replay_misfits");
  const auto message = [&](const std::function<void(StepDump&)>& edit, int code) {
    StepDump dump = dump_of_three(3);
    edit(dump);
    write_step_dump(folder / "run/dump.json", dump);
    const Outcome outcome = run_laurel("check --replay run/dump.json", folder);
    EXPECT_EQ(outcome.code, code) << outcome.err;
    return outcome.err;
  };
  EXPECT_THAT(
      message([](StepDump& d) { d.checkpoint = "checkpoints/step-00000077"; }, 8),
      HasSubstr(
          "/checkpoints/step-00000077, expected the weights before the step there; leave the dump in its"));
  EXPECT_THAT(message([](StepDump& d) { d.sources[0].name = "stars"; }, 8),
              HasSubstr("reward_config.json has no source \"stars\", which the step has"));
  EXPECT_THAT(message([](StepDump& d) { d.groups[2].group.responses[0].ids[0] = 1 << 30; }, 8),
              HasSubstr("ratings.jsonl:9: found the token 1073741824, but the checkpoint's model"));
  EXPECT_THAT(message(
                  [](StepDump& d) {
                    d.groups[0].group.label = Preferences{{0, 0}};
                  },
                  8),
              HasSubstr("found pairs, but the loss of ratings is squared_error"));
  EXPECT_THAT(message(
                  [](StepDump& d) {
                    d.groups[0].group.label = Ratings{{1, 2}, {1, 1}};
                  },
                  8),
              HasSubstr("found 2 scores of 1 units, expected 1 each"));
  for (const char* file : {"reward_config.json", "manifest.json"}) {
    fs::remove(folder / "run/final" / file);
  }
  EXPECT_THAT(message([](StepDump&) {}, 4), HasSubstr("found no reward_config.json"));
}

TEST(Replay, TakesNoConfigAndNoneOfItsOptions) {
  const fs::path folder = scratch_folder("replay_usage");
  for (
      const auto& [arguments, message] : std::vector<std::pair<std::string, std::string>>{
          {"check", "found 0 arguments, expected: laurel check CONFIG"},
          {"check a.json --replay b.json", "expected: laurel check --replay FILE"},
          {"check --replay b.json --set a=1",
           "--set: found together with --replay, expected only with a CONFIG"},
          {"check --replay b.json --overwrite", "--overwrite: found together with --replay"},
          {"check a.json --device cpu",
           "--device: found with a CONFIG, expected only with --replay; set it with --set run.device=..."},
          {"check a.json --precision fp32", "set it with --set train.precision=..."}}) {
    const Outcome outcome = run_laurel(arguments, folder);
    EXPECT_EQ(outcome.code, 2) << arguments;
    EXPECT_THAT(outcome.err, HasSubstr(message));
  }
  EXPECT_THAT(run_laurel("check --replay b.json", folder).err, HasSubstr("b.json: no such file"));
}

}  // namespace
}  // namespace laurel::replay_test
