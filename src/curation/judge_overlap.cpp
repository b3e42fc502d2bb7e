// Compares hashes of files, then of rows.
#include "curation/judge_overlap.h"

#include <algorithm>
#include <filesystem>
#include <unordered_map>

#include "application/load_config.h"
#include "application/training_files.h"
#include "checkpoint/hub_cache.h"
#include "checkpoint/run_folder.h"
#include "config/config.h"
#include "core/bytes.h"
#include "core/error.h"
#include "core/files.h"
#include "core/str.h"
#include "curation/words.h"

namespace laurel {

namespace {

[[noreturn]] void refuse_judge(const std::string& judge, const std::string& found) {
  throw Error{ErrorKind::usage,
              str("curation.judge: found ", judge, ", ", found,
                  "; expected a model that has not learned from these labels: a judge agrees with "
                  "what it was trained on, wrong or not. Use another one, or curation.folds")};
}

void compare_files(const std::string& judge, const RewardConfig& config, const CurationRows& rows) {
  FileHashes hashes;
  for (const CurationSource& source : rows.sources) {
    for (const TrainingFile& of : training_files(config, names_of(source.options.train), hashes)) {
      refuse_judge(judge, str("whose source ", of.source, " was trained on ", of.file,
                              " (the same SHA-256)"));
    }
  }
}

// Of a row's prompt and responses, in any order.
uint64_t texts_hash(const CurationRows& rows, const CurationRow& row) {
  const auto hash = [&](uint32_t text) {
    return hash_of_text(rows.texts.normalised()[rows.texts.words(text)]);
  };
  std::vector<uint64_t> responses;
  for (const uint32_t response : row.responses) responses.push_back(hash(response));
  std::ranges::sort(responses);
  ByteWriter bytes;
  bytes.value(hash(row.prompt));
  bytes.list(responses);
  return hash_of_text(bytes.bytes());
}

// The sources that the judge's run was trained on, as far as their files are still there.
std::vector<SourceOptions> sources_of_run(const std::filesystem::path& model,
                                          std::vector<std::string>& missing) {
  const std::optional<RunFolder> run = run_of(model);
  if (!run || !path_exists(run->config())) return {};
  const Config config = parse_config(read_file(run->config()), run->config().string(), run->path);
  std::vector<SourceOptions> sources;
  for (const SourceConfig& source : config.sources) {
    SourceOptions options = source.source;
    options.eval.clear();
    std::erase_if(options.train, [&](const Path& file) {
      std::error_code problem;
      if (std::filesystem::exists(file.value, problem)) return false;
      missing.push_back(file.value);
      return true;
    });
    if (!options.train.empty()) sources.push_back(std::move(options));
  }
  return sources;
}

void compare_rows(const std::string& judge, const std::vector<SourceOptions>& sources,
                  const CurationRows& rows, int threads) {
  std::unordered_map<uint64_t, const CurationRow*> ours;
  for (const CurationRow& row : rows.rows) {
    if (!row.eval) ours.emplace(texts_hash(rows, row), &row);
  }
  const CurationRows theirs = read_curation_rows(sources, std::nullopt, threads);
  int64_t shared = 0;
  std::string first;
  for (const CurationRow& row : theirs.rows) {
    const auto same = ours.find(texts_hash(theirs, row));
    if (same != ours.end() && shared++ == 0) {
      first = str(rows.where(*same->second), " is ", theirs.where(row));
    }
  }
  if (shared == 0) return;
  refuse_judge(judge, str("whose run was trained on ", count_text(shared, "row"),
                          " with the same texts (the first: ", first, ")"));
}

}  // namespace

void refuse_trained_judge(const std::string& judge, const RewardConfig* config,
                          const CurationRows& rows, int threads, Log& log) {
  if (!config) {
    log.warn(str("curation.judge: ", judge,
                 " has no reward_config.json: whether it was trained on these rows is not known"));
    return;
  }
  compare_files(judge, *config, rows);
  std::vector<std::string> missing;
  const std::vector<SourceOptions> sources = sources_of_run(resolve_model(judge), missing);
  if (!sources.empty()) compare_rows(judge, sources, rows, threads);
  log.info(
      str("curation.judge: ", judge, " was not trained on these files, by their SHA-256",
          sources.empty() ? ""
          : missing.empty()
              ? ", nor on rows with the same texts"
              : str(", nor on rows with the same texts in those of its files that are there")));
}

}  // namespace laurel
