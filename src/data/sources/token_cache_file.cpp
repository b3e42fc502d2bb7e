// Token cache file: kMagic, then blocks: size (8 bytes), SHA-256 (64 digits), bytes. The first
// block is the key, the second a summary of the rows and how many follow, and each of the others
// some rows.
#include "data/sources/token_cache_file.h"

#include <algorithm>
#include <fstream>
#include <span>
#include <utility>

#include "core/bytes.h"
#include "core/files.h"
#include "data/group_bytes.h"
#include "data/group_checks.h"

namespace laurel {

namespace {

constexpr std::string_view kMagic = "laurel tokenised rows 6\n";
constexpr size_t kRowsOfBlock = 4096;

void put(const std::vector<std::string>& texts, ByteWriter& to) {
  to.value(static_cast<uint64_t>(texts.size()));
  for (const std::string& text : texts) to.text(text);
}

std::vector<std::string> take_texts(ByteReader& from) {
  std::vector<std::string> texts;
  for (auto left = from.value<uint64_t>(); left > 0 && from.ok(); --left) {
    texts.push_back(from.text());
  }
  return texts;
}

void put(const AnnotatorScores& annotator_scores, ByteWriter& to) {
  to.value(annotator_scores.weight);
  to.value(static_cast<uint64_t>(annotator_scores.scores.size()));
  for (const auto& [entry, attribute, annotator, score] : annotator_scores.scores) {
    for (const int32_t number : {entry, attribute, annotator}) to.value(number);
    to.value(score);
  }
}

AnnotatorScores take_annotator_scores(ByteReader& from) {
  AnnotatorScores annotator_scores{.scores = {}, .weight = from.value<float>()};
  for (auto left = from.value<uint64_t>(); left > 0 && from.ok(); --left) {
    auto& [entry, attribute, annotator, score] = annotator_scores.scores.emplace_back();
    for (int32_t* number : {&entry, &attribute, &annotator}) *number = from.value<int32_t>();
    score = from.value<float>();
  }
  return annotator_scores;
}

void put(const LoadedRow& row, ByteWriter& to) {
  to.value(static_cast<uint8_t>(row.outcome));
  to.value(static_cast<uint8_t>(row.truncated));
  to.value(static_cast<uint8_t>(row.special_text));
  put(row.group, to);
  put(row.annotator_scores, to);
  to.list(row.stats);
  put(row.slices, to);
}

LoadedRow take_row(ByteReader& from) {
  LoadedRow row;
  row.outcome = static_cast<Outcome>(from.value<uint8_t>());
  row.truncated = from.value<uint8_t>() != 0;
  row.special_text = from.value<uint8_t>() != 0;
  row.group = take_group(from);
  row.annotator_scores = take_annotator_scores(from);
  row.stats = from.list<ResponseStats>();
  row.slices = take_texts(from);
  return row;
}

void put(const std::optional<std::string>& text, ByteWriter& to) {
  to.value(static_cast<uint8_t>(text.has_value()));
  to.text(text.value_or(""));
}

std::optional<std::string> take_text(ByteReader& from) {
  const bool there = from.value<uint8_t>() != 0;
  std::string text = from.text();
  return there ? std::optional(std::move(text)) : std::nullopt;
}

ByteWriter summary_of(const SourceRows& rows) {
  ByteWriter block;
  block.value(static_cast<uint8_t>(rows.rule));
  block.value(static_cast<uint8_t>(rows.has_strings));
  const auto& [given, no_margin, tie, soft] = rows.first;
  block.value(static_cast<uint64_t>(given.size()));
  for (const auto& [field, where] : given) {
    block.text(field);
    block.text(where);
  }
  for (const auto* first : {&no_margin, &tie, &soft}) put(*first, block);
  put(rows.annotators, block);
  put(rows.notes, block);
  put(rows.warnings, block);
  block.value(static_cast<uint64_t>(rows.train.size()));
  block.value(static_cast<uint64_t>(rows.eval.size()));
  return block;
}

struct Counts {
  uint64_t train, eval;
};

Counts take_summary(ByteReader& from, SourceRows& rows) {
  rows.rule = static_cast<TextRule>(from.value<uint8_t>());
  rows.has_strings = from.value<uint8_t>() != 0;
  auto& [given, no_margin, tie, soft] = rows.first;
  for (auto left = from.value<uint64_t>(); left > 0 && from.ok(); --left) {
    std::string field = from.text();
    given[std::move(field)] = from.text();
  }
  for (auto* first : {&no_margin, &tie, &soft}) *first = take_text(from);
  rows.annotators = take_texts(from);
  rows.notes = take_texts(from);
  rows.warnings = take_texts(from);
  const auto train = from.value<uint64_t>();
  return {train, from.value<uint64_t>()};
}

void write_block(AtomicFile& file, const std::string& bytes) {
  ByteWriter size;
  size.value(static_cast<uint64_t>(bytes.size()));
  file.write(size.bytes());
  file.write(sha256(bytes));
  file.write(bytes);
}

class BlockReader {
 public:
  explicit BlockReader(const std::filesystem::path& path) {
    std::error_code none;
    // To open a pipe would be to wait for a writer.
    sound_ = std::filesystem::is_regular_file(path, none);
    if (!sound_) return;
    in_.open(path, std::ios::binary);
    const auto size = std::filesystem::file_size(path, none);
    if (!none) left_ = size;
    sound_ = take(kMagic.size()) == kMagic;
  }

