// run.json of a checkpoint: what it says comes back, and what is no state is refused.
#include "checkpoint/train_state.h"

#include "core/str.h"
#include "tiny.h"

namespace laurel::test::run_state_test {

using ::testing::HasSubstr;
using ::testing::StartsWith;

static TrainState some_state() {
  return {.facts = {.run = "r",
                    .data_sha256 = "d",
                    .model_sha256 = {{"config.json", "m"}, {"tokenizer.json", "t"}},
                    .environment = {{"b", 2}},
                    .config = {{"a", 1}}},
          .step = 3,
          .evaluated = true,
          .optimizer = {.updates = 2, .skipped = 1},
          .metrics_bytes = 40,
          .sampler =
              {.step = 3,
               .groups = 12,
               .sampled = 4,
               .sources = {{.parts = {{.epoch = 1, .position = 2}}, .total_taken = 7, .taken = 4}}},
          .best = BestStep{.value = 0.5, .step = 2}};
}

TEST(TrainState, RoundTripsThroughJson) {
  const Json written = json_of(some_state());
  const TrainState read = train_state(written, "run.json");
  EXPECT_EQ(json_of(read), written);
  EXPECT_EQ(read.sampler, some_state().sampler);
  EXPECT_EQ(read.facts.model_sha256, some_state().facts.model_sha256);
}

TEST(TrainState, OutOfRangeNumbersAreRefused) {
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
        error_of(ErrorKind::checkpoint, [&] { train_state(json, "c/run.json"); });
    EXPECT_THAT(found, StartsWith("c/run.json: is not the state of a run as this version writes"));
    EXPECT_THAT(found, HasSubstr(message));
  }
}

TEST(TrainState, SamplerStateOfAnotherStepIsRefused) {
  for (const int64_t step : {int64_t{0}, int64_t{2}, int64_t{1} << 53}) {
    Json json = json_of(some_state());
    json["sampler"]["step"] = step;
    EXPECT_EQ(error_of(ErrorKind::checkpoint, [&] { train_state(json, "c/run.json"); }),
              str("c/run.json: found the sampler state of step ", step,
                  ", expected that of step 3, as \"step\" says; the checkpoint is damaged"));
  }
}

}  // namespace laurel::test::run_state_test
