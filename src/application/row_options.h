// How rows are read and scored: the options of the commands eval and score that say it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "checkpoint/reward_config.h"
#include "core/log.h"
#include "data/sources/source.h"
#include "text/tokenizer_class.h"

namespace laurel {

struct RowOptions {
  std::optional<Format> format;  // none: what a row's fields say
  TextChoice text = TextChoice::automatic;
  FieldMap fields;
  std::optional<std::string> filter;     // of rows to be evaluated
  std::vector<std::string> ignore;       // fields that are meant to be left out
  std::optional<std::string> separator;  // of segments that are a list
  std::optional<Reduction> reduction;    // of their rewards
  // None: as the model was trained.
  std::optional<TokenizerRule> tokenizer;
  std::optional<int64_t> max_length;
  std::optional<SpecialText> special_text;
  std::optional<Json> template_kwargs;
  std::optional<std::string> template_date;
  // Of the model's head: fields may name them too. None: the model is not open yet.
  std::optional<std::vector<std::string>> attributes;
};

// Fills in the separator and the reduction that were not given: those of the model's sources of
// segments where they agree, else a line end and the mean; and the attributes.
void fill_defaults(RowOptions& options, const RewardConfig& model);

// The format of a row to be scored, and what its fields are read from.
struct RowReading {
  Format format;
  FieldMap fields;
};

// By the options, else by the row's fields; a row whose only text is a list "messages" is a
// response under that name. Throws Error (data) that starts with `where` if it has the fields of no
// format or of several, Error (usage) if --fields does not fit the format; that is not looked at before
// the attributes are known.
RowReading reading_of(const Json& row, const RowOptions& options, const std::string& where,
                      bool labelled = false);

// A message about rows in the words of the commands that have RowOptions: "data.bad_rows" of a
// config is their --bad-rows.
std::string with_command_options(std::string message);

// Throws Error (usage) if --fields does not fit the format.
void check_fields(const FieldMap& fields, const Format& format,
                  const std::vector<std::string>& attributes);

struct FirstRow {
  Json row;
  RowReading reading;
};

// Of a file of labelled rows, the first that can be read after at most `bad_rows` others; says its
// format in the log. A pipe, which can be read once, is left alone where the format is given: the
// row is then empty. Throws as reading_of(), and Error (data) for a file without such a row.
FirstRow first_row(const std::string& file, const RowGrouping& grouping, const RowOptions& options,
                   int64_t bad_rows, Log& log);

}  // namespace laurel
