// run.json of a checkpoint, both ways, by the same list of its fields.
#include "checkpoint/train_state.h"

#include "core/files.h"
#include "core/option_reader.h"
#include "core/option_writer.h"
#include "core/str.h"

namespace laurel {

static void check_sampler_step(const TrainState& state, Problems& problems) {
  if (state.sampler.step == state.step) return;
  problems.add("sampler.step",
               str("found ", state.sampler.step, ", expected ", state.step,
                   ", as \"step\" says; the checkpoint is damaged: take an older one"));
}

Json json_of(const TrainState& state) { return options_to_json(state); }

TrainState train_state(const Json& json, const std::string& where) {
  return read_file_json<TrainState>(
      json, str(where, ": is not the state of a run as this version writes it"),
      ErrorKind::checkpoint, check_sampler_step);
}

TrainState read_train_state(const std::filesystem::path& checkpoint) {
  const std::filesystem::path file = checkpoint / "run.json";
  return train_state(
      parse_json(read_file(file, ErrorKind::checkpoint), file.string(), ErrorKind::checkpoint),
      file.string());
}

}  // namespace laurel
