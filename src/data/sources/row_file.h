// A file of tokenised rows: bodies one behind the other, and an index that says of each what can be
// known without reading it. It is mapped, so that neither takes memory of the process.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/mapped_file.h"
#include "data/pooling.h"
#include "data/sources/loaded_row.h"

namespace laurel {

// Of the index: 64 bytes a row.
struct RowEntry {
  uint64_t body = 0;         // where it begins in the file
  uint64_t id = 0;           // without the number of the data file
  uint64_t prompt_hash = 0;  // as the next three, of rows used
  uint64_t texts = 0;        // equal for the same responses to the same prompt, in any order
  uint64_t checksum = 0;     // of the body without covariates, which are nothing to train on
  uint32_t body_bytes = 0;
  int32_t computed_tokens = 0;  // of a group that shares with no other
  int32_t longest = 0;          // response, in tokens
  int32_t input_tokens = 0;     // of all responses
  int32_t positions = 0;        // scored ones of all responses
  uint8_t outcome = 0, truncated = 0, special_text = 0, presented_order = 0;

  bool has(Outcome of) const { return outcome == static_cast<uint8_t>(of); }
};
static_assert(sizeof(RowEntry) == 64);

// What the rows of a source may hold.
struct RowLimits {
  LabelKind label_kind = LabelKind::pairwise;
  size_t attributes = 1;  // of its scores
  size_t slices = 0, covariates = 0;
  int64_t vocabulary = 0;
  int64_t max_length = 0;
};

// A row as it is written.
struct RowBytes {
  RowEntry entry;  // without its place in the file
  std::string body;
};
RowBytes bytes_of(const LoadedRow& row, const Pooling& pooling);

class RowFile {
 public:
  RowFile() = default;  // in memory, for add()

  // nullopt if there is no such file, if it is not whole, or if it has another key. `facts` are
  // what was given to finish(). Bodies are checked when they are read, or all at once by is_sound().
  // Without limits its rows are trusted: this process has just written them.
  static std::optional<RowFile> open(MappedFile file, const std::filesystem::path& path,
                                     const std::string& key,
                                     const std::optional<RowLimits>& limits);

  size_t size() const { return index().size(); }
  uint64_t bytes() const { return file_.bytes().size(); }
  std::span<const RowEntry> index() const {
    return own_entries_.empty() ? entries_ : std::span<const RowEntry>(own_entries_);
  }
  std::string_view facts() const { return facts_; }
  std::span<const uint64_t> prompts() const { return prompts_; }  // mixed; see RowFileWriter
  const std::filesystem::path& path() const { return path_; }

  // Of row `i`, for each field of slices the number of its value in the file's facts.
  std::span<const uint32_t> slices(size_t i) const;

  // Throws Error (data) where it is damaged.
  LoadedRow row(size_t i) const;
  // Its label and annotator scores only; damage of the rest is not noticed.
  LoadedRow label_of(size_t i) const;

  // The scores and weights of its label, into vectors that are used again; false: it has others.
  bool read_ratings(size_t i, std::vector<float>& score, std::vector<float>& weight) const;

  // Whether every row is as it was written and within the limits; on all cores.
  bool is_sound() const;

  void expect_random_reads() const;

  void add(const RowBytes& row);  // in memory

 private:
  std::optional<std::string_view> body_of(const RowEntry& entry) const;
  std::optional<LoadedRow> read(const RowEntry& entry) const;
  std::optional<LoadedRow> read_label(const RowEntry& entry) const;
  std::optional<std::string_view> label_bytes(const RowEntry& entry) const;
  [[noreturn]] void refuse(const RowEntry& entry) const;

  MappedFile file_;
  std::filesystem::path path_;
  std::optional<RowLimits> limits_;
  std::string_view bodies_;  // with what stands before them
  std::span<const RowEntry> entries_;
  std::span<const uint32_t> slices_;
  size_t slice_fields_ = 0;
  std::span<const uint64_t> prompts_;
  std::string_view facts_;
  std::string own_bodies_;  // of add()
  std::vector<RowEntry> own_entries_;
};

// Writes a file of rows, to `sink`, from front to back.
class RowFileWriter {
 public:
  using Sink = std::function<void(std::string_view)>;

  // `slices`: how many fields.
  RowFileWriter(Sink sink, size_t slices);

  void add(const RowBytes& row, std::span<const uint32_t> slices);

  // Writes the index, the prompts of the rows used (each once: their hashes, mixed, in ascending
  // order), `facts` and `key`.
  void finish(const std::string& key, const std::string& facts);

 private:
  // What grows with the rows and comes after the bodies; kept in a file once it is large.
  class Spool {
   public:
    void add(std::string_view bytes);
    void write_to(const Sink& sink) const;

   private:
    std::string last_;
    std::optional<UnnamedFile> rest_;
  };

  Sink sink_;
  size_t slice_fields_;
  uint64_t bytes_ = 0, rows_ = 0;
  Spool index_, slices_;
  std::vector<uint64_t> prompts_;
};

}  // namespace laurel
