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
          {R"({"step": -1})", "step: found -1, expected at least 0"},
          {R"({"step": 3.0})", "step: found 3.0, expected a whole number"},
          {R"({"step": 1e300})", "step: found 1e+300, expected a whole number"},
          {R"({"updates": true})", "updates: found true, expected a whole number"},
          {R"({"metrics_bytes": 18446744073709551615})",
           "metrics_bytes: found 18446744073709551615, expected a whole number"},
          {R"({"sampler": {"sources": [{"total_taken": 9223372036854775807, "taken": 0, "parts": []}]}})",
           "sampler.sources[0].total_taken: found 92233720368547758"},
          {R"({"sampler": {"short_by": -1}})", "sampler.short_by: found -1, expected at least 0"},
          {R"({"evaluated": 1})", "evaluated: found 1, expected true or false"},
          {R"({"model_sha256": "m"})", "model_sha256: found \"m\", expected an object of strings"},
          {R"({"sampler": null})", "sampler: is required"},
          {R"({"best": 1})", "best: found 1, expected an object"},
          {R"({"best": {"step": 2.5}})", "best.step: found 2.5, expected a whole number"},
          {R"({"rows": 3})", "rows: unknown option"}}) {
    Json json = good;
    json.merge_patch(Json::parse(patch));
    const std::string found =
        error_of(ErrorKind::checkpoint, [&] { train_state(json, "c/run.json"); });
    EXPECT_THAT(found,
                StartsWith("c/run.json: is not the state of a run as this version writes it: "));
    EXPECT_THAT(found, HasSubstr(message));
  }
}

TEST(TrainState, SamplerStateOfAnotherStepIsRefused) {
  for (const int64_t step : {int64_t{0}, int64_t{2}, int64_t{1} << 53}) {
    Json json = json_of(some_state());
    json["sampler"]["step"] = step;
    EXPECT_EQ(
        error_of(ErrorKind::checkpoint, [&] { train_state(json, "c/run.json"); }),
        str("c/run.json: is not the state of a run as this version writes it: 1 problem\n  "
            "sampler.step: found ",
            step, ", expected 3, as \"step\" says; the checkpoint is damaged: take an older one"));
  }
}

}  // namespace laurel::test::run_state_test
