// Reads a config: text, overrides, types, then the checks across options.
#include "config/config.h"

#include <algorithm>
#include <array>

#include "config/other_names.h"
#include "core/files.h"
#include "core/option_writer.h"
#include "core/unicode.h"
#include "data/sources/shapes.h"
#include "data/sources/source_name.h"
#include "eval/report.h"

namespace laurel {

// Checks across options skip options that already have a problem, so that none is reported twice.
static void add_unless_reported(Problems& problems, const std::string& where,
                                const std::string& what) {
  if (!problems.has(where)) problems.add(where, what);
}

static std::string path_of(const Config& config, size_t index) {
  const std::string& name = config.sources[index].source.name;
  return name.empty() ? str("sources[", index, "]") : "sources." + name;
}

// The kind of labels that a source of this format has, and its loss must take.
static LabelKind label_kind(const SourceOptions& source) {
  return source.pairs_from_scores ? LabelKind::pairwise : label_kind(source.format);
}

static const char* label_kind_name(LabelKind kind) {
  return std::array{"ratings", "pairs", "lists"}[static_cast<size_t>(kind)];
}

static void check_loss(const SourceConfig& source, const std::string& path, Problems& problems) {
  if (problems.has(path + ".format")) return;
  const LabelKind kind = label_kind(source.source);
  if (kind != traits(source.loss).labels) {
    std::vector<std::string> fitting;
    for_each_alternative<Loss>([&](auto loss) {
      if (traits(loss).labels == kind) fitting.push_back(loss.name);
    });
    const std::string found =
        str("found \"", traits(source.loss).name, "\", a loss of ",
            label_kind_name(traits(source.loss).labels), ", expected for ",
            source.source.pairs_from_scores ? std::string("pairs_from_scores")
                                            : str("format ", format_name(source.source.format)),
            ": ", join(fitting, ", "));
    add_unless_reported(problems, path + ".loss", found);
  } else if (traits(source.loss).pointwise.fixed_scale &&
             source.source.score_scaling != ScoreScaling::none) {
    add_unless_reported(
        problems, path + ".score_scaling",
        str("found \"", enum_name(source.source.score_scaling),
            "\", expected \"none\": ", traits(source.loss).name, " takes scores as they are"));
  }
}

static void check_pair_margin(const SourceConfig& source, const std::string& path,
                              Problems& problems) {
  if (!source.source.pairs_from_scores) return;
  const bool given = source.source.pairs_from_scores->margin == PairMargin::gap;
  const std::string where = path + ".pairs_from_scores.margin";
  if (given && !traits(source.loss).pair.uses_margin) {
    add_unless_reported(problems, where,
                        str("found \"gap\", which the loss ", traits(source.loss).name,
                            " does not use, expected \"none\""));
  } else if (!given && traits(source.loss).pair.needs_margin) {
    add_unless_reported(
        problems, where,
        str("found \"none\", expected \"gap\": ", traits(source.loss).name, " needs a margin"));
  }
}

static void check_sources(const Config& config, Problems& problems) {
  if (config.sources.empty()) {
    add_unless_reported(problems, "sources", "found an empty list, expected at least one source");
  }
  std::vector<SourceOptions> sources;
  for (size_t i = 0; i < config.sources.size(); ++i) {
    const SourceConfig& source = config.sources[i];
    sources.push_back(source.source);
    for (const std::string& problem : problems_in_source(source.source)) {
      const size_t colon = problem.find(": ");
      add_unless_reported(problems, path_of(config, i) + "." + problem.substr(0, colon),
                          problem.substr(colon + 2));
    }
    check_loss(source, path_of(config, i), problems);
    check_pair_margin(source, path_of(config, i), problems);
  }
  for (const std::string& problem : problems_across_sources(sources))
    problems.lines.push_back(problem);
}

static void check_benchmarks(const Config& config, Problems& problems) {
  std::vector<std::string> names;
  for (const SourceConfig& source : config.sources) names.push_back(source.source.name);
  for (size_t i = 0; i < config.benchmarks.size(); ++i) {
    const BenchmarkConfig& benchmark = config.benchmarks[i];
    const std::string path =
        benchmark.name.empty() ? str("benchmarks[", i, "]") : str("benchmarks.", benchmark.name);
    if (!is_source_name(benchmark.name)) {
      add_unless_reported(
          problems, path + ".name",
          str("found \"", benchmark.name, "\", expected letters a-z, digits and _"));
    }
    if (std::ranges::find(names, benchmark.name) != names.end()) {
      add_unless_reported(problems, path + ".name",
                          str("found \"", benchmark.name,
                              "\" twice, expected names that no source or benchmark shares"));
    }
    names.push_back(benchmark.name);
    if (benchmark.files.empty()) {
      add_unless_reported(problems, path + ".files",
                          "found an empty list, expected the benchmark's files");
    }
  }
}

// An option that names a metric by which models are ordered.
static void check_metric(const Config& config, const std::string& option, const std::string& found,
                         Problems& problems) {
  const BestBy by = source_and_metric(found);
  std::vector<std::string> names;
  for (const SourceConfig& each : config.sources) names.push_back(each.source.name);
  for (const BenchmarkConfig& each : config.benchmarks) names.push_back(each.name);
  const bool known = std::ranges::count(names, by.source) > 0;
  if (known && larger_is_better(by.metric)) return;
  const std::string none =
      known || by.source.empty()
          ? ""
          : str(", where nothing is called \"", by.source, "\"", did_you_mean(by.source, names));
  problems.add(option, str("found \"", found, "\"", none,
                           ", expected a source and a metric that says which model is better, as "
                           "in \"ukp.accuracy\" or \"ukp.log_loss\"; of a benchmark \"total\""));
}

// Steps between evaluations of the source, or the benchmark, that `metric` is of; 0: no such number.
static int64_t steps_between_evaluations(const Config& config, const std::string& metric) {
  const TrainOptions& train = config.train;
  const BenchmarkConfig* const benchmark = config.benchmark_named(source_and_metric(metric).source);
  if (benchmark && benchmark->eval_every) return *benchmark->eval_every;
  const bool every = train.eval_every && std::holds_alternative<int64_t>(*train.eval_every);
  return every ? std::get<int64_t>(*train.eval_every) : 0;
}

// train.keep_best needs an evaluation at every checkpoint.
static void check_keep_best(const Config& config, Problems& problems) {
  const TrainOptions& train = config.train;
  if (!train.keep_best && train.final_step == FinalStep::best) {
    problems.add("train.final",
                 "found \"best\" without train.keep_best, which says by what metric");
  }
  if (!train.keep_best) return;
  check_metric(config, "train.keep_best", *train.keep_best, problems);
  const int64_t evaluated = steps_between_evaluations(config, *train.keep_best);
  if (evaluated == 0 || train.save_every == 0 || train.save_every % evaluated != 0) {
    problems.add("train.keep_best", str("needs an eval_every that divides save_every (",
                                        train.save_every, "), so that what is saved is evaluated"));
  }
}

static void check_stop_early(const Config& config, Problems& problems) {
  const std::optional<StopEarly>& stop = config.train.stop_early;
  if (!stop || problems.has("train.stop_early")) return;
  check_metric(config, "train.stop_early.metric", stop->metric, problems);
  if (steps_between_evaluations(config, stop->metric) > 0) return;
  problems.add("train.stop_early",
               "needs train.eval_every, the number of steps between evaluations");
}

static void check_train(const Config& config, Problems& problems) {
  const TrainOptions& train = config.train;
  if (train.epochs && train.steps) {
    problems.add("train.epochs", "found together with train.steps, expected one of them");
  }
  bool shares_or_parts = false;
  for (const SourceConfig& source : config.sources) {
    shares_or_parts |= source.source.share.has_value() || source.source.active != Active{};
  }
  if (shares_or_parts && !train.steps) {
    problems.add("train.steps", "is required where a source sets a share or an active part");
  }
  if (train.optimizer.betas.size() != 2) {
    problems.add(
        "train.betas",
        str("found ", count_text(std::ssize(train.optimizer.betas), "number"), ", expected 2"));
  }
  check_keep_best(config, problems);
  check_stop_early(config, problems);
}

// Of the rules of curation, and of what they name.
static void check_curation(const Config& config, Problems& problems) {
  if (!config.curation) return;
  const CurationOptions& rules = *config.curation;
  if (rules.judge && rules.folds) {
    problems.add("curation.folds", "found together with curation.judge, expected one of the two");
  }
  if (rules.flip && rules.drop && *rules.flip < *rules.drop) {
    problems.add("curation.flip", str("found ", *rules.flip, ", less than curation.drop (",
                                      *rules.drop, "), expected at least that"));
  }
  if (rules.decontaminate && rules.decontaminate->against.empty()) {
    add_unless_reported(problems, "curation.decontaminate.against",
                        "found an empty list, expected at least one file");
  }
  for (const std::string& name : rules.judged.value_or(std::vector<std::string>{})) {
    const auto named = [&](const SourceConfig& of) { return of.source.name == name; };
    const auto source = std::ranges::find_if(config.sources, named);
    if (source == config.sources.end()) {
      problems.add("curation.judged", str("found \"", name, "\", expected names of sources"));
    } else if (!std::holds_alternative<PairwiseFormat>(source->source.format)) {
      problems.add(
          "curation.judged",
          str("found \"", name, "\", a source of format ", format_name(source->source.format),
              ", expected sources of pairs: a model judges which of two is better"));
    }
  }
}

// A config is UTF-8, but the folders that its paths are below need not be; the resolved config,
// which is JSON, cannot hold them then.
static void check_utf8(const Json& resolved, const std::string& where, Problems& problems) {
  if (resolved.is_string() && !is_utf8(resolved.get_ref<const std::string&>())) {
    problems.add(where,
                 str("found a name that is not UTF-8 in ", resolved.get_ref<const std::string&>(),
                     ", expected UTF-8; rename that folder, or use one elsewhere"));
  }
  if (!resolved.is_structured()) return;
  for (const auto& [key, value] : resolved.items()) {
    std::string at = where.empty() ? key : str(where, ".", key);
    if (resolved.is_array()) at = str(where, "[", key, "]");
    if (where == "sources" || where == "benchmarks")
      at = str(where, ".", value.at("name").get<std::string>());
    check_utf8(value, at, problems);
  }
}

// What is no shape, or no list of sources, is left to the reader of options.
static void apply_shapes(Json& json, Problems& problems) {
  const auto sources = json.find("sources");
  if (sources == json.end() || !sources->is_array()) return;
  for (size_t i = 0; i < sources->size(); ++i) {
    Json& source = (*sources)[i];
    if (!source.is_object() || !source.contains("shape") || !source["shape"].is_string()) continue;
    const Json name = source.value("name", Json());
    const std::string path =
        name.is_string() ? "sources." + name.get<std::string>() : str("sources[", i, "]");
    try {
      apply_shape(shape_named(source["shape"].get<std::string>(), ""), source);
    } catch (const Error& error) {
      problems.add(path + ".shape", error.message);
    }
  }
}

Config parse_config(const std::string& text, const std::string& where,
                    const std::filesystem::path& file_folder,
                    const std::vector<Override>& overrides, const MoreProblems& more) {
  Json json = parse_json(text, where, ErrorKind::usage, {.comments = true});
  if (!json.is_object())
    throw Error{ErrorKind::usage,
                str(where, ": found ", describe_json(json), ", expected an object")};
  Problems problems{.known_elsewhere = known_elsewhere};
  PathBase base{std::filesystem::absolute(file_folder), std::filesystem::current_path(), {}};
  for (const Override& override : overrides) {
    base.set_paths.push_back(apply_override(override, json, problems));
  }
  apply_shapes(json, problems);
  Config config;
  read_options(json, config, base, problems);
  check_sources(config, problems);
  check_benchmarks(config, problems);
  check_train(config, problems);
  check_curation(config, problems);
  check_utf8(resolved_config(config), "", problems);
  if (more) more(config, problems);
  if (!problems.lines.empty()) throw to_error(ErrorKind::usage, where, problems);
  return config;
}

Config read_config(const std::filesystem::path& file, const std::vector<Override>& overrides,
                   const MoreProblems& more) {
  const std::string text = read_file(file, ErrorKind::usage);
  return parse_config(text, file.string(), std::filesystem::absolute(file).parent_path(), overrides,
                      more);
}

const BenchmarkConfig* Config::benchmark_named(const std::string& name) const {
  const auto found = std::ranges::find(benchmarks, name, &BenchmarkConfig::name);
  return found == benchmarks.end() ? nullptr : &*found;
}

Json resolved_config(const Config& config) { return options_to_json(config); }

}  // namespace laurel
