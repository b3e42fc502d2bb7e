// A source: files of labelled rows in one format, its options, and its loaded data.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/file_stamp.h"
#include "core/options.h"
#include "data/group.h"
#include "data/records/example.h"
#include "data/records/expand/grouped_reader.h"
#include "data/records/format.h"
#include "data/sources/field_options.h"
#include "data/sources/groups.h"
#include "data/sources/pair_options.h"
#include "data/sources/slice_values.h"
#include "text/tokenize.h"

namespace laurel {

// automatic: rows of message lists are chat, rows of strings are plain (or follow the rule of the
// model's reward_config.json). Of an encoder, all rows are pair, or chat where it has a template.
enum class TextChoice { automatic, chat, plain, pair, rendered };
constexpr auto enum_names(TextChoice) {
  return std::array{"auto", "chat", "plain", "pair", "rendered"};
}

// None for automatic.
std::optional<TextRule> rule_of(TextChoice choice);

// Of a row, where `strings` is the rule of strings that are not told theirs.
TextRule rule_of_row(TextChoice choice, TextRule strings, bool is_chat);

enum class ScoreScaling { none, standardize };
constexpr auto enum_names(ScoreScaling) { return std::array{"none", "standardize"}; }

enum class OverLength { drop, truncate_prompt_left, truncate_response_right, error };
constexpr auto enum_names(OverLength) {
  return std::array{"drop", "truncate_prompt_left", "truncate_response_right", "error"};
}

// How the groups of a source are sampled.
enum class Sampling { uniform, balanced };
constexpr auto enum_names(Sampling) { return std::array{"uniform", "balanced"}; }

// How the rewards of a response's segments become one.
enum class Reduction { mean, min, last, sum };
constexpr auto enum_names(Reduction) { return std::array{"mean", "min", "last", "sum"}; }

// What several annotators' scores of one response become: one loss term with their mean, weighted
// by their number, or a term each.
enum class Annotators { mean, each };
constexpr auto enum_names(Annotators) { return std::array{"mean", "each"}; }

// What is taken from an annotator's scores as their habit.
enum class AnnotatorScaling { none, center, standardize };
constexpr auto enum_names(AnnotatorScaling) { return std::array{"none", "center", "standardize"}; }

// What counts once in a loss: a labelled segment, or the group that it belongs to.
enum class CountBy { segment, group };
constexpr auto enum_names(CountBy) { return std::array{"segment", "group"}; }

struct Active {
  double from = 0, to = 1;
  void fields(auto& visit) {
    visit("from", from, "The source joins at step floor(from * steps), counted from 0.",
          Range{.min = 0, .max = 1});
    visit("to", to, "The source leaves before step floor(to * steps).", Range{.min = 0, .max = 1});
  }
  bool operator==(const Active&) const = default;
};

// The loss and its weight belong to the config, which pairs them with the source.
struct SourceOptions {
  std::string name;
  Format format = PairwiseFormat{};
  TextChoice text = TextChoice::automatic;
  std::vector<Path> train, eval;
  std::optional<std::string> split, eval_split;
  Expand expand = Expand::none;
  int64_t rows_per_group = 1;
  FieldOptions rows;
  std::vector<std::string> ignore;  // fields of the files
  std::optional<int64_t> limit;
  double eval_fraction = 0;
  std::optional<double> share;
  Active active;
  ScoreScaling score_scaling = ScoreScaling::none;
  std::vector<std::string> attributes;
  std::map<std::string, double> attribute_weights;
  Annotators annotators = Annotators::mean;
  AnnotatorScaling annotator_scaling = AnnotatorScaling::none;
  std::optional<PairsFromScores> pairs_from_scores;
  std::string separator = "\n";
  CountBy count_by = CountBy::segment;
  Reduction reduction = Reduction::mean;
  std::vector<std::string> slices;  // names of the files
  Sampling sampling = Sampling::uniform;
  std::optional<std::string> balanced_by, population_of;  // of slices
  std::map<std::string, double> population;               // value -> share

  RowGrouping grouping() const { return {expand, rows_per_group}; }

