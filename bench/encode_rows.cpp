// Encodes the texts of a file's ratings, prompt and response as one text, on all cores, and prints how
// long `encode` alone took: what the token cache is compared with.
//
//   encode_rows MODEL_FOLDER FILE
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "core/parallel.h"
#include "data/files/row_reader.h"
#include "text/text_processor.h"

int main(int count, char** words) {
  using namespace laurel;
  if (count != 3) {
    std::fputs("usage: encode_rows MODEL_FOLDER FILE\n", stderr);
    return 2;
  }
  const TextProcessor text = load_text_processor(words[1]);
  RowReader reader(words[2]);
  double seconds = 0;
  int64_t rows = 0;
  std::vector<int64_t> tokens;
  for (bool more = true; more;) {
    std::vector<std::string> texts;
    while (texts.size() < 65536) {
      const auto row = reader.next();
      more = row.has_value();
      if (!more) break;
      const Json json = parse_raw_row(*row, "row");
      texts.push_back(json["prompt"].get<std::string>() + json["response"].get<std::string>());
    }
    tokens.assign(texts.size(), 0);
    const auto begin = std::chrono::steady_clock::now();
    parallel_for(std::ssize(texts), available_cores(),
                 [&](int64_t i) { tokens[i] = std::ssize(text.tokenizer.encode(texts[i], true)); });
    seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    rows += std::ssize(texts);
  }
  std::printf("{\"rows\": %ld, \"seconds\": %.3f}\n", static_cast<long>(rows), seconds);
}
