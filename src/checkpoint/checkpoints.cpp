// Folders that have a name of ours are whole: they got it last. Their manifest tells what happened
// to them since.
#include "checkpoint/checkpoints.h"

#include <algorithm>
#include <charconv>

#include "checkpoint/manifest.h"
#include "checkpoint/step_dump.h"
#include "core/error.h"
#include "core/files.h"
#include "core/str.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "step-";
constexpr size_t kDigits = 8;

std::optional<int64_t> parse_step(std::string_view name) {
  if (!name.starts_with(kPrefix)) return std::nullopt;
  const std::string_view digits = name.substr(kPrefix.size());
  int64_t step = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), step);
  const bool number = error == std::errc() && end == digits.data() + digits.size();
  if (!number || step < 0 || checkpoint_name(step) != name) return std::nullopt;
  return step;
}

void rename_folder(const fs::path& from, const fs::path& to) {
  std::error_code problem;
  fs::rename(from, to, problem);
  if (!problem) return;
  throw Error{ErrorKind::checkpoint,
              str(from, ": cannot be renamed to ", to.filename(), ": ", problem.message())};
}

// Under another name first, so that no half-removed folder looks like a checkpoint.
void remove_checkpoint(const fs::path& path) {
  const fs::path trash = str(path, ".trash");
  rename_folder(path, trash);
  std::error_code problem;
  fs::remove_all(trash, problem);
  if (problem) {
    throw Error{ErrorKind::checkpoint, str(trash, ": cannot be removed: ", problem.message())};
  }
}

// A name that is free for what a run made before it went back.
fs::path backup_name(const fs::path& path) {
  std::error_code ignored;
  for (int64_t n = 1;; ++n) {
    fs::path name = str(path, ".earlier-", n);
    if (!fs::exists(fs::symlink_status(name, ignored))) return name;
  }
}

bool is_of_run(const fs::path& checkpoint, const std::string& id) {
  try {
    return read_train_state(checkpoint).facts.run == id;
  } catch (const Error&) {
    return false;
  }
}

// "step-00000012.tmp-4711", "final.tmp-4711", "step-00000012.trash"
bool is_temporary(const std::string& name) {
  const size_t dot = name.find('.');
  if (dot == name.npos) return false;
  const std::string stem = name.substr(0, dot), rest = name.substr(dot);
  const bool ours = parse_step(stem) || stem == "final" || stem == "export" || stem == "adapter";
  return ours && (rest.starts_with(".tmp-") || rest == ".trash");
}

}  // namespace

std::string checkpoint_name(int64_t step) {
  const std::string digits = std::to_string(step);
  const size_t zeros = digits.size() < kDigits ? kDigits - digits.size() : 0;
  return str(kPrefix, std::string(zeros, '0'), digits);
}

std::vector<Checkpoint> list_checkpoints(const RunFolder& run) {
  std::vector<Checkpoint> found;
  const fs::path folder = run.checkpoints();
  std::error_code problem, ignored;
  if (!fs::exists(fs::symlink_status(folder, ignored))) return found;
  for (const auto& entry : fs::directory_iterator(folder, problem)) {
    const std::optional<int64_t> step = parse_step(entry.path().filename().string());
    if (step && entry.is_directory(ignored)) found.push_back({*step, entry.path()});
  }
  if (problem) {
    throw Error{ErrorKind::checkpoint,
                str(folder, ": cannot be read: ", problem.message(),
                    fs::is_symlink(folder, ignored) ? "; it is a link: is its disk there?" : "")};
  }
  std::ranges::sort(found, {}, &Checkpoint::step);
  return found;
}

NewestCheckpoint find_newest_checkpoint(const RunFolder& run, const std::string& id) {
  NewestCheckpoint newest;
  std::vector<Checkpoint> all = list_checkpoints(run);
  for (auto checkpoint = all.rbegin(); checkpoint != all.rend(); ++checkpoint) {
    try {
      if (!has_manifest(checkpoint->path)) {
        throw Error{ErrorKind::checkpoint, str(checkpoint->path, ": has no manifest.json")};
      }
      check_manifest(checkpoint->path, ErrorKind::checkpoint);
      if (read_train_state(checkpoint->path).facts.run != id) {
        throw Error{ErrorKind::checkpoint, str(checkpoint->path, ": is of another run")};
      }
      newest.checkpoint = *checkpoint;
      return newest;
    } catch (const Error& error) {
      newest.damaged.push_back(error.message);
    }
  }
  return newest;
}

std::string back_up(const fs::path& made) {
  const fs::path aside = backup_name(made);
  rename_folder(made, aside);
  return str(made, ": will be made again; the earlier one was renamed to ", aside.filename(),
             ", which can be removed");
}

std::vector<std::string> back_up_later_outputs(const RunFolder& run, int64_t step) {
  std::vector<fs::path> later;
  std::error_code ignored;
  for (const Checkpoint& checkpoint : list_checkpoints(run)) {
    if (checkpoint.step > step) later.push_back(checkpoint.path);
  }
  for (const fs::path& made : {run.final_folder(), run.export_folder(), run.adapter_folder()}) {
    if (fs::exists(made, ignored)) later.push_back(made);
  }
  std::vector<std::string> notes;
  for (const fs::path& path : later) notes.push_back(back_up(path));
  return notes;
}

std::vector<std::string> back_up_metrics(const RunFolder& run, int64_t kept) {
  std::error_code problem;
  const uintmax_t size = fs::file_size(run.metrics(), problem);
  if (problem || size <= static_cast<uintmax_t>(kept)) return {};
  const fs::path aside = backup_name(run.metrics());
  copy_flushed(run.metrics(), aside);
  return {str(run.metrics(), ": is truncated to the checkpoint; the whole file was copied to ",
              aside.filename(), ", which can be removed")};
}

void remove_old_checkpoints(const RunFolder& run, const Retention& keep) {
  std::vector<Checkpoint> ours;
  for (const Checkpoint& checkpoint : list_checkpoints(run)) {
    if (is_of_run(checkpoint.path, keep.id)) ours.push_back(checkpoint);
  }
  const auto kept = std::min<int64_t>(std::ssize(ours), std::max<int64_t>(1, keep.keep_last));
  ours.resize(ours.size() - static_cast<size_t>(kept));
  std::error_code ignored;
  for (const Checkpoint& checkpoint : ours) {
    const bool replayed = fs::exists(run.path / step_dump_name(checkpoint.step + 1), ignored);
    if (checkpoint.step != keep.best && !replayed) remove_checkpoint(checkpoint.path);
  }
}

void remove_temporary_files(const RunFolder& run) {
  for (const fs::path& folder : {run.path, run.checkpoints()}) {
    std::error_code problem;
    for (const auto& entry : fs::directory_iterator(folder, problem)) {
      if (is_temporary(entry.path().filename().string())) fs::remove_all(entry.path(), problem);
    }
  }
}

}  // namespace laurel
