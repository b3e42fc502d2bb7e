// What loading a data file found besides its rows, kept with them; and the same of a whole source.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "data/records/example.h"
#include "data/records/expand/grouped_reader.h"
#include "data/sources/bad_rows.h"
#include "data/sources/guards.h"
#include "data/sources/length_tally.h"
#include "data/sources/occurrences.h"
#include "text/tokenize.h"

namespace laurel {

// visit() walks numbers, strings, lists, maps, optionals and structs with fields (facts_bytes.h).
struct FileFacts {
  int64_t rows = 0;
  std::optional<TextRule> rule;          // of its texts; none: it has no row that can be read
  std::optional<std::string> string_at,  // the first row of strings: "file:line"
      list_at;                           // and of message lists
  bool chat_first = false;               // the first row that can be read is of message lists
  std::set<std::string> ignored;         // fields
  FirstOccurrences first;
  BadRows bad;
  bool any_good = false;  // of the rows
  bool begins_badly =
      false;  // too many bad rows came before any_good to say that it is a file of these rows
  bool rated = false;  // some row has annotators' scores
  Occurrences special_text, other_role, repeated_prompt, repeated_response;
  Occurrences no_prompt;                // that tells_prompt() does not find
  Occurrences joined, fields_left_out;  // of messages under the rule pair
  LengthTally lengths;
  GroupingCounts grouping;
  GuardTally guards;
  std::set<std::string> found_keys,     // of those that the fields name, those that some row has
      other_keys;                       // of rows, where not all were found
  std::vector<std::string> annotators;  // names of those who gave ratings
  std::vector<std::vector<std::string>> slice_values;  // of each of SourceOptions::slices

  void fields(auto& visit) {
    visit(rows);
    visit(rule);
    visit(string_at);
    visit(list_at);
    visit(chat_first);
    visit(ignored);
    visit(first.given);
    visit(first.no_margin);
    visit(first.tie);
    visit(first.soft);
    visit(bad);
    visit(any_good);
    visit(begins_badly);
    visit(rated);
    visit(special_text);
    visit(other_role);
    visit(repeated_prompt);
    visit(repeated_response);
    visit(no_prompt);
    visit(joined);
    visit(fields_left_out);
    visit(lengths);
    visit(grouping);
    visit(guards);
    visit(found_keys);
    visit(other_keys);
    visit(annotators);
    visit(slice_values);
  }

  // Of the rows that follow: of the file, or of the source's next file. Each file keeps its own ignored
  // fields, annotators and slices, which are not added.
  void add(const FileFacts& later);
};

// As bytes; nullopt for bytes that are no facts.
std::string bytes_of(const FileFacts& facts);
std::optional<FileFacts> facts_of(std::string_view bytes);

}  // namespace laurel
