// JSONL and JSON lists, as they are or packed with gzip or Zstandard, in small reads.
#include "data/files/byte_stream.h"
#include "data/files/json_list.h"
#include "data/files/jsonl.h"
#include "fuzz/fuzz.h"
#include "support/bytes_of_text.h"

using namespace laurel;

constexpr size_t kMostBytes = 1000;

static void read_rows(auto&& reader) {
  for (int rows = 0; rows < 10'000; ++rows) {
    const std::optional<RawRow> row = reader.next();
    if (!row) return;
    fuzz::require(row->text.size() <= kMostBytes, "a row is kept up to its limit");
    fuzz::guarded([&] { parse_raw_row(*row, "fuzz"); });
  }
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(fuzz::text_of(data, size));
  for (const size_t at_once : {size_t{7}, size_t{1} << 16}) {
    for (const bool is_list : {false, true}) {
      try {
        ByteStream bytes(test::bytes_of_text(text, at_once));
        if (is_list) {
          read_rows(JsonListReader(bytes, kMostBytes));
        } else {
          read_rows(LineReader(bytes, kMostBytes));
        }
      } catch (const StreamError& broken) {
        fuzz::require(!broken.reason.empty(), "a broken stream says why");
      }
    }
  }
  return 0;
}
