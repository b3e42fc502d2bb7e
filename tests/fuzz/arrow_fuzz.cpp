// Arrow files and streams.
#include "data/files/arrow.h"
#include "data/files/byte_stream.h"
#include "fuzz/fuzz.h"
#include "support/bytes_of_text.h"

using namespace laurel;

constexpr size_t kMostBytes = 10'000;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    ByteStream bytes(test::bytes_of_text(std::string(fuzz::text_of(data, size))));
    ArrowReader reader(bytes, kMostBytes);
    for (int rows = 0; rows < 10'000; ++rows) {
      const std::optional<RawRow> row = reader.next();
      if (!row) break;
      fuzz::require(row->text.size() <= kMostBytes, "a row is kept up to its limit");
      fuzz::guarded([&] { parse_raw_row(*row, "fuzz"); });
    }
  } catch (const StreamError& broken) {
    fuzz::require(!broken.reason.empty(), "a broken file says why");
  }
  return 0;
}
