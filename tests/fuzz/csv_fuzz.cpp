// Tables of texts, in small reads.
#include "data/files/byte_stream.h"
#include "data/files/csv.h"
#include "fuzz/fuzz.h"
#include "support/bytes_of_text.h"

using namespace laurel;

constexpr size_t kMostBytes = 1000;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(fuzz::text_of(data, size));
  for (const char separator : {',', '\t'}) {
    try {
      ByteStream bytes(test::bytes_of_text(text, separator == ',' ? 7 : 1 << 16));
      CsvReader reader(bytes, separator, kMostBytes);
      for (int rows = 0; rows < 10'000; ++rows) {
        const std::optional<RawRow> row = reader.next();
        if (!row) break;
        fuzz::guarded([&] {
          const Json object = parse_raw_row(*row, "fuzz");
          fuzz::require(object.is_object() && !object.empty(), "a row has the header's names");
        });
      }
    } catch (const StreamError& broken) {
      fuzz::require(!broken.reason.empty(), "a broken stream says why");
    }
  }
  return 0;
}
