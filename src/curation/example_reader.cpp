// Reads and parses rows as loading does.
#include "curation/example_reader.h"

#include <limits>

#include "core/error.h"
#include "core/parallel.h"
#include "data/records/format.h"

namespace laurel {

namespace {

constexpr size_t kRowsAtOnce = 4096;
constexpr size_t kRowBytesAtOnce = size_t{32} << 20;

void parse_example(ReadExample& read, const RawRow& row, const RowSchema& schema) {
  try {
    const Json json = parse_raw_row(row, read.where);
    const FieldValues values = schema.fields.evaluate(json, row.text, read.where);
    if (values.kept) read.example = parse_row(json, values, schema, read.where);
  } catch (const Error& e) {
    if (e.kind != ErrorKind::data) throw;
    read.error = e.message;
  }
}

}  // namespace

ExampleReader::ExampleReader(const SourceOptions& options, int32_t source, int threads,
                             std::vector<std::string> more_slices)
    : options_(options), source_(source), threads_(threads) {
  for (std::string& field : more_slices) options_.slices.push_back(std::move(field));
  schema_ = schema_of(options_);
}

bool ExampleReader::open_next_file() {
  if (file_ == options_.train.size() + options_.eval.size()) return false;
  const bool first_of_part = file_ == 0 || file_ == options_.train.size();
  if (first_of_part) left_ = options_.limit.value_or(std::numeric_limits<int64_t>::max());
  const bool eval = file_ >= options_.train.size();
  const Path& path = eval ? options_.eval[file_ - options_.train.size()] : options_.train[file_];
  reader_ = std::make_unique<GroupedReader>(path.value, options_.grouping());
  ++file_;
  return true;
}

std::vector<ReadExample> ExampleReader::next() {
  std::vector<ReadExample> examples;
  std::vector<RawRow> rows;
  size_t bytes = 0;
  while (rows.size() < kRowsAtOnce && bytes < kRowBytesAtOnce) {
    if (!reader_ && !open_next_file()) break;
    std::optional<RawRow> row;
    if (left_ > 0) row = reader_->next();
    if (!row) {
      reader_.reset();
      continue;
    }
    --left_;
    bytes += row->text.size();
    const auto file = static_cast<int32_t>(file_ - 1);
    examples.push_back({.place = {source_, file, location_id(*row)},
                        .eval = file_ > options_.train.size(),
                        .where = reader_->where(*row)});
    rows.push_back(std::move(*row));
  }
  parallel_for(static_cast<int64_t>(rows.size()), threads_, [&](int64_t i) {
    parse_example(examples[i], rows[i], schema_);
    examples[i].text = std::move(rows[i].text);
  });
  return examples;
}

}  // namespace laurel