  void fields_of_files(auto& visit) {
    visit("train", train,
          "Files to train on: JSONL, JSON, CSV, Arrow, Parquet, folders of them, patterns "
          "(docs/data.md); none for a source that is only evaluated.");
    visit("eval", eval, "Files to evaluate on, as in train.");
    visit("split", split,
          "Of the folders in train, the files of this split: train, validation, test or another "
          "name (docs/data.md).",
          WhenNull{"all files; it is an error where a folder has several splits"});
    visit("eval_split", eval_split, "As split, of the folders in eval.",
          WhenNull{"all files, as for split"});
    visit("expand", expand,
          "What makes several rows of one: prm800k (PRM800K's steps, format segments), oasst (Open "
          "Assistant's trees or messages, format ranked).");
    visit(
        "rows_per_group", rows_per_group,
        "Rows that follow each other and make one, {\"rows\": [...]}: 2 for NeMo-Aligner's files.",
        Range{.min = 1, .max = 1024});
  }

  void fields(auto& visit) {
    visit("name", name, "Unique name, [a-z0-9_]+; appears in metrics and in reward_config.json.",
          kRequired);
    visit("format", format, "What a line of the files means (docs/data.md).", kRequired);
    visit.flatten(rows);
    visit(
        "text", text,
        "How text becomes tokens (docs/data.md): the chat template, TRL's rule for strings, pairs of "
        "texts (encoders), rendered text as it is; auto: lists are chat, strings plain, or all pair.");
    fields_of_files(visit);
    visit("ignore", ignore, "Fields of the rows left out on purpose: nothing warns of them.");
    visit("limit", limit, "Only the first n rows of train, and of eval.", Range{.min = 1},
          WhenNull{"all rows"});
    visit("eval_fraction", eval_fraction,
          "Part of the prompts of train that is held out for evaluation; needs 20 prompts.",
          Range{.min = 0, .max = 0.9});
    visit(
        "share", share,
        "Part of the groups of a step, relative to the other active sources' shares; every source "
        "sets it or none does.",
        Above{.min = 0}, WhenNull{"the number of groups"});
    visit("active", active, "The part of the run in which the source is trained on.");
    visit("score_scaling", score_scaling,
          "standardize: targets of the source get mean 0 and deviation 1 over its training "
          "rows; rewards and metrics stay as they are.");
    visit("attributes", attributes,
          "Fields of a row that are scores, or labels of segments, each an attribute of the head; "
          "a row "
          "need not have all. Without it: one score, in the field \"score\".");
    visit("attribute_weights", attribute_weights,
          "Multiply the weights of single attributes in training: {\"verbosity\": 0.5}.");
    visit("annotators", annotators,
          "What lists of scores mean: their mean, weighted by their number, or a loss term each. "
          "Evaluation always takes the mean.");
    visit("annotator_scaling", annotator_scaling,
          "Brings the training scores of every annotator to the mean (center), or the mean and "
          "deviation (standardize), of all.");
    visit("pairs_from_scores", pairs_from_scores,
          "Makes pairs of a prompt's scored responses, for a loss of pairs.",
          WhenNull{"scores stay scores"});
    visit("separator", separator, "Text between the segments of \"completions\".");
    visit(
        "count_by", count_by,
        "segment: every labelled segment counts; group: the labelled segments of a response count "
        "together as one.");
    visit("reduction", reduction,
          "How the rewards of a response's segments become its reward in scoring and evaluation.");
    visit(
        "slices", slices,
        "Fields of the rows, by their names in the files, whose values are strings, numbers, true "
        "or false: every evaluation shows its metrics in total and for each value. A row "
        "without the field counts as (none).");
    visit(
        "sampling", sampling,
        "uniform: every group once an epoch. balanced: groups are taken from the values of balanced_by "
        "in turn, so that each value has the same number of groups, and those of rare values come "
        "more often.");
    visit("balanced_by", balanced_by, "One of slices: whose values are balanced.",
          WhenNull{"none"});
    visit("population", population,
          "The shares that the values of population_of have in the population that the model is "
          "for: {\"group_a\": 0.5, \"group_b\": 0.5}. Training rows are weighted by share / "
          "observed share; all values must be named.");
    visit("population_of", population_of, "One of slices: which the shares are of.",
          WhenNull{"none"});
  }
};

// Rules across the fields of one source that need no file: "FIELD: found ..., expected ..."; and
// those of them that are about its covariates.
std::vector<std::string> problems_in_source(const SourceOptions& source);
std::vector<std::string> problems_of_covariates(const SourceOptions& source);

// How the rows of the source's files are read. Throws Error (usage) for expressions that are none.
RowSchema schema_of(const SourceOptions& source);

// The part of that which is about the names in `fields`: a format has them, and no key is read twice.
std::vector<std::string> problems_of_names(const Fields& fields, const Format& format,
                                           const std::vector<std::string>& attributes);

// Rules across sources: unique names, shares set by all that train or by none.
std::vector<std::string> problems_across_sources(const std::vector<SourceOptions>& sources);

struct LengthOptions {
  int64_t max_length = 0;
  OverLength over_length = OverLength::drop;

