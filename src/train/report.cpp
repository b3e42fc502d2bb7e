// Writes steps, evaluations and events.
#include "train/report.h"

#include <unistd.h>

#include <cstdio>

#include "core/str.h"

namespace laurel {

RunReport::RunReport(MetricsFile& metrics, Log& log, std::vector<std::string> sources,
                     int64_t steps)
    : metrics_(metrics),
      log_(log),
      sources_(std::move(sources)),
      steps_(steps),
      terminal_(::isatty(STDERR_FILENO) != 0) {}

std::string numbers_text(const StepReport& step, std::span<const std::string> sources) {
  std::string text = str("gradient norm ", step.grad_norm);
  for (size_t i = 0; i < sources.size(); ++i) {
    if (step.groups[i] > 0) text += str(", loss of ", sources[i], " ", step.losses[i]);
  }
  return text;
}

static Json step_json(const StepReport& step, const std::vector<std::string>& sources) {
  Json losses = Json::object(), groups = Json::object();
  for (size_t i = 0; i < sources.size(); ++i) {
    if (step.groups[i] == 0) continue;
    losses[sources[i]] = step.losses[i];
    groups[sources[i]] = step.groups[i];
  }
  Json json = {{"kind", "step"},
               {"step", step.step},
               {"time", unix_time()},
               {"loss", step.loss},
               {"losses", losses},
               {"groups", groups},
               {"lr", step.lr},
               {"grad_norm", step.grad_norm},
               {"positions", step.positions},
               {"tokens", step.tokens},
               {"unique_tokens", step.unique_tokens},
               {"seconds", step.seconds},
               {"data_wait", step.data_wait},
               {"epoch", step.epoch}};
  if (step.skipped) json["skipped"] = true;
  return json;
}

// "1 h 5 min", "3 min 20 s", "12 s"
static std::string duration(double seconds) {
  const int64_t s = static_cast<int64_t>(seconds + 0.5);
  if (s >= 3600) return str(s / 3600, " h ", s % 3600 / 60, " min");
  if (s >= 60) return str(s / 60, " min ", s % 60, " s");
  return str(s, " s");
}

// "1.234", "0.000213"
static std::string short_number(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.4g", value);
  return text;
}

void RunReport::step(const StepReport& step) {
  metrics_.write(step_json(step, sources_));
  if (step.skipped) {
    clear_line();
    log_.warn(str("step ", step.step,
                  ": skipped, its update was not made: ", numbers_text(step, sources_)));
  }
  ++steps_done_;
  seconds_ += step.seconds;
  tokens_ += step.tokens;
  const auto now = std::chrono::steady_clock::now();
  const bool due = steps_done_ == 1 || step.step == steps_ ||
                   now - last_line_ >= std::chrono::seconds(terminal_ ? 1 : 10);
  if (!due) return;
  last_line_ = now;
  const double remaining =
      seconds_ / static_cast<double>(steps_done_) * static_cast<double>(steps_ - step.step);
  const std::string line =
      str("step ", step.step, "/", steps_, "  loss ", short_number(step.loss), "  lr ",
          short_number(step.lr), "  grad norm ", short_number(step.grad_norm), "  ",
          static_cast<int64_t>(static_cast<double>(tokens_) / seconds_), " tokens/s  ",
          duration(remaining), " left");
  if (!terminal_ || step.step == steps_) {
    clear_line();
    return log_.info(line);
  }
  std::fprintf(stderr, "\r\033[K%s", line.c_str());
  line_open_ = true;
}

void RunReport::clear_line() {
  if (line_open_) std::fputs("\r\033[K", stderr);
  line_open_ = false;
}

void RunReport::evaluation(const std::vector<Evaluation>& evaluations, int64_t step) {
  for (const Evaluation& evaluation : evaluations) {
    metrics_.write(evaluation_json(evaluation, step, unix_time()));
  }
  clear_line();
  log_.info(str("evaluation after ", step, " steps\n", evaluation_table(evaluations)));
}

void RunReport::event(const std::string& what, int64_t step) {
  metrics_.write(event_line(what, step));
}

}  // namespace laurel
