// One pass over the files: rows and their fates are in the same order.
#include "curation/curated_files.h"

#include <optional>

#include "core/files.h"
#include "core/json_text.h"
#include "core/option_types.h"
#include "core/str.h"
#include "curation/example_reader.h"
#include "curation/row_change.h"

namespace laurel {

namespace {

constexpr size_t kBytesAtOnce = 1 << 20;

// Collects small writes.
class LineFile {
 public:
  explicit LineFile(const std::filesystem::path& path) : file_(path) {}

  void line(std::string_view text) {
    lines_ += text;
    lines_ += '\n';
    if (lines_.size() >= kBytesAtOnce) flush();
  }
  void finish() {
    flush();
    file_.finish();
  }

 private:
  void flush() {
    file_.write(lines_);
    lines_.clear();
  }

  AtomicFile file_;
  std::string lines_;
};

// The lines of a row: of one that stands for several (rows_per_group) each of these.
std::string lines_of(const std::string& row, const SourceOptions& source) {
  if (source.rows_per_group == 1) return row;
  for (const JsonMember& member : json_members(row)) {
    if (member.key != "rows") continue;
    std::vector<std::string> lines;
    for (const std::string_view each :
         json_elements(std::string_view(row).substr(member.begin, member.end - member.begin))) {
      lines.push_back(compact_json(each));
    }
    return join(lines, "\n");
  }
  return row;
}

// On one line: what is a line already keeps its bytes.
std::string one_line(const std::string& text) {
  return text.find_first_of("\r\n") == std::string::npos ? text : compact_json(text);
}

std::string written_row(const std::string& text, const RowFate& fate, const CurationRow& row,
                        const PairKeys& keys, const std::string& where) {
  if (fate.fate != Fate::flipped && fate.fate != Fate::softened) return one_line(text);
  const Json parsed = parse_json(text, where, ErrorKind::data);
  const Preference& label = std::get<Preferences>(row.label)[0];
  if (fate.fate == Fate::flipped) return one_line(flipped_row(text, parsed, keys, label.better));
  const double first = label.better == 0 ? fate.better_wins : 1 - fate.better_wins;
  return one_line(softened_row(text, parsed, keys, first, fate.better_wins < 0.5));
}

std::string table_line(const std::string& where, const std::string& source, const std::string& fate,
                       const std::string& rule, const Json& facts) {
  Json line = {{"row", where}, {"source", source}, {"fate", fate}};
  if (!rule.empty()) line["rule"] = rule;
  line.update(facts);
  return line.dump();
}

std::string count_name(const RowFate& fate) {
  const std::string name = enum_name(fate.fate);
  if (fate.fate == Fate::kept || fate.fate == Fate::evaluation) return name;
  return str(name, ": ", fate.rule);
}

bool holds_out(const SourceOptions& source) { return source.eval_fraction > 0; }

// Writes one source; `next` is its first row in rows.rows.
FateCounts write_source(const CurationRows& rows, const RowFates& fates, size_t source,
                        const std::filesystem::path& folder, int threads, size_t& next,
                        LineFile& table) {
  FateCounts counts;
  const SourceOptions& options = rows.sources[source].options;
  const std::string name = options.name;
  LineFile train(folder / train_file_of(options));
  std::optional<LineFile> held_out;
  if (holds_out(options)) held_out.emplace(folder / eval_file_of(options));
  const PairKeys keys = pair_keys(options);
  ExampleReader reader(options, static_cast<int32_t>(source), threads);
  for (std::vector<ReadExample> some = reader.next(); !some.empty(); some = reader.next()) {
    for (const ReadExample& read : some) {
      if (read.example) check_same_row(rows, next, read);
      if (read.eval) {
        next += read.example.has_value();
        continue;
      }
      if (!read.example) {
        const bool filtered = read.error.empty();  // by the source's filter
        const char* const fate = filtered ? "filtered" : "malformed";
        ++counts[fate];
        const Json why = filtered ? Json::object() : Json{{"error", read.error}};
        table.line(table_line(read.where, name, fate, "", why));
        continue;
      }
      const RowFate& fate = fates[next];
      const CurationRow& row = rows.rows[next++];
      ++counts[count_name(fate)];
      table.line(table_line(read.where, name, enum_name(fate.fate), fate.rule, fate.facts));
      if (fate.fate == Fate::dropped) continue;
      LineFile& file = fate.fate == Fate::evaluation ? *held_out : train;
      file.line(lines_of(written_row(read.text, fate, row, keys, read.where), options));
    }
  }
  train.finish();
  if (held_out) held_out->finish();
  return counts;
}

}  // namespace

std::string train_file_of(const SourceOptions& source) { return source.name + ".train.jsonl"; }
std::string eval_file_of(const SourceOptions& source) { return source.name + ".eval.jsonl"; }

std::vector<FateCounts> write_curated_files(const CurationRows& rows, const RowFates& fates,
                                            const std::filesystem::path& folder, int threads) {
  std::vector<FateCounts> counts;
  LineFile table(folder / "rows.jsonl");
  size_t next = 0;
  for (size_t source = 0; source < rows.sources.size(); ++source) {
    if (rows.sources[source].options.train.empty()) {
      while (next < rows.rows.size() &&
             rows.rows[next].place.source == static_cast<int32_t>(source)) {
        ++next;
      }
      counts.emplace_back();
      continue;
    }
    counts.push_back(write_source(rows, fates, source, folder, threads, next, table));
  }
  table.finish();
  return counts;
}

}  // namespace laurel
