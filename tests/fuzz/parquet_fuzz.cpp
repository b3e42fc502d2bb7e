// Parquet files.
#include "data/files/byte_stream.h"
#include "data/files/parquet.h"
#include "fuzz/fuzz.h"

using namespace laurel;

constexpr size_t kMostBytes = 10'000;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const fuzz::MemoryFile memory(data, size);
  try {
    ParquetReader reader(memory.path(), kMostBytes);
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
