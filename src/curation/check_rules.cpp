// Rules beside formats, fields and losses.
#include "curation/check_rules.h"

#include <algorithm>
#include <set>

#include "core/error.h"
#include "core/str.h"
#include "curation/row_change.h"
#include "data/records/expressions.h"

namespace laurel {

namespace {

[[noreturn]] void refuse_rule(const std::string& option, const std::string& what) {
  throw Error{ErrorKind::usage, str("curation.", option, ": ", what)};
}

// The rows that are written hold what they held, without the labels that were replaced: a filter may
// not look at these where eval files go on needing it.
void check_filter(const SourceOptions& source, const PairKeys& keys) {
  if (!source.rows.filter || source.eval.empty()) return;
  std::set<std::string> read;
  for (const auto& [key, needed_by] : FieldMap({}, source.rows.filter).keys()) read.insert(key);
  for (const std::string* key :
       {&keys.preferred, &keys.preference, &keys.tie, &keys.votes_a, &keys.votes_b, &keys.votes_tie,
        &keys.margin, &keys.strength, &keys.chosen, &keys.rejected}) {
    if (key->empty() || !read.contains(*key)) continue;
    throw Error{ErrorKind::usage,
                str("sources.", source.name, ".filter: found \"", *key,
                    "\", which curation changes, together with eval files, expected the eval "
                    "files in a source of their own")};
  }
}

// A label that an expression makes of the row is not in the row to be changed.
void check_labels_can_be_written(const SourceOptions& source, const CurationOptions& options) {
  if (!options.soft && !options.flip) return;
  const PairKeys keys = pair_keys(source);
  check_filter(source, keys);
  if (options.soft && keys.preference.empty() && !keys.made) {
    refuse_rule("soft", str("found true, but fields of source ", source.name,
                            " leaves \"preference\" out (null), where the probability is written; "
                            "expected no such entry"));
  }
  if (!keys.made) return;
  refuse_rule(
      options.soft ? "soft" : "flip",
      str("found ", options.soft ? "true" : str(*options.flip), ", but source ", source.name,
          " makes answers or labels of its pairs by expressions (fields), expected names "
          "of fields, whose values can be changed in the file",
          options.soft ? "; or no soft, and \"flip\": null, so that such pairs are dropped"
                       : "; or \"flip\": null, so that such pairs are dropped"));
}

// In a pair that is turned round the answers change places, and the numbers that a row keeps for its
// first and second answer do not.
void check_covariates(const SourceOptions& source, const CurationOptions& options) {
  if (!options.flip || options.soft) return;
  for (const auto& [name, text] : source.rows.covariates) {
    const Expressions expression({{text, ExpressionUse::value}});
    const auto reads_index = [](const std::vector<std::string>& keys) {
      return std::ranges::count(keys, "index") > 0;
    };
    if (!reads_index(expression.keys(0)) && !reads_index(expression.asked_keys(0))) continue;
    refuse_rule(
        "flip",
        str("found ", *options.flip, ", but covariates.", name, " of source ", source.name, " (\"",
            text,
            "\") takes numbers by `index`, which would be those of the other answer once a "
            "pair is turned round; expected \"flip\": null, so that such pairs are dropped, "
            "an expression over `response` alone, or no such covariate"));
  }
}

// The sources whose pairs a model judges. What their losses cannot take is refused before any work.
std::vector<int32_t> judged_sources(const Config& config, Log& log) {
  const CurationOptions& options = *config.curation;
  std::vector<int32_t> judged;
  if (!options.asks_a_model()) return judged;
  for (size_t i = 0; i < config.sources.size(); ++i) {
    const SourceOptions& source = config.sources[i].source;
    if (source.train.empty()) continue;
    if (!std::holds_alternative<PairwiseFormat>(source.format)) {
      log.info(str("source ", source.name, ": rows of format ", format_name(source.format),
                   " are not judged: a model judges which response of a pair is better"));
      continue;
    }
    if (options.judged && std::ranges::count(*options.judged, source.name) == 0) continue;
    judged.push_back(static_cast<int32_t>(i));
    check_labels_can_be_written(source, options);
    check_covariates(source, options);
    const PairTraits pair = traits(config.sources[i].loss).pair;
    if (options.soft && !pair.takes_soft_targets) {
      refuse_rule("soft", str("found true, but the loss ", traits(config.sources[i].loss).name,
                              " of source ", source.name,
                              " takes no probabilities, expected bradley_terry, or flip and drop"));
    }
    if (!options.soft && options.flip && pair.needs_margin) {
      refuse_rule("flip",
                  str("found ", *options.flip, ", but the loss ",
                      traits(config.sources[i].loss).name, " of source ", source.name,
                      " needs a margin, which a pair that is turned round has not; expected "
                      "null: such pairs are then dropped"));
    }
  }
  if (judged.empty()) {
    refuse_rule(options.judge ? "judge" : "folds",
                "found no source of pairs that is trained on, expected one or more");
  }
  return judged;
}

// What an expanded row was made of is not written again, and evaluation rows are not touched.
void check_expanded(const Config& config) {
  for (const SourceConfig& source : config.sources) {
    const SourceOptions& options = source.source;
    if (options.expand == Expand::none || options.train.empty() || options.eval.empty()) continue;
    throw Error{
        ErrorKind::usage,
        str("sources.", options.name,
            ".expand: found together with eval files, whose rows it makes too; expected the "
            "eval files in a source of their own: curate writes the rows that expand made")};
  }
}

void check_any_rule(const Config& config) {
  if (!config.curation) {
    throw Error{ErrorKind::usage,
                "curation: found no rules, expected some, as in \"curation\": {\"duplicates\": "
                "\"exact\", \"folds\": 5} (docs/curation.md)"};
  }
  const CurationOptions& options = *config.curation;
  const bool any =
      options.duplicates != DuplicateRule::keep || options.decontaminate || options.asks_a_model();
  if (any) return;
  throw Error{ErrorKind::usage,
              "curation: found no rule that says anything of a row, expected one or more of "
              "duplicates, decontaminate, judge, folds"};
}

}  // namespace

std::vector<int32_t> check_rules(const Config& config, Log& log) {
  check_any_rule(config);
  check_expanded(config);
  return judged_sources(config, log);
}

}  // namespace laurel
