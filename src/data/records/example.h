// An example: what a row means, whatever its format, before its text is tokenised.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "data/group.h"
#include "data/records/annotator_scores.h"
#include "text/conversation.h"
#include "text/tokenizer.h"

namespace laurel {

struct RowSchema;

struct Example {
  std::optional<std::string> id;  // of the row, where the fields name one
  std::optional<Text> prompt;
  std::vector<Text> responses;
  Json variables = Json::object();  // of the chat template: "tools", "documents" and others
  // Of the responses, our names: "chosen", "rejected"; of a list's all the same: "responses".
  std::vector<std::string> names;
  // Of the responses of a row to be scored: why one cannot be; "" where nothing is wrong with it.
  // None for rows with labels, which are refused as a whole.
  std::vector<std::string> errors;
  // Of the only response, where it is labelled in parts: of the string, or of the last message's
  // content; in order, disjoint, none without text.
  std::vector<ByteRange> segments;
  std::optional<Label> label;
  AnnotatorScores annotator_scores;     // of lists of scores, whose mean is the label
  std::vector<std::string> annotators;  // by AnnotatorScore::annotator
  bool whole_preference = false;        // a pair's "preference" is 0 or 1
  std::vector<std::string> given;       // numbers of a pair that the row need not have, but has
  std::vector<std::string> slices;      // JSON text for each of the schema's, kNoSlice without it
  std::vector<std::string> ignored;     // fields of the row that mean nothing here
  std::vector<std::vector<double>> covariates;  // Covariates::evaluate()

  bool is_chat() const;  // prompt or a response is a list of messages
};

// The prompt is there and not empty.
bool has_prompt(const Example& example);

// Messages that all responses begin with; empty where the prompt is given or strings hold it.
Conversation shared_messages(const Example& example);

// Strings without a prompt: what all begin with, up to its last mark of an answer ("Assistant:",
// "[/INST]" and the like); of several without a mark, up to its last line end, unless more than a few
// words follow that all have too. The answers behind it may begin with the same words.
std::string shared_start(const Example& example);

// Something says where the prompt of several answers ends: the row, or what they begin with.
bool tells_prompt(const Example& example);

// A response is a list of messages whose last one is another role's than the assistant's.
bool ends_in_other_role(const Example& example);

// Prompt and responses are strings, and each response begins with the prompt.
bool begins_with_prompt(const Example& example);

// More than one message stands before a response's last one.
bool has_several_turns(const Example& example);

// A pair whose responses come in the order in which people saw them, not by who is better.
bool has_presented_order(const Example& example);

// Some message has more fields than role and content.
bool has_other_fields(const Example& example);

// "file:line" of the first row that has each of these: what a loss may be unable to use.
struct FirstOccurrences {
  std::map<std::string, std::string> given;  // Example::given: "margin" -> where
  std::optional<std::string> no_margin;      // a pair without one
  std::optional<std::string> tie;            // also a probability of one
  std::optional<std::string> soft;           // a probability between 0 and 1

  bool operator==(const FirstOccurrences&) const = default;
};

// Records `where` for each of these that the row is the first to have.
void record_first_occurrences(const Example& example, const std::string& where,
                              FirstOccurrences& first);

}  // namespace laurel
