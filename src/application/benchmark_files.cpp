// Reads all rows and checks them.
#include "application/benchmark_files.h"

#include "application/read_rows.h"
#include "core/str.h"

namespace laurel {

BenchmarkFiles read_benchmark_files(const Benchmark& benchmark,
                                    const std::vector<std::string>& files, int64_t bad_rows) {
  constexpr size_t kRowsAtOnce = 1024;
  RowFiles in(files);
  BenchmarkFiles found;
  const auto add = [&](const Record& record) {
    try {
      if (!record.error.empty()) throw Error{ErrorKind::data, record.error};
      found.rows.push_back(read_benchmark_row(benchmark, record.row, record.where));
    } catch (const Error& error) {
      if (error.kind != ErrorKind::data || ++found.malformed > bad_rows) throw;
    }
  };
  for (RowsRead read = read_rows(in, kRowsAtOnce); !read.records.empty();
       read = read_rows(in, kRowsAtOnce)) {
    for (const Record& record : read.records) add(record);
  }
  if (found.rows.empty()) throw Error{ErrorKind::data, str(files.front(), ": found no rows")};
  check_benchmark_rows(benchmark, found.rows);
  return found;
}

Json row_to_score(const BenchmarkRow& row) {
  return {{"prompt", row.prompt}, {"responses", row.answers}};
}

std::string missing_rows(const Benchmark& benchmark, const std::string& name, int64_t rows) {
  const auto all = published_rows(benchmark);
  if (!all || *all == rows) return "";
  return str(name, ": found ", count_text(rows, "row"), ", and published scores are of ", *all,
             ": they cannot be compared");
}

}  // namespace laurel
