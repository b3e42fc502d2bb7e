// run.json of a checkpoint: what it says comes back, and what is no state is refused.
#include "checkpoint/run_state.h"

#include "core/str.h"
#include "tiny.h"

namespace laurel::test::run_state_test {

using ::testing::HasSubstr;
using ::testing::StartsWith;

static RunState some_state() {
  return {.run = "r",
          .step = 3,
          .evaluated = true,
          .updates = 2,
          .skipped = 1,
          .metrics_bytes = 40,
          .sampler =
              {.step = 3,
               .groups = 12,
               .sampled = 4,
               .sources = {{.parts = {{.epoch = 1, .position = 2}}, .total_taken = 7, .taken = 4}}},
          .best = BestStep{.value = 0.5, .step = 2},
          .data_sha256 = "d",
          .model_sha256 = {{"config.json", "m"}, {"tokenizer.json", "t"}},
          .config = {{"a", 1}},
          .environment = {{"b", 2}}};
}

TEST(RunState, RoundTripsThroughJson) {
  const Json written = json_of(some_state());
  const RunState read = run_state(written, "run.json");
  EXPECT_EQ(json_of(read), written);
  EXPECT_EQ(read.sampler, some_state().sampler);
  EXPECT_EQ(read.model_sha256, some_state().model_sha256);
}

TEST(RunState, OutOfRangeNumbersAreRefused) {
  const Json good = json_of(some_state());
  for (
      const auto& [patch, message] : std::vector<std::pair<std::string, std::string>>{
          {R"({"step": -1})", "\"step\": found the number -1, expected a count"},
          {R"({"step": 3.0})", "\"step\": found the number 3.0, expected a count"},
          {R"({"step": 1.5})", "\"step\": found the number 1.5, expected a count"},
          {R"({"step": 1e300})", "\"step\": found the number 1e+300, expected a count"},
          {R"({"updates": true})", "\"updates\": found true, expected a count"},
          {R"({"metrics_bytes": 18446744073709551615})",
           "\"metrics_bytes\": found the number 18446744073709551615, expected a count"},
          {R"({"sampler": {"sources": [{"total_taken": 9223372036854775807, "taken": 0, "parts": []}]}})",
           "\"total_taken\": found the number 9223372036854775807, expected a count"},
          {R"({"evaluated": 1})", ""},
          {R"({"model_sha256": "m"})", "type must be object"},
          {R"({"sampler": null})", "key 'sampler' not found"},
          {R"({"best": 1})", ""}}) {
    Json json = good;
    json.merge_patch(Json::parse(patch));
    const std::string found =
        error_of(ErrorKind::checkpoint, [&] { run_state(json, "c/run.json"); });
    EXPECT_THAT(found, StartsWith("c/run.json: is not the state of a run as this version writes"));
    EXPECT_THAT(found, HasSubstr(message));
  }
}

TEST(RunState, SamplerStateOfAnotherStepIsRefused) {
  for (const int64_t step : {int64_t{0}, int64_t{2}, int64_t{1} << 53}) {
    Json json = json_of(some_state());
    json["sampler"]["step"] = step;
    EXPECT_EQ(error_of(ErrorKind::checkpoint, [&] { run_state(json, "c/run.json"); }),
              str("c/run.json: found the sampler state of step ", step,
                  ", expected that of step 3, as \"step\" says; the checkpoint is damaged: take an "
                  "older one"));
  }
}

}  // namespace laurel::test::run_state_test
