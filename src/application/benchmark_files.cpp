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
  std::string first;  // of the malformed ones
  const auto add = [&](const Record& record) {
    try {
      if (!record.error.empty()) throw Error{ErrorKind::data, record.error};
      found.rows.push_back(read_benchmark_row(benchmark, record.row, record.where));
    } catch (const Error& error) {
      if (error.kind != ErrorKind::data || ++found.malformed > bad_rows) throw;
      if (first.empty()) first = error.message;
    }
  };
  for (RowsRead read = read_rows(in, kRowsAtOnce); !read.records.empty();
       read = read_rows(in, kRowsAtOnce)) {
    for (const Record& record : read.records) add(record);
  }
  if (found.rows.empty()) {
    throw Error{ErrorKind::data,
                found.malformed == 0
                    ? str(files.front(), ": found no rows")
                    : str("all ", count_text(found.malformed, "row"),
                          " are malformed, expected at least one that is not; the first: ", first)};
  }
  found.remarks = check_benchmark_rows(benchmark, found.rows);
  return found;
}

Json row_to_score(const BenchmarkRow& row) {
  return {{"prompt", row.prompt}, {"responses", row.answers}};
}

std::string missing_rows(const Benchmark& benchmark, const std::string& name, int64_t rows) {
  std::vector<std::string> published;
  for (const int64_t count : published_rows(benchmark)) {
    if (count == rows) return "";
    published.push_back(str(count));
  }
  return str(name, ": found ", count_text(rows, "row"), ", and published scores are of ",
             join(published, " or "), ": they cannot be compared");
}

}  // namespace laurel
