// One row of a file: what a JSON object means under a format. To add a format: name it in source.h,
// read its fields in a row_FORMAT.cpp, add it to row.cpp and its table to tests/data/.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "data/group.h"
#include "data/sources/annotators.h"
#include "data/sources/source.h"
#include "text/conversation.h"
#include "text/tokenizer.h"

namespace laurel {

// pairwise   chosen, rejected [tie or preference]
//            response_a, response_b, and preferred, tie, preference, or votes_a, votes_b
//            [votes_tie] [margin, strength]
// pointwise  response, score or scores [annotators]
//            response, one or more of the attributes, each a number or a list [annotators]
// ranked     responses, ranks or scores
// segments   completions (strings), labels
//            response, segments ([begin, end] in code points), labels
//            attributes take the place of labels
// Every format: [prompt, weight]. Optional fields that are null count as absent.
struct RowSchema {
  Format format = Format::pairwise;
  std::map<std::string, std::string> columns;  // laurel's name -> the file's name
  std::vector<std::string> attributes = {};    // none: a score
  std::string separator = "\n";                // between segments that are a list
  std::vector<std::string> slices = {};        // fields, by the file's names
  bool labelled = true;  // false: score and preferred need not be there, as in rows to be scored
};

struct Example {
  std::optional<Text> prompt;
  std::vector<Text> responses;
  // Of the responses, our names: "chosen", "rejected"; of a list's all the same: "responses".
  std::vector<std::string> names;
  // Of the only response, where it is labelled in parts: of the string, or of the last message's
  // content; in order, disjoint, none without text.
  std::vector<ByteRange> segments;
  std::optional<Label> label;
  AnnotatorScores annotator_scores;     // of lists of scores, whose mean is the label
  std::vector<std::string> annotators;  // by AnnotatorScore::annotator
  bool has_margin = false, has_strength = false;
  std::vector<std::string> slices;   // one value for each of the schema's, kNoSlice without it
  std::vector<std::string> ignored;  // fields of the row that mean nothing here

  bool is_chat() const;  // prompt or a response is a list of messages
};

// Throws Error (data) that starts with `where` ("file:line").
Example parse_row(const Json& row, const RowSchema& schema, const std::string& where);

// Records `where` for each of these that the row is the first to have.
void record_first_occurrences(const Example& example, const std::string& where,
                              FirstOccurrences& first);

// The format whose fields the row has. Throws Error (data) if it has those of none or of several.
Format detect_format(const Json& row, const std::map<std::string, std::string>& columns,
                     const std::string& where);

// laurel's names of a format's fields, for messages and for `columns`.
std::vector<std::string> field_names(Format format,
                                     const std::vector<std::string>& attributes = {});

}  // namespace laurel
