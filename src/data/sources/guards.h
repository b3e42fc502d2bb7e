// Guards: counts what is suspicious in the rows of a source, with the first row of each kind, and says
// what is wrong and what to write.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "data/records/annotator_scores.h"
#include "data/records/row_signs.h"
#include "data/sources/encode_example.h"
#include "data/sources/load.h"
#include "data/sources/occurrences.h"
#include "data/sources/source.h"

namespace laurel {

// A field that may hold the question: rows that have text in it, and those of them whose texts do not
// hold it, without anything that feeds the prompt, or beside such a thing.
struct UnreadTally {
  int64_t rows = 0;
  int64_t place = 0;  // among such fields of the first row that has it
  Occurrences alone, beside;

  void fields(auto& visit) {
    visit(rows);
    visit(place);
    visit(alone);
    visit(beside);
  }
};

// Pairs whose better response has the higher of two scores of the row, and the lower.
struct HigherScoreTally {
  int64_t higher = 0, lower = 0;

  void fields(auto& visit) {
    visit(higher);
    visit(lower);
  }
};

// Which response of a pair is better. Ties count in none.
struct DirectionTally {
  int64_t pairs = 0, first = 0, longer = 0, shorter = 0;

  void fields(auto& visit) {
    visit(pairs);
    visit(first);
    visit(longer);
    visit(shorter);
  }
};

// Margins of pairs that are not 0, by their sign and by which response is better.
struct MarginTally {
  int64_t above_first = 0, below_first = 0, above_second = 0, below_second = 0;

  void add(float margin, bool first) {
    if (margin > 0) ++(first ? above_first : above_second);
    if (margin < 0) ++(first ? below_first : below_second);
  }
  void add(const MarginTally& later) {
    above_first += later.above_first;
    below_first += later.below_first;
    above_second += later.above_second;
    below_second += later.below_second;
  }

  void fields(auto& visit) {
    visit(above_first);
    visit(below_first);
    visit(above_second);
    visit(below_second);
  }
};

// Lists of scores by nobody in particular: of each place in the list, where all have one length.
struct VectorTally {
  int64_t rows = 0;
  bool ragged = false;
  std::vector<RunningMoments> places;

  void add(const std::vector<float>& scores);
  void add(const VectorTally& later);

  void fields(auto& visit) {
    visit(rows);
    visit(ragged);
    visit(places);
  }
};

// Of the rows of a file, or of a source. Every count has its first row, "file:line".
struct GuardTally {
  int64_t rows = 0;
  std::map<std::string, UnreadTally> unread;  // by field
  std::map<std::string, Occurrences> siblings;
  Occurrences all_json, some_json;
  std::map<std::string, Occurrences> turn_marks;
  std::map<std::string, Occurrences> lost;  // what the template leaves out, as named
  Occurrences lost_question;                // of these, last questions of which nothing is there
  Occurrences no_variables;                 // tools and others that the text rule does not read
  Occurrences other_questions;              // whose responses are dialogues about different things
  DirectionTally direction;
  MarginTally margins;
  std::map<std::string, HigherScoreTally> agreement;  // by "score_a and score_b"
  Occurrences whole_preference;
  VectorTally vectors;

  // `rule`: of the row's texts.
  void add(const RowSigns& signs, const Example& example, const EncodedExample& encoded,
           TextRule rule, const std::string& where);
  // Of the next file of the source.
  void add(const GuardTally& later);

  void fields(auto& visit) {
    visit(rows);
    visit(unread);
    visit(siblings);
    visit(all_json);
    visit(some_json);
    visit(turn_marks);
    visit(lost);
    visit(lost_question);
    visit(no_variables);
    visit(other_questions);
    visit(direction);
    visit(margins);
    visit(agreement);
    visit(whole_preference);
    visit(vectors);
  }
};

struct GuardFindings {
  std::vector<std::string> errors, warnings, notes;
};

struct GuardContext {
  Guarding guarding = Guarding::training;
  TextRule rule = TextRule::plain;
  // What these are read from, as an expression spells it.
  std::string prompt = "prompt", preference = "preference", scores = "scores";
  std::vector<std::string> ignore = {};  // fields that are meant to be left out
};

// What our name is read from, as an expression spells it.
std::string read_from(const FieldMap& fields, const std::string& name);

GuardContext guard_context(const SourceOptions& options, TextRule rule, const LoadContext& context);

// A warning without its first row and what to write: for a line that repeats it.
std::string short_warning(const std::string& warning);

// Without the name of the source.
GuardFindings findings_of(const GuardTally& tally, const GuardContext& context);

// Adds them, each after the name of the source. Throws Error (data) for the first error.
void tell_findings(const GuardTally& tally, const GuardContext& context, const std::string& source,
                   std::vector<std::string>& warnings, std::vector<std::string>& notes);

}  // namespace laurel
