// Writes steps, evaluations and events.
#include "train/report.h"

#include "core/str.h"
#include "train/step_line.h"

namespace laurel {

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kBetweenLines = std::chrono::seconds(10);
constexpr auto kBetweenProgress = std::chrono::milliseconds(200);

Json step_json(const StepReport& step, const std::vector<std::string>& sources) {
  Json losses = Json::object(), groups = Json::object(), accuracy = Json::object(),
       rewards = Json::object();
  for (size_t i = 0; i < sources.size(); ++i) {
    if (step.groups[i] == 0) continue;
    losses[sources[i]] = step.losses[i];
    groups[sources[i]] = step.groups[i];
    const RewardSummary& of = step.rewards[i];
    if (of.pairs > 0) accuracy[sources[i]] = of.right / of.pairs;
    if (of.rewards > 0) rewards[sources[i]] = {{"mean", of.mean}, {"deviation", of.deviation}};
  }
  Json json = {{"kind", "step"},
               {"step", step.step},
               {"time", unix_time()},
               {"loss", step.loss},
               {"losses", losses},
               {"groups", groups},
               {"accuracy", accuracy},
               {"rewards", rewards},
               {"lr", step.lr},
               {"grad_norm", step.grad_norm},
               {"scored_positions", step.scored_positions},
               {"tokens", step.tokens},
               {"computed_tokens", step.computed_tokens},
               {"seconds", step.seconds},
               {"data_wait", step.data_wait},
               {"epoch", step.epoch}};
  if (accuracy.empty()) json.erase("accuracy");
  if (step.skipped) json["skipped"] = true;
  return json;
}

}  // namespace

RunReport::RunReport(MetricsFile& metrics, Log& log, std::vector<std::string> sources,
                     int64_t steps, ReportOptions options)
    : metrics_(metrics),
      log_(log),
      sources_(std::move(sources)),
      steps_(steps),
      options_(options),
      time_left_(steps, {}, 0) {}

// The first, the last, and in between those of log_every, or one every few seconds where nobody
// sees a progress line.
bool RunReport::lasting(const StepReport& step) {
  if (steps_done_ == 1 || step.step == steps_) return true;
  if (options_.log_every) return step.step % *options_.log_every == 0;
  return !log_.on_terminal() && Clock::now() - last_line_ >= kBetweenLines;
}

void RunReport::step(const StepReport& step) {
  metrics_.write(step_json(step, sources_));
  if (options_.events) options_.events->write(step.step, scalars_of(step, sources_));
  if (step.skipped) {
    log_.warn(str("step ", step.step,
                  ": skipped, its update was not made: ", numbers_text(step, sources_)));
  }
  if (const auto dead = dead_model_.observe(step, step.warm)) log_.warn(*dead);
  if (!step.skipped) {
    if (!summary_.first_loss) summary_.first_step = step.step;
    if (!summary_.first_loss) summary_.first_loss = step.loss;
    summary_.last_loss = step.loss;
    summary_.last_step = step.step;
  }
  ++steps_done_;
  seconds_ += step.seconds;
  tokens_ += step.tokens;
  time_left_.step_took(step.seconds);
  const auto speed = static_cast<int64_t>(static_cast<double>(tokens_) / seconds_);
  const std::string line =
      str("step ", step.step, "/", steps_, "  ", step_text(step, sources_), "  ", speed,
          " tokens/s  ", duration_text(time_left_.after(step.step)), " left");
  if (lasting(step)) {
    last_line_ = Clock::now();
    log_.info(line);
  }
  if (Clock::now() - last_progress_ < kBetweenProgress) return;
  last_progress_ = Clock::now();
  log_.progress(line);
}

void RunReport::progress(const std::string& what, int64_t done, int64_t of) {
  const bool ends = done == of;
  if (!ends && Clock::now() - last_progress_ < kBetweenProgress) return;
  last_progress_ = Clock::now();
  log_.progress(of == 0 ? what : str(what, ": ", done, " of ", of));
}

void RunReport::outcomes(const EvaluatedSplit& evaluated) {
  if (options_.eval_rows.empty()) return;
  for (EvaluatedRows& rows : evaluated_rows(evaluated, options_.text_of)) {
    rows_.sources.push_back(std::move(rows));
  }
}

void RunReport::evaluation(const std::vector<Evaluation>& evaluations, int64_t step) {
  for (const Evaluation& evaluation : evaluations) {
    metrics_.write(evaluation_json(evaluation, step, unix_time()));
  }
  if (options_.events) options_.events->write(step, scalars_of(evaluations));
  if (!options_.eval_rows.empty() && !rows_.sources.empty()) {
    rows_.step = step;
    write_eval_rows(options_.eval_rows, rows_);
    rows_ = {};
  }
  summary_.evaluations = evaluations;
  summary_.evaluated_step = step;
  log_.progress("");
  log_.info(str("evaluation after ", step, " steps\n", evaluation_table(evaluations)));
}

void RunReport::event(const std::string& what, int64_t step) {
  metrics_.write(event_line(what, step));
}

}  // namespace laurel
