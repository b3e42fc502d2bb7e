// TensorBoard's event files: what metrics.jsonl says, for `tensorboard --logdir`.
//
// A file of TFRecords (length, its checksum, bytes, their checksum), each a protocol buffer `Event`
// of tensorflow/core/util/event.proto, of which five fields are written.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "eval/report.h"
#include "train/step_report.h"

namespace laurel {

struct Scalar {
  std::string tag;
  double value;
};

// CRC-32C (Castagnoli), reflected, as TFRecords have it.
uint32_t crc32c(std::string_view bytes);

// Of a step and of evaluations: "train/loss", "train/pairs/accuracy", "eval/pairs/accuracy".
std::vector<Scalar> scalars_of(const StepReport& step, std::span<const std::string> sources);
std::vector<Scalar> scalars_of(std::span<const Evaluation> evaluations);

class EventFile {
 public:
  // A new file in `folder`, which says that what others there hold from step `first_step` on is of
  // a run that was resumed before it, so that TensorBoard leaves it out. Throws Error (checkpoint).
  EventFile(const std::filesystem::path& folder, int64_t first_step);
  ~EventFile();
  EventFile(const EventFile&) = delete;
  EventFile& operator=(const EventFile&) = delete;

  // Throws Error (checkpoint) when it cannot be written.
  void write(int64_t step, std::span<const Scalar> scalars);

 private:
  void write_record(const std::string& event);

  std::filesystem::path path_;
  int file_ = -1;
};

}  // namespace laurel
