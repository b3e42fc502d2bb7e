// What is known of an example's texts without tokens: hashes of the prompt and of the answers, and how
// long answers are.
#pragma once

#include <cstdint>
#include <vector>

#include "data/records/example.h"
#include "data/sources/groups.h"
#include "text/tokenize.h"

namespace laurel {

// Of the prompt; without one, of the messages that all responses begin with, or of the strings'
// shared_start(); without those, of the responses in any order. A prompt that is one user's message
// equals the string of its content; white space around contents does not count.
uint64_t prompt_hash(const Example& example);

// Answers as given. Without a prompt, the answer is what follows the common leading messages of
// lists, and the whole text of strings; under the rule pair it is the last message.
std::vector<ResponseStats> response_stats(const Example& example, TextRule rule);

}  // namespace laurel