  void fields(auto& visit) {
    visit("max_length", max_length, "Most tokens of one row: prompt and answer together.",
          Range{.min = 1, .max = 1 << 20}, kRequired);
    visit("over_length", over_length,
          "What happens to a group with a longer row: it is dropped and counted, its contents are "
          "cut (the template's start and end stay), or it is an error.");
  }
};

// data.bad_rows where malformed rows are to be listed, however many there are.
inline constexpr int64_t kAllBadRows = int64_t{1} << 53;

struct DataOptions {
  int64_t bad_rows = 0;
  SpecialText special_text = SpecialText::transformers;
  std::optional<int64_t> threads = {};
  bool cache = true;
  std::optional<Path> cache_folder = {};

  void fields(auto& visit) {
    visit("bad_rows", bad_rows,
          "Malformed rows that may be skipped in each source; they are counted.", Range{.min = 0});
    visit("special_text", special_text,
          "What contents that spell a special token become: that token, as in transformers, or "
          "plain text.");
    visit("threads", threads, "Threads that tokenise.", Range{.min = 1, .max = 1024},
          WhenNull{"all cores"});
    visit("cache", cache,
          "Cache the tokenised rows of a source and reuse them in runs that would give the "
          "same rows: same program, files, options, tokenizer and template (docs/data.md).");
    visit("cache_folder", cache_folder, "Folder of the cache.",
          WhenNull{"laurel/ in $XDG_CACHE_HOME, else in ~/.cache"});
  }
};

// Targets of training are (score - mean) / deviation.
struct Scaling {
  double mean = 0, deviation = 1;
  bool operator==(const Scaling&) const = default;

  void fields(auto& visit) {
    visit("mean", mean);
    visit("deviation", deviation, Above{.min = 0});
  }
};

// rows = used + bad + the sum of dropped.
struct LoadReport {
  int64_t rows = 0, used = 0, bad = 0;
  std::map<std::string, int64_t> dropped = {};  // reason -> rows
  int64_t truncated = 0, special_text = 0;      // of the rows used
  int64_t prompts = 0;                          // different ones among the rows used
};

// "7288 rows, 7201 used, dropped: 80 over_length, 7 identical": for logs and reports.
std::string summary(const LoadReport& report);

// Group::id is the number of its file in `files`, shifted by this, and its location id
// (data/files/raw_row.h).
inline constexpr int kLocationBits = 40;

struct Split {
  Groups groups;
  LoadReport report;
  std::vector<std::string> files;         // of the source, all: the ids of groups number them
  std::vector<std::string> slice_fields;  // SourceOptions::slices
  SliceValues slices;                     // of groups[i]: a value per field; none: no fields
  std::vector<std::string> covariates;    // names of FieldOptions::covariates

  std::string where(uint64_t group_id) const;  // "file:line", "file:row N"
};

struct SourceData {
  SourceOptions options;
  TextRule rule = TextRule::plain;
  bool has_strings = false;  // some row's prompt and answers are all strings
  FirstOccurrences first;
  Split train, eval;                          // scores of train are scaled, those of eval are not
  FileStamps stamps;                          // of the files as they were read
  std::map<std::string, std::string> sha256;  // of those whose hash is known
  std::vector<Scaling> scaling;               // by attribute
  std::vector<std::string> notes, warnings;   // to be printed once, warnings as such
  std::vector<std::string> found;             // what `check` says besides: lengths, directions
};

}  // namespace laurel
