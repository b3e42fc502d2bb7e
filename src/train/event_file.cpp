// Protocol buffers by hand: a key is (field << 3 | wire type).
#include "train/event_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cmath>
#include <cstring>

#include "core/error.h"
#include "core/files.h"
#include "core/str.h"
#include "train/metrics_file.h"

namespace laurel {

namespace {

constexpr uint64_t kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5;

void put_varint(uint64_t value, std::string& to) {
  for (; value >= 0x80; value >>= 7) to += static_cast<char>((value & 0x7F) | 0x80);
  to += static_cast<char>(value);
}

void put_key(uint64_t field, uint64_t type, std::string& to) { put_varint(field << 3 | type, to); }

template <class T>
void put_little_endian(T value, std::string& to) {
  for (size_t i = 0; i < sizeof(T); ++i) to += static_cast<char>(value >> (8 * i) & 0xFF);
}

void put_text(uint64_t field, std::string_view text, std::string& to) {
  put_key(field, kBytes, to);
  put_varint(text.size(), to);
  to += text;
}

// wall_time = 1, step = 2.
std::string event_of(int64_t step) {
  std::string event;
  put_key(1, kFixed64, event);
  put_little_endian(std::bit_cast<uint64_t>(unix_time()), event);
  put_key(2, kVarint, event);
  put_varint(static_cast<uint64_t>(step), event);
  return event;
}

// Summary.Value: tag = 1, simple_value = 2.
std::string value_of(const Scalar& scalar) {
  std::string value;
  put_text(1, scalar.tag, value);
  put_key(2, kFixed32, value);
  put_little_endian(std::bit_cast<uint32_t>(static_cast<float>(scalar.value)), value);
  return value;
}

uint32_t masked(uint32_t crc) { return std::rotr(crc, 15) + 0xA282EAD8u; }

}  // namespace

uint32_t crc32c(std::string_view bytes) {
  static constexpr auto kTable = [] {
    std::array<uint32_t, 256> table{};
    for (uint32_t i = 0; i < 256; ++i) {
      uint32_t crc = i;
      for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78u : 0);
      table[i] = crc;
    }
    return table;
  }();
  uint32_t crc = ~0u;
  for (const char byte : bytes) crc = crc >> 8 ^ kTable[(crc ^ static_cast<uint8_t>(byte)) & 0xFF];
  return ~crc;
}

std::vector<Scalar> scalars_of(const StepReport& step, std::span<const std::string> sources) {
  std::vector<Scalar> scalars{{"train/loss", step.loss},
                              {"train/lr", step.lr},
                              {"train/grad_norm", step.grad_norm},
                              {"train/epoch", step.epoch}};
  if (step.seconds > 0) {
    scalars.push_back({"train/tokens_per_second", static_cast<double>(step.tokens) / step.seconds});
  }
  for (size_t i = 0; i < sources.size(); ++i) {
    if (step.groups[i] == 0) continue;
    const std::string of = str("train/", sources[i], "/");
    scalars.push_back({of + "loss", step.losses[i]});
    const RewardSummary& rewards = step.rewards[i];
    if (rewards.pairs > 0) scalars.push_back({of + "accuracy", rewards.right / rewards.pairs});
    if (rewards.rewards == 0) continue;
    scalars.push_back({of + "reward_mean", rewards.mean});
    scalars.push_back({of + "reward_deviation", rewards.deviation});
  }
  return scalars;
}

std::vector<Scalar> scalars_of(std::span<const Evaluation> evaluations) {
  std::vector<Scalar> scalars;
  for (const Evaluation& evaluation : evaluations) {
    const std::string of = str("eval/", evaluation.source, "/");
    for (size_t i = 0; i < evaluation.sets.size(); ++i) {
      const std::string set = i == 0 ? of : str(of, evaluation.sets[i].name, "/");
      for (const Metric& metric : evaluation.sets[i].metrics) {
        if (metric.value) scalars.push_back({set + metric.name, *metric.value});
      }
    }
    if (!evaluation.rewards) continue;
    scalars.push_back({of + "reward_mean", evaluation.rewards->mean});
    scalars.push_back({of + "reward_deviation", evaluation.rewards->deviation});
  }
  return scalars;
}

EventFile::EventFile(const std::filesystem::path& folder, int64_t first_step) {
  const auto time = static_cast<int64_t>(unix_time());
  path_ = folder / str("events.out.tfevents.", time, ".laurel.", ::getpid());
  const int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
  file_ = retry_on_eintr([&] { return ::open(path_.c_str(), flags, 0644); });
  if (file_ < 0) {
    throw Error{ErrorKind::checkpoint, str(path_, ": cannot be opened: ", std::strerror(errno))};
  }
  std::string version = event_of(0);
  put_text(3, "brain.Event:2", version);  // file_version
  write_record(version);
  std::string start = event_of(first_step), log;
  put_key(1, kVarint, log);  // SessionLog.status = START
  put_varint(1, log);
  put_text(7, log, start);  // session_log
  write_record(start);
}

EventFile::~EventFile() {
  if (file_ >= 0) ::close(file_);
}

void EventFile::write(int64_t step, std::span<const Scalar> scalars) {
  std::string event = event_of(step), summary;
  for (const Scalar& scalar : scalars) put_text(1, value_of(scalar), summary);
  put_text(5, summary, event);
  write_record(event);
}

void EventFile::write_record(const std::string& event) {
  std::string record;
  put_little_endian(static_cast<uint64_t>(event.size()), record);
  put_little_endian(masked(crc32c(record)), record);
  record += event;
  put_little_endian(masked(crc32c(event)), record);
  if (write_all(file_, record)) return;
  throw Error{ErrorKind::checkpoint, str(path_, ": cannot be written: ", std::strerror(errno))};
}

}  // namespace laurel