  // An empty block once something was not as it should be.
  std::string next() {
    const std::string size = take(sizeof(uint64_t)), digits = take(kTokenCacheKeyDigits);
    std::string bytes = take(ByteReader(size).value<uint64_t>());
    sound_ = sound_ && sha256(bytes) == digits;
    return sound_ ? std::move(bytes) : "";
  }

  bool sound() const { return sound_; }
  bool at_end() const { return sound_ && left_ == 0; }

 private:
  std::string take(uint64_t size) {
    sound_ = sound_ && size <= left_;
    if (!sound_) return "";
    left_ -= size;
    std::string bytes(size, '\0');
    sound_ = static_cast<bool>(in_.read(bytes.data(), static_cast<std::streamsize>(size)));
    return bytes;
  }

  std::ifstream in_;
  uint64_t left_ = 0;
  bool sound_ = true;
};

// Looks at the rows of a source in their order, whose ids ascend.
class RowCheck {
 public:
  RowCheck(const RowLimits& limits, size_t annotators) : limits_(limits), annotators_(annotators) {}

  bool accepts(const LoadedRow& row) {
    const Group& group = row.group;
    if (group.id <= last_id_ || (group.id >> kLocationBits) >= limits_.files) return false;
    last_id_ = group.id;
    if (row.outcome != Outcome::used) return row.outcome < Outcome::merged;  // those come later
    return row.stats.size() == group.responses.size() && row.slices.size() == limits_.slices &&
           !problem_of(group, limits_.vocabulary) && is_within(group) &&
           std::ranges::all_of(row.annotator_scores.scores,
                               [&](const AnnotatorScore& r) { return is_within(r); });
  }

 private:
  bool is_within(const Group& group) const {
    size_t rows = 0;
    for (const Response& response : group.responses) {
      if (std::ssize(response.ids) > limits_.max_length) return false;
      rows += response.positions.size();
    }
    if (limits_.label_kind == LabelKind::pointwise) {
      const auto* scores = std::get_if<Ratings>(&group.label);
      return scores && scores->positions.empty() &&
             scores->score.size() == rows * limits_.attributes;
    }
    return rows == group.responses.size() &&
           group.label.index() == static_cast<size_t>(limits_.label_kind);
  }

  bool is_within(const AnnotatorScore& rating) const {
    return rating.entry >= 0 && rating.attribute >= 0 && rating.annotator >= -1 &&
           std::cmp_less(rating.attribute, limits_.attributes) &&
           std::cmp_less(rating.annotator, annotators_);
  }

  const RowLimits& limits_;
  size_t annotators_;
  uint64_t last_id_ = 0;  // rows count from 1
};

bool take_rows(BlockReader& blocks, uint64_t count, RowCheck& check, std::vector<LoadedRow>& rows) {
  while (rows.size() < count) {
    const std::string bytes = blocks.next();
    ByteReader block(bytes);
    const uint64_t of_block = std::min<uint64_t>(kRowsOfBlock, count - rows.size());
    for (uint64_t i = 0; i < of_block; ++i) {
      rows.push_back(take_row(block));
      if (!block.ok() || !check.accepts(rows.back())) return false;
    }
    if (!blocks.sound() || !block.at_end()) return false;
  }
  return true;
}

}  // namespace

void write_token_cache_file(const std::filesystem::path& path, const std::string& key,
                            const SourceRows& rows) {
  AtomicFile file(path);
  file.write(kMagic);
  write_block(file, key);
  write_block(file, summary_of(rows).bytes());
  for (const auto* part : {&rows.train, &rows.eval}) {
    for (size_t begin = 0; begin < part->size(); begin += kRowsOfBlock) {
      ByteWriter block;
      const size_t count = std::min(kRowsOfBlock, part->size() - begin);
      for (const LoadedRow& row : std::span(*part).subspan(begin, count)) put(row, block);
      write_block(file, block.bytes());
    }
  }
  file.finish();
}

std::optional<SourceRows> read_token_cache_file(const std::filesystem::path& path,
                                                const std::string& key, const RowLimits& limits) {
  BlockReader blocks(path);
  if (blocks.next() != key || !blocks.sound()) return std::nullopt;
  SourceRows rows;
  const std::string bytes = blocks.next();
  ByteReader summary(bytes);
  const Counts counts = take_summary(summary, rows);
  if (!blocks.sound() || !summary.at_end()) return std::nullopt;
  if (static_cast<size_t>(rows.rule) >= enum_names(TextRule{}).size()) return std::nullopt;
  RowCheck check(limits, rows.annotators.size());
  if (!take_rows(blocks, counts.train, check, rows.train)) return std::nullopt;
  if (!take_rows(blocks, counts.eval, check, rows.eval)) return std::nullopt;
  if (!blocks.at_end()) return std::nullopt;
  return rows;
}

}  // namespace laurel
