// Reads, applies the rules one after the other, writes.
#include "curation/curate.h"

#include "application/run_inputs.h"
#include "application/version.h"
#include "checkpoint/load.h"
#include "checkpoint/temporary_folder.h"
#include "core/error.h"
#include "core/files.h"
#include "core/option_writer.h"
#include "core/parallel.h"
#include "core/str.h"
#include "curation/check_rules.h"
#include "curation/curated_files.h"
#include "curation/held_out.h"
#include "curation/text_rules.h"

namespace laurel {

namespace {

struct Curated {
  CurationRows rows;
  RowFates fates;
  std::vector<SourceNoise> noise;
  PairMargins judgement;
  std::optional<DecontaminationSummary> decontamination;
};

void judge(const Config& config, const std::vector<int32_t>& sources,
           const std::optional<RunInputs>& inputs, const Compute& compute, Log& log,
           Curated& curated) {
  const CurationOptions& options = *config.curation;
  std::vector<size_t> judged;
  for (const int32_t source : sources) {
    curated.noise.push_back({.source = config.sources[source].source.name});
    const auto some = rows_to_judge(curated.rows, source, curated.fates, curated.noise.back());
    judged.insert(judged.end(), some.begin(), some.end());
  }
  curated.judgement =
      options.folds ? judge_by_folds(curated.rows, judged, *options.folds, *inputs, compute, log)
                    : judge_by_model(curated.rows, judged, options.judge->value, *inputs,
                                     config.data, compute, log);
  std::vector<bool> has_margin(curated.rows.rows.size());
  for (const JudgedPair& pair : curated.judgement.pairs) has_margin[pair.row] = true;
  for (size_t i = 0; i < sources.size(); ++i) {
    SourceNoise& noise = curated.noise[i];
    for (const size_t row : judged) {
      if (curated.rows.rows[row].place.source != sources[i] || has_margin[row]) continue;
      // Training leaves out what is too long for it, and pairs of equal responses.
      const auto unread = curated.judgement.not_read.find(row);
      const std::string why =
          unread == curated.judgement.not_read.end() ? "not used in training" : unread->second;
      ++noise.not_judged[why];
      curated.fates[row].facts["not_judged"] = why;
    }
    judge_source(curated.rows, sources[i], curated.judgement, options, curated.fates, noise);
  }
}

// The config with the new files in the place of the old ones, without what they already follow.
Json curated_config(const Config& config) {
  Json json = resolved_config(config);
  json["curation"] = nullptr;
  for (size_t i = 0; i < config.sources.size(); ++i) {
    const SourceOptions& source = config.sources[i].source;
    if (source.train.empty()) continue;
    Json& written = json["sources"][i];
    written["train"] = Json::array({train_file_of(source)});
    if (source.eval_fraction > 0) written["eval"] = Json::array({eval_file_of(source)});
    written["eval_fraction"] = 0;
    written["split"] = nullptr;                                      // of folders
    written["expand"] = options_to_json(SourceOptions{})["expand"];  // the rows that it made
    if (source.eval.empty()) {
      for (const char* done : {"limit", "filter"}) written[done] = nullptr;
    }
  }
  return json;
}

Json summary_json(const Config& config, const Curated& curated,
                  const std::vector<FateCounts>& counts) {
  Json json = {{"laurel", version()}, {"options", options_to_json(*config.curation)}};
  for (size_t i = 0; i < config.sources.size(); ++i) {
    const SourceOptions& source = config.sources[i].source;
    Json files = Json::array();
    for (const Path& file : source.train) {
      files.push_back({{"file", file.value}, {"sha256", sha256_of_file(file.value)}});
    }
    json["sources"].push_back({{"name", source.name}, {"train", files}, {"rows", counts[i]}});
  }
  if (curated.decontamination) {
    Json ignored = Json::array();
    for (const IgnoredRun& run : curated.decontamination->ignored) {
      ignored.push_back(
          {{"text", run.text}, {"prompts", run.prompts}, {"in_template", run.in_template}});
    }
    json["decontamination"] = {{"hits", curated.decontamination->hits}, {"ignored", ignored}};
  }
  json["noise"] = Json::array();
  for (const SourceNoise& noise : curated.noise) json["noise"].push_back(options_to_json(noise));
  if (curated.judgement.folds.empty()) return json;
  json["folds"] = Json::array();
  for (const FoldReport& fold : curated.judgement.folds) {
    json["folds"].push_back(options_to_json(fold));
  }
  json["components"] = curated.judgement.components;
  return json;
}

std::string summary_text(const Config& config, const Curated& curated,
                         const std::vector<FateCounts>& counts, const std::filesystem::path& out) {
  std::string text;
  if (curated.decontamination) {
    for (const auto& [benchmark, rows] : curated.decontamination->hits) {
      text += str("decontaminate: ", benchmark, ": ", count_text(rows, "row"), "\n");
    }
    for (const IgnoredRun& run : curated.decontamination->ignored) {
      text += str("decontaminate: ignored as common text of ", count_text(run.prompts, "prompt"),
                  ": ", printable(run.text), "\n");
    }
  }
  for (const SourceNoise& noise : curated.noise) text += text_of(noise);
  for (size_t i = 0; i < config.sources.size(); ++i) {
    if (counts[i].empty()) continue;
    int64_t rows = 0;
    std::vector<std::string> parts;
    for (const auto& [fate, n] : counts[i]) {
      rows += n;
      parts.push_back(str(n, " ", fate));
    }
    text += str(config.sources[i].source.name, ": ", count_text(rows, "row"), ": ",
                join(parts, ", "), "\n");
  }
  return str(text, out,
             ": curated; what became of each row is in rows.jsonl; train with: laurel "
             "train ",
             out / "config.json", "\n");
}

void check_some_are_left(const Config& config, const std::vector<FateCounts>& counts) {
  for (size_t i = 0; i < counts.size(); ++i) {
    std::vector<std::string> parts;
    bool left = counts[i].empty();
    for (const auto& [fate, n] : counts[i]) {
      parts.push_back(str(n, " ", fate));
      left |= fate == "kept" || fate.starts_with("flipped") || fate.starts_with("softened");
    }
    if (left) continue;
    throw Error{ErrorKind::data,
                str("source ", config.sources[i].source.name, ": curation leaves no training row (",
                    join(parts, ", "), "), expected one or more: change its rules")};
  }
}

}  // namespace

std::string curate(const Config& config, const Compute& compute, const std::filesystem::path& out,
                   Log& log) {
  const std::vector<int32_t> judged = check_rules(config, log);
  TemporaryFolder folder(out);
  const CurationOptions& options = *config.curation;
  const auto threads = static_cast<int>(config.data.threads.value_or(available_cores()));
  std::vector<SourceOptions> sources;
  bool holds_out = false;
  for (const SourceConfig& source : config.sources) {
    sources.push_back(source.source);
    holds_out |= source.source.eval_fraction > 0;
  }
  std::optional<RunInputs> inputs;  // what training would see: only where a rule asks for it
  if (options.asks_a_model() || holds_out) inputs = load_run_inputs(config, log);
  Curated curated{.rows = read_curation_rows(sources, options.annotator, threads)};
  curated.fates.resize(curated.rows.rows.size());
  if (holds_out) {
    const std::vector<bool> held_out = held_out_rows(*inputs, curated.rows);
    for (size_t i = 0; i < held_out.size(); ++i) {
      if (held_out[i]) curated.fates[i].fate = Fate::evaluation;
    }
  }
  drop_duplicates(curated.rows, options, threads, curated.fates);
  if (options.decontaminate) {
    const TextProcessor text = open_text(open_model(config.model.load), config.model.chat);
    curated.decontamination = drop_contaminated(curated.rows, sources, *options.decontaminate, text,
                                                threads, curated.fates, log);
  }
  if (!judged.empty()) judge(config, judged, inputs, compute, log, curated);
  const auto counts = write_curated_files(curated.rows, curated.fates, folder.path(), threads);
  check_some_are_left(config, counts);
  write_file(folder.path() / "curation.json", summary_json(config, curated, counts).dump(2) + "\n");
  write_file(folder.path() / "config.json", curated_config(config).dump(2) + "\n");
  check_unchanged(curated.rows);
  folder.commit();
  return summary_text(config, curated, counts, out);
}

}  // namespace laurel
