// Runs made by hand for tests of pages, with texts that try to leave their place.
#pragma once

#include <string>

#include "report/run_record.h"

namespace laurel::test {

inline constexpr const char* kHostile = "<script>alert('x')</script>\"&\x1b[31m\u202e\u05d0\u05d1";

inline MetricSet accuracy_set(double value) {
  return {.n = 40,
          .units = 30,
          .metrics = {{.name = "accuracy", .value = value, .low = value - 0.1, .high = value + 0.1},
                      {.name = "longer_wins", .value = 0.55, .low = 0.5, .high = 0.6},
                      {.name = "margin", .value = 1, .low = {}, .high = {}}}};
}

// Of 10 steps, evaluated at its start and its end, with one row in its pictures.
inline RunRecord small_run(const std::string& name) {
  RunRecord run{.name = name,
                .config = {{"run", {{"folder", "/runs/" + name}}}, {"train", {{"lr", 1e-5}}}},
                .steps = 10,
                .seconds = 150,
                .tokens = 12345,
                .last_event = "end"};
  for (int step = 1; step <= 10; ++step) {
    run.curves["loss"].step.push_back(step);
    run.curves["loss"].value.push_back(0.7 - 0.02 * step);
    run.source_curves["accuracy"]["ukp"].step.push_back(step);
    run.source_curves["accuracy"]["ukp"].value.push_back(0.5 + 0.03 * step);
  }
  for (const auto& [step, accuracy] : {std::pair{0, 0.5}, std::pair{10, 0.75}}) {
    run.evaluations.push_back(
        {step, {.source = "ukp", .n = 40, .dropped = 2, .sets = {accuracy_set(accuracy)}}});
  }
  run.evaluations.back().evaluation.slices = {
      {.field = kHostile, .slices = {{kHostile, accuracy_set(0.5)}}}};
  run.rows = EvalRows{
      .step = 10,
      .sources = {
          {.source = "ukp",
           .n = 40,
           .reliability = {{20, 0.6, 0.5}, {20, 0.9, 0.8}},
           .histogram_low = -1,
           .histogram_width = 1,
           .classes = {{.name = "better", .counts = {1, 3}, .length = {9}, .reward = {0.5}},
                       {.name = "worse", .counts = {2, 2}, .length = {7}, .reward = {-0.5}}},
           .length_correlation = 0.25,
           .lengths = {{2, 8, 0}},
           .wrong = {{.where = "held_out.jsonl:3",
                      .error = 1.5,
                      .prompt = kHostile,
                      .answers = {{"better", kHostile}, {"worse", std::string(3000, 'w')}}}}}}};
  return run;
}

}  // namespace laurel::test
