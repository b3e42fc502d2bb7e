// A dialogue as the tokenizer's pair of texts: what encoders read.
#pragma once

#include "text/dialogue.h"
#include "text/tokenize.h"

namespace laurel {

// `dialogue` is of TextRule::pair. The ids of transformers' tokenizer(prompt, response), or of
// tokenizer(response) for a dialogue of one message. Throws Error (data) where the post-processor
// joins pairs in another form than PairTemplate.
TokenizedText tokenize_pair(const TextProcessor& processor, SpecialText special_text,
                            const Dialogue& dialogue);

}  // namespace laurel
