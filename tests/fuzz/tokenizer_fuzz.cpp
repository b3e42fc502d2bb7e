// tokenizer.json, and a text encoded by it.
#include "fuzz/fuzz.h"
#include "text/tokenizer.h"

using namespace laurel;

static void check_ids(const Tokenizer& tokenizer, const std::vector<int32_t>& ids) {
  for (const int32_t id : ids) {
    fuzz::require(id >= 0 && id < (1 << 24), "an id is the number of a row of an embedding");
    tokenizer.token_of(id);
  }
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::vector<std::string> parts = fuzz::parts_of(data, size, 2);
  fuzz::guarded([&] {
    const Tokenizer tokenizer(parts[0], "fuzz");
    fuzz::require(tokenizer.vocabulary_size() >= 0, "a vocabulary has a size");
    tokenizer.pipeline();
    const std::string& text =
        parts[1].empty() ? "Is it 1 or 2? <s>na\u00efve \U0001F600" : parts[1];
    fuzz::guarded([&] { check_ids(tokenizer, tokenizer.encode(text, true)); });
    fuzz::guarded([&] {
      const std::vector<ByteRange> special = tokenizer.special_text(text);
      check_ids(tokenizer, tokenizer.encode_partly_ordinary(text, special));
    });
  });
  return 0;
}
