// A row of a source as the model sees it, with the tokens marked whose reward is read: a reward at
// the wrong token gives no error.
#pragma once

#include <string>

#include "data/group.h"
#include "text/tokenizer.h"

namespace laurel {

// The text that the tokens of a response spell, on one line (a line end is \n), "[pooled here]"
// after each pooled token, or behind the tokens whose mean is taken.
std::string rendered_row(const Response& response, const Tokenizer& tokenizer);

}  // namespace laurel
